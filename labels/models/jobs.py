"""Print jobs: the queue before each printer."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django_fsm import FSMField, transition

from foundation.guard import guarded
from labels.models.printers import Printer


class PrintJobState(models.TextChoices):
    """Where a job is. Only `queued` and `sending` go on by themselves."""

    # in the printer's queue
    QUEUED = "queued", "Queued"
    # leased: somebody is sending it now
    SENDING = "sending", "Sending"
    # the printer took every byte; only a scan of the label proves more
    PRINTED = "printed", "Printed"
    # given up, or nobody knows whether it printed: look at the printer, then retry or reprint
    FAILED = "failed", "Failed"
    # taken out of the queue before anything was sent, or never to be tried again
    CANCELLED = "cancelled", "Cancelled"


class PrintJobDocument(models.TextChoices):
    """What is printed."""

    SHIPPING_LABEL = "shipping_label", "Shipping label"
    CARTON_LABEL = "carton_label", "Carton label"
    PACKING_SLIP = "packing_slip", "Packing slip"
    BIN_LABEL = "bin_label", "Bin label"
    TOTE_LABEL = "tote_label", "Tote label"
    ITEM_LABEL = "item_label", "Item label"
    CUSTOMS_PAPERS = "customs_papers", "Customs papers"
    HAZARD_MARK = "hazard_mark", "Hazard mark"
    OTHER = "other", "Other"


@guarded("state")
class PrintJob(models.Model):
    """Bytes to print, kept as they are: a carrier's label is never redrawn, and a reprint can be proven.

    `key` names the thing to print (`parcel:7c1…:label`); a second job with it is the first one. A reprint
    is a job of its own with the same bytes, a reason and a copy number, and points at the original; what marks its
    paper as a copy is kept apart, in `copy_slip`, and sent behind the bytes in the same transmission.
    Lease times are the database's own clock.

    `printed` means the printer took the bytes. That the paper exists and is the right one, only a scan proves:
    it must read `proof_code`, written as `labels.scanning.code_of` writes it; empty for what bears no code.

    `settled_lease` is the lease under which a print agent last told what came of the job: told again, it is known.

    A job is `withdrawn` when its paper must not come out (again): cancelled by a person, or its label was voided.
    """

    State = PrintJobState
    Document = PrintJobDocument

    printer = models.ForeignKey(Printer, on_delete=models.PROTECT, related_name="jobs")
    document = models.CharField(max_length=20, choices=PrintJobDocument)
    key = models.CharField(max_length=120, unique=True)
    reference = models.CharField(max_length=80, blank=True, help_text="To search for: an order, a tracking number")
    content = models.BinaryField(editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    content_type = models.CharField(max_length=60)
    copies = models.PositiveSmallIntegerField(default=1)
    proof_code = models.CharField(max_length=80, blank=True, help_text="What a scan of the paper must read")
    state = FSMField(default=PrintJobState.QUEUED, choices=PrintJobState.choices)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease = models.UUIDField(null=True, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True)
    settled_lease = models.UUIDField(null=True, blank=True, editable=False)
    error = models.CharField(max_length=300, blank=True)
    reprint_of = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="reprints")
    copy_no = models.PositiveSmallIntegerField(default=0, help_text="0 for the original, 1, 2, ... for reprints")
    reprint_reason = models.CharField(max_length=200, blank=True)
    requested_by = models.CharField(max_length=150, blank=True)
    copy_slip = models.BinaryField(default=b"", blank=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    printed_at = models.DateTimeField(null=True, blank=True)
    proved_at = models.DateTimeField(null=True, blank=True)
    proved_by = models.CharField(max_length=150, blank=True)
    proved_station = models.CharField(max_length=40, blank=True)
    proof_scan = models.UUIDField(null=True, blank=True, editable=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.CharField(max_length=150, blank=True)
    withdrawn_because = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-id"]
        permissions = [
            ("retry_printjob", "Can retry a failed print job"),
            ("reprint_printjob", "Can print a copy"),
            ("cancel_printjob", "Can take a print job out of its queue"),
        ]
        indexes = [
            models.Index(fields=["printer", "id"], condition=Q(state="queued"), name="printjob_queue"),
            models.Index(fields=["lease_until"], condition=Q(state="sending"), name="printjob_leases"),
            models.Index(fields=["reference"], name="printjob_reference"),
            models.Index(fields=["proof_code", "id"], condition=~Q(proof_code=""), name="printjob_proof_code"),
            models.Index(
                fields=["printer"], condition=Q(state="queued", withdrawn_at__isnull=False), name="printjob_withdrawn"
            ),
            models.Index(fields=["proof_scan"], condition=Q(proof_scan__isnull=False), name="printjob_proof_scan"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(copies__range=(1, 99)),
                name="printjob_copies_1_to_99",
                violation_error_message="A job makes 1 to 99 copies.",
            ),
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"),
                name="printjob_sha256_is_a_digest",
                violation_error_message="The digest of the content is missing.",
            ),
            models.CheckConstraint(
                condition=Q(reprint_of=None, copy_no=0, reprint_reason="")
                | Q(Q(reprint_of__isnull=False, copy_no__gte=1), ~Q(reprint_reason="")),
                name="printjob_reprint_has_reason",
                violation_error_message="A reprint says of which job, which copy, and why.",
            ),
            models.CheckConstraint(
                condition=Q(state="sending", lease__isnull=False, lease_until__isnull=False)
                | Q(~Q(state="sending"), lease=None, lease_until=None),
                name="printjob_lease_while_sending",
                violation_error_message="A job has a lease exactly while it is being sent.",
            ),
            models.CheckConstraint(
                condition=Q(state="printed", printed_at__isnull=False) | Q(~Q(state="printed"), printed_at=None),
                name="printjob_printed_at_when_printed",
                violation_error_message="A printed job says when, and no other does.",
            ),
            models.CheckConstraint(
                condition=Q(proved_at=None, proved_by="", proved_station="", proof_scan=None)
                | Q(
                    Q(state="printed", proved_at__isnull=False, proof_scan__isnull=False),
                    ~Q(proof_code=""),
                    ~Q(proved_by=""),
                ),
                name="printjob_proved_when_printed",
                violation_error_message="Only a printed label is proved, by a scan of its code, by somebody.",
            ),
            models.CheckConstraint(
                condition=Q(~Q(state="cancelled"), withdrawn_at=None, withdrawn_by="", withdrawn_because="")
                | Q(Q(withdrawn_at__isnull=False), ~Q(withdrawn_because="")),
                name="printjob_withdrawn_has_reason",
                violation_error_message="What is cancelled or withdrawn says when and why.",
            ),
            models.UniqueConstraint(
                fields=["reprint_of", "copy_no"],
                name="printjob_one_copy_number",
                violation_error_message="This copy number is taken.",
            ),
            models.CheckConstraint(
                condition=Q(reprint_of=None) | ~Q(reprint_of=F("id")),
                name="printjob_not_its_own_reprint",
                violation_error_message="A job is no reprint of itself.",
            ),
        ]

    def __str__(self) -> str:
        copy = f", copy {self.copy_no}" if self.copy_no else ""
        return f"{self.get_document_display()} {self.reference or self.key}{copy}"

    @property
    def transmission(self) -> bytes:
        """All that goes to the printer: the bytes as they are, and behind them what marks the paper as a copy."""
        return bytes(self.content) + bytes(self.copy_slip)

    # The sender's transitions are fired for many rows in one statement (`foundation.guard.fire_many`), which
    # also sets the lease, the attempts and the error; so these methods declare the edges and hold no code.

    @transition(field=state, source=PrintJobState.QUEUED, target=PrintJobState.SENDING)
    def begin_sending(self) -> None:
        """Taken by a sender, who has a lease on it."""

    @transition(field=state, source=PrintJobState.SENDING, target=PrintJobState.PRINTED)
    def finish(self) -> None:
        """The printer took every byte."""

    @transition(field=state, source=PrintJobState.SENDING, target=PrintJobState.QUEUED)
    def requeue(self) -> None:
        """It surely did not print; another attempt is safe."""

    @transition(field=state, source=PrintJobState.SENDING, target=PrintJobState.FAILED)
    def fail(self) -> None:
        """It did not print, or may have printed: a person decides."""

    @transition(field=state, source=PrintJobState.FAILED, target=PrintJobState.QUEUED)
    def retry(self) -> None:
        """A person has looked at the printer and wants it printed."""
        self.attempts = 0
        self.error = ""

    @transition(field=state, source=[PrintJobState.QUEUED, PrintJobState.FAILED], target=PrintJobState.CANCELLED)
    def cancel(self) -> None:
        """It must not be printed, and no sender holds it."""

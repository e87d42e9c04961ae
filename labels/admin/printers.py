"""Printers and their queues in the admin: supervisors look, retry, and print copies with a reason."""

import uuid
from typing import ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.timesince import timesince
from django_fsm import can_proceed
from unfold.admin import ModelAdmin
from unfold.dataclasses import ActionDialog
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextInputWidget

from foundation.admin.buttons import offered
from foundation.admin.links import list_url
from foundation.admin.pages import OfferedButtons, badge_column
from foundation.errors import DomainError
from labels import printing, withdrawing
from labels.models import Printer, PrintJob
from labels.proving import unproved
from labels.trying import print_trial


class TrialForm(BaseDialogForm):
    """The hidden key makes a double click one label."""

    key = forms.CharField(
        max_length=printing.LONGEST_KEY, widget=forms.HiddenInput, initial=lambda: f"trial:{uuid.uuid4()}"
    )


@admin.register(Printer)
class PrinterAdmin(OfferedButtons):
    """Printers by hub, with what waits before each."""

    list_display = ["code", "name", "site", "kind", "transport", "address", "active", "waiting", "failed"]
    list_filter = ["site", "kind", "transport", "active"]
    search_fields = ["code", "name", "site", "address"]
    list_display_links = ["code", "name"]
    actions_detail = ["try_out"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Printer]:
        states = PrintJob.State
        return (
            super()
            .get_queryset(request)
            .annotate(
                waiting=Count("jobs", filter=Q(jobs__state__in=[states.QUEUED, states.SENDING])),
                failed=Count("jobs", filter=Q(jobs__state=states.FAILED)),
            )
        )

    @display(description="Waiting", ordering="waiting")
    def waiting(self, printer: Printer) -> str:
        return self._jobs(printer, printer.waiting, "queued")  # type: ignore[attr-defined]

    @display(description="Failed", ordering="failed")
    def failed(self, printer: Printer) -> str:
        return self._jobs(printer, printer.failed, "failed")  # type: ignore[attr-defined]

    def _jobs(self, printer: Printer, count: int, state: str) -> str:
        """A number that leads to the jobs it counts."""
        url = list_url(PrintJob, printer__id__exact=printer.pk, state__exact=state)
        return format_html('<a href="{}">{}</a>', url, count) if url else str(count)

    @action(
        description="Test print",
        icon="labs",
        permissions=["labels.change_printer"],
        dialog=ActionDialog(
            title="Print a test label?",
            description="It has the printer's name, rulers in millimetres, and a code to scan.",
            form_class=TrialForm,
            form_submit_text="Print",
        ),
    )
    def try_out(self, request: HttpRequest, form: TrialForm, object_id: int) -> HttpResponse:
        key, who = form.cleaned_data["key"], request.user.get_username()
        try:
            job = print_trial(printer_id=int(object_id), key=key, requested_by=who)
        except DomainError as error:
            messages.error(request, error.message)
            return HttpResponse(headers={"HX-Redirect": reverse("admin:labels_printer_change", args=[object_id])})
        messages.success(request, f"The test label is in the queue. Its code reads {job.proof_code}.")
        return _to_job(job.pk)


class RetryForm(BaseDialogForm):
    """Asks once more; a label may lie in the printer's tray."""


class CancelForm(BaseDialogForm):
    """Why it is not to be printed."""

    reason = forms.CharField(max_length=withdrawing.LONGEST_REASON, widget=UnfoldAdminTextInputWidget)


class ReprintForm(BaseDialogForm):
    """Why a copy is printed. The hidden key makes a double click one copy."""

    reason = forms.CharField(max_length=printing.LONGEST_REASON, widget=UnfoldAdminTextInputWidget)
    key = forms.CharField(
        max_length=printing.LONGEST_KEY, widget=forms.HiddenInput, initial=lambda: f"reprint:{uuid.uuid4()}"
    )


class Proof(admin.SimpleListFilter):
    """Whether somebody scanned the paper that came out."""

    title = "proof"
    parameter_name = "proof"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        return [("waiting", "Printed, not proved"), ("proved", "Proved")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[PrintJob]) -> QuerySet[PrintJob]:
        if self.value() == "waiting":
            return unproved(queryset)
        return queryset.filter(proved_at__isnull=False) if self.value() == "proved" else queryset


@admin.register(PrintJob)
class PrintJobAdmin(OfferedButtons):
    """What was printed, what waits and what failed. Nothing is edited here; buttons call the services."""

    state_badge = badge_column("state")

    list_display = [
        "id",
        "document",
        "reference",
        "printer",
        "state_badge",
        "attempts",
        "copy_no",
        "proof",
        "created_at",
        "error",
    ]
    list_display_links = ["id", "document"]
    list_filter = [
        "state",
        Proof,
        "document",
        ("printer", admin.RelatedOnlyFieldListFilter),
        "printer__site",
        "printer__transport",
        "created_at",
    ]
    search_fields = ["=key", "reference", "=proof_code", "=sha256", "requested_by"]
    search_help_text = "Order, tracking number, key or digest"
    list_select_related = ["printer"]
    date_hierarchy = "created_at"
    fieldsets: ClassVar = [
        (None, {"fields": ["printer", "document", "reference", "state_badge", "error"]}),
        ("Content", {"fields": ["content_type", "size", "sha256", "copies", "key"]}),
        ("Sending", {"fields": ["attempts", "lease_until", "created_at", "printed_at"]}),
        ("Proof", {"fields": ["proof_code", "proof", "proved_at", "proved_by", "proved_station"]}),
        ("Withdrawn", {"fields": ["withdrawn_at", "withdrawn_by", "withdrawn_because"]}),
        ("Copy", {"fields": ["reprint_of", "copy_no", "reprint_reason", "requested_by"]}),
    ]
    readonly_fields = ["state_badge", "size", "sha256", "proof"]
    actions_detail = ["open_content", "retry", "cancel", "reprint"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: PrintJob | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: PrintJob | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[PrintJob]:
        return super().get_queryset(request).defer("content", "copy_slip")

    @display(description="Size")
    def size(self, job: PrintJob) -> str:
        return f"{len(job.content):,} bytes"

    @display(description="Proof")
    def proof(self, job: PrintJob) -> str:
        """How long its paper waits for a scan, or that it was scanned; nothing for what has no code or no paper."""
        if job.proved_at:
            return "scanned"
        if job.proof_code and job.printed_at:
            return f"not scanned for {timesince(job.printed_at)}"
        return ""

    @action(description="Open", icon="visibility", permissions=["view"])
    def open_content(self, request: HttpRequest, object_id: int) -> HttpResponse:
        job = get_object_or_404(PrintJob, pk=object_id)
        name = f"{job.document}-{job.pk}.{'pdf' if job.content_type == 'application/pdf' else 'zpl'}"
        return HttpResponse(
            bytes(job.content),
            content_type=job.content_type,
            headers={"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"},
        )

    @offered(lambda job: can_proceed(job.retry) and job.withdrawn_at is None)
    @action(
        description="Retry",
        icon="refresh",
        permissions=["labels.retry_printjob"],
        dialog=ActionDialog(
            title="Retry this print job?",
            description="Look at the printer first: if the label came out after all, there will be two.",
            form_class=RetryForm,
            form_submit_text="Retry",
        ),
    )
    def retry(self, request: HttpRequest, form: RetryForm, object_id: int) -> HttpResponse:
        try:
            printing.retry_job(job_id=int(object_id))
            messages.success(request, "Back in the queue.")
        except DomainError as error:
            messages.error(request, error.message)
        return _to_job(int(object_id))

    @offered(lambda job: job.state == PrintJob.State.QUEUED)
    @action(
        description="Cancel",
        icon="cancel",
        permissions=["labels.cancel_printjob"],
        dialog=ActionDialog(
            title="Take this job out of the queue?",
            description="It will not be printed.",
            form_class=CancelForm,
            form_submit_text="Cancel the job",
        ),
    )
    def cancel(self, request: HttpRequest, form: CancelForm, object_id: int) -> HttpResponse:
        reason, who = form.cleaned_data["reason"], request.user.get_username()
        try:
            withdrawing.cancel_job(job_id=int(object_id), reason=reason, requested_by=who)
            messages.success(request, "It will not be printed.")
        except DomainError as error:
            messages.error(request, error.message)
        return _to_job(int(object_id))

    @offered(printing.may_copy)
    @action(
        description="Print a copy",
        icon="print",
        permissions=["labels.reprint_printjob"],
        dialog=ActionDialog(
            title="Print a copy",
            description="The same label again, with a slip behind it that says who wanted the copy and why.",
            form_class=ReprintForm,
            form_submit_text="Print",
        ),
    )
    def reprint(self, request: HttpRequest, form: ReprintForm, object_id: int) -> HttpResponse:
        said = form.cleaned_data
        try:
            copy = printing.reprint_job(
                job_id=int(object_id), reason=said["reason"], key=said["key"], requested_by=request.user.get_username()
            )
        except DomainError as error:
            messages.error(request, error.message)
            return _to_job(int(object_id))
        messages.success(request, f"Copy {copy.copy_no} is in the queue.")
        return _to_job(copy.pk)


def _to_job(job_id: int) -> HttpResponse:
    """Sends the browser (the dialog posts by htmx) to a job's page."""
    return HttpResponse(headers={"HX-Redirect": reverse("admin:labels_printjob_change", args=[job_id])})

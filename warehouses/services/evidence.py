"""Evidence: all that is known of a case as one document: the plan, the count, every scan, every step, the photos."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AbstractUser
from django.db.models import Q, QuerySet

from foundation.quantities import counted
from labels.documents import case_file
from warehouses.models import CartonLine, Case, CaseEvent, Condition, Finding, ReceiptPhoto, ReceiptScan
from warehouses.services.photos import photo_bytes

MOST_PHOTOS = 40
"""In one document, so that it can still be sent; each can be seen by itself."""


def evidence_pdf(*, case: Case) -> bytes:
    """The case's evidence, ready to send. Select `seller`, `inbound__hub`, `carton`, `line__sku`."""
    return case_file.render_pdf(case_file_of(case))


def case_file_of(case: Case) -> case_file.CaseFile:
    """The document of one case, in the hub's own time."""
    zone = ZoneInfo(case.inbound.hub.timezone)
    what = case.line.sku.code if case.line else "code not known"
    photos = photos_of(case).select_related("scan", "finding", "worker")[:MOST_PHOTOS]
    return case_file.CaseFile(
        number=case.number,
        subject=f"{case.get_kind_display()}: {counted(case.units, 'unit')}, {what}",
        seller=case.seller.name,
        hub=f"{case.inbound.hub.code} {case.inbound.hub.name}",
        inbound=f"{case.inbound.number} ({case.inbound.reference})",
        carton=f"{case.carton.number} · {case.carton.sscc}",
        opened=_at(case.opened_at, zone),
        due=_at(case.due_at, zone),
        outcome=_outcome(case),
        zone=case.inbound.hub.timezone,
        lines=tuple(
            case_file.CountedLine(
                line.sku.code,
                line.lot.code if line.lot else "",
                line.planned,
                line.good,
                line.damaged,
                line.missing,
                line.surplus,
            )
            for line in CartonLine.objects.filter(carton=case.carton_id).select_related("sku", "lot").order_by("pk")
        ),
        scans=tuple(_scans(case, zone)),
        steps=tuple(
            case_file.StepRow(_at(step.occurred_at, zone), step.get_what_display(), _who(step), step.note)
            for step in case.events.select_related("actor").order_by("pk")
        ),
        photos=tuple(_photo(photo, zone) for photo in photos),
    )


def photos_of(case: Case) -> QuerySet[ReceiptPhoto]:
    """Photos of the whole carton, and of what the case is about, in the order they were taken."""
    mine = Q(scan__line=case.line) if case.line_id else Q(finding__isnull=False)
    whole = Q(scan=None, finding=None)
    rows = ReceiptPhoto.objects.filter(whole | mine, carton=case.carton_id)
    return rows.order_by("pk")


def _scans(case: Case, zone: ZoneInfo) -> list[case_file.ScanRow]:
    people = ("worker", "undone_by")
    scans = ReceiptScan.objects.filter(line__carton=case.carton_id).select_related(*people, "confirmed_by")
    findings = Finding.objects.filter(carton=case.carton_id).select_related(*people)
    rows: list[ReceiptScan | Finding] = sorted([*scans, *findings], key=lambda row: (row.scanned_at, row.pk))
    return [_scan(row, zone) for row in rows]


def _scan(row: ReceiptScan | Finding, zone: ZoneInfo) -> case_file.ScanRow:
    remarks = []
    if row.undoes_id:
        remarks.append("Takes a scan back")
    elif getattr(row, "undone_by", None) is not None:
        remarks.append("Taken back")
    if isinstance(row, ReceiptScan) and row.confirmed_by:
        remarks.append(f"Let in by {_name(row.confirmed_by)}")
    condition = Condition(row.condition).label if isinstance(row, ReceiptScan) else "Unknown"
    return case_file.ScanRow(
        at=_at(row.scanned_at, zone),
        who=_name(row.worker),
        station=row.station,
        code=row.code,
        units=-row.quantity if row.undoes_id else row.quantity,
        condition=condition,
        note="; ".join(remarks),
    )


def _photo(photo: ReceiptPhoto, zone: ZoneInfo) -> case_file.PhotoRow:
    about = photo.scan or photo.finding
    what = f"{about.quantity} x {about.code}" if about else "The carton"
    text = f"{what} · {_at(photo.taken_at, zone)} · {photo.station} · {_name(photo.worker)}"
    return case_file.PhotoRow(photo_bytes(photo), photo.width, photo.height, text)


def _who(step: CaseEvent) -> str:
    if step.what == CaseEvent.What.SILENCE:
        return "The deadline"
    if step.actor is None and step.what == CaseEvent.What.ANSWERED:
        return "The seller"
    return _name(step.actor)


def _outcome(case: Case) -> str:
    if not case.choice:
        return case.get_state_display()
    lot = f", lot {case.book_lot.code}" if case.book_lot else ""
    target = f" ({case.book_to.code}{lot})" if case.book_to else ""
    silence = ", by silence" if case.by_silence else ""
    return f"{case.get_choice_display()}{target}{silence} · {case.get_state_display().lower()}"


def _name(user: object) -> str:
    return (user.get_full_name() or user.get_username()) if isinstance(user, AbstractUser) else "–"


def _at(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"

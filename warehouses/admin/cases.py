"""Cases of what was not as announced, and the proof of it: findings, photos, steps."""

from collections.abc import Sequence
from datetime import date

from django.contrib import admin
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from foundation.admin.buttons import button, document
from foundation.admin.pages import RecordPage, Rows, badge_column, link_column
from foundation.errors import NotFound
from warehouses.admin.forms import AnswerForm, CancelForm, SettleForm
from warehouses.admin.photographing import PhotosForm, keep
from warehouses.models import OFFERED, Bin, Case, CaseEvent, Finding, ReceiptPhoto, Sku
from warehouses.services.cases import answer_case, cancel_case
from warehouses.services.evidence import evidence_pdf, photos_of
from warehouses.services.photos import photo_bytes
from warehouses.services.settling import settle_case


def _picture(photo: ReceiptPhoto, size: str) -> SafeString:
    """The photo as a link to itself; `size` is small, medium or large."""
    url = reverse("admin:warehouses_receiptphoto_file", args=[photo.pk])
    return format_html(
        '<a href="{0}" target="_blank" rel="noopener"><img src="{0}" alt="{1}" loading="lazy" class="pk-photo '
        'pk-photo-{2}"></a>',
        url,
        str(photo),
        size,
    )


class StepRows(Rows):
    """What happened with a case."""

    model = CaseEvent
    verbose_name_plural = "Steps"
    what_badge = badge_column("what")
    fields = ["occurred_at", "what_badge", "actor", "note"]
    related = ("actor",)
    show_change_link = False


@admin.register(Case)
class CasePage(RecordPage):
    """One difference, until it is settled."""

    state_badge = badge_column("state")
    kind_badge = badge_column("kind")
    seller_link = link_column("seller", ordering="seller__code", text="name")
    inbound_link = link_column("inbound", ordering="inbound__number")
    carton_link = link_column("carton", ordering="carton__sscc")
    line_link = link_column("line__sku", "SKU", ordering="line__sku__code")
    instruction_link = link_column("instruction")

    list_display = [
        "number", "state_badge", "kind_badge", "units", "line_link", "seller_link", "inbound_link", "choice", "due_at",
    ]  # fmt: skip
    list_filter = ["state", "kind", "choice", "inbound__hub", "seller"]
    list_select_related = ["seller", "inbound", "carton", "line__sku"]
    search_fields = ["number", "inbound__number", "inbound__reference", "carton__sscc", "line__sku__code"]
    date_hierarchy = "opened_at"
    trail_lookups = ("inbound", "carton", "line")
    inlines = [StepRows]
    actions_detail = ["answer", "settle", "evidence", "cancel"]
    fieldsets = [
        (None, {"fields": [("number", "state_badge"), ("kind_badge", "units"), ("line_link", "seller_link")]}),
        ("Where", {"fields": [("inbound_link", "carton_link")]}),
        ("Answer", {"fields": [("choice", "by_silence"), ("book_to", "book_lot"), ("opened_at", "due_at"),
                               ("answered_at", "ended_at"), "instruction_link"]}),
        ("Photos", {"fields": ["photos"]}),
    ]  # fmt: skip

    @admin.display(description="Photos")
    def photos(self, obj: Case) -> SafeString | str:
        shown = format_html_join("", "{}", ((_picture(photo, "medium"),) for photo in photos_of(obj)))
        return format_html('<div class="pk-photos">{}</div>', shown) if shown else "–"

    @button(
        "Answer for the seller",
        permission="warehouses.change_case",
        icon="forum",
        form=AnswerForm,
        shows=lambda case: case.state == Case.State.OPEN,
        initial=lambda case: {"choice": OFFERED[case.kind][0]},
    )
    def answer(
        self, request: HttpRequest, obj: Case, choice: str, book_to: str, lot: str, expires_on: date | None, note: str
    ) -> str:
        item = None
        if book_to:
            item = Sku.objects.filter(seller_id=obj.seller_id, code=book_to).first()
            if item is None:
                raise NotFound(f"This seller has no item {book_to[:40]}.", code="item_unknown", field="book_to")
        case = answer_case(
            case_id=obj.pk,
            choice=choice,
            book_to=item,
            lot=lot,
            expires_on=expires_on,
            actor_id=request.user.pk,
            note=note,
        )
        return f"{case.number}: {case.get_choice_display().lower()}. It is {case.get_state_display().lower()}."

    @button(
        "Settle",
        permission="warehouses.change_case",
        icon="task_alt",
        form=SettleForm,
        confirm="Confirm when it is done: the units leave the books, or become the other item.",
        shows=lambda case: case.state == Case.State.ANSWERED,
    )
    def settle(self, request: HttpRequest, obj: Case, place: str, note: str) -> str:
        where = None
        if place:
            where = Bin.objects.filter(hub_id=obj.inbound.hub_id, code=place.strip().upper()).first()
            if where is None:
                raise NotFound(f"There is no bin {place[:20]} in this hub.", code="bin_unknown", field="place")
        case = settle_case(case_id=obj.pk, actor_id=request.user.pk, place=where, note=note)
        return f"{case.number} is resolved."

    @button(
        "Call off",
        permission="warehouses.change_case",
        icon="block",
        is_danger=True,
        form=CancelForm,
        shows=lambda case: case.state in Case.UNSETTLED,
    )
    def cancel(self, request: HttpRequest, obj: Case, reason: str) -> str:
        case = cancel_case(case_id=obj.pk, reason=reason, actor_id=request.user.pk)
        return f"{case.number} is called off."

    @document("Evidence", permission="warehouses.view_case")
    def evidence(self, request: HttpRequest, obj: Case) -> HttpResponse:
        return HttpResponse(evidence_pdf(case=obj), content_type="application/pdf")


@admin.register(CaseEvent)
class CaseEventPage(RecordPage):
    """One step of a case."""

    what_badge = badge_column("what")
    case_link = link_column("case", ordering="case__number")

    list_display = ["occurred_at", "what_badge", "case_link", "actor", "note"]
    list_filter = ["what"]
    list_select_related = ["case", "actor"]
    search_fields = ["case__number", "note"]
    fields = [("case_link", "what_badge"), ("occurred_at", "actor"), "note"]


@admin.register(Finding)
class FindingPage(RecordPage):
    """Units that nobody knows."""

    carton_link = link_column("carton", ordering="carton__sscc")
    undoes_link = link_column("undoes")

    list_display = ["scanned_at", "code", "quantity", "carton_link", "undoes_link", "worker", "station"]
    list_filter = ["station", "scanned_at"]
    list_select_related = ["carton", "undoes", "worker"]
    search_fields = ["code", "scan_id", "carton__sscc", "carton__inbound__number"]
    trail_lookups = ("carton", "carton__inbound")
    fields = [("scanned_at", "station", "worker"), ("code", "quantity"), ("carton_link", "undoes_link"), "scan_id"]
    actions_detail = ["photograph"]

    @button("Add photos", permission="warehouses.add_receiptphoto", icon="add_a_photo", form=PhotosForm)
    def photograph(self, request: HttpRequest, obj: Finding, photos: Sequence[UploadedFile]) -> str:
        return keep(photos, carton_id=obj.carton_id, worker_id=request.user.pk, scan_id=obj.scan_id)


@admin.register(ReceiptPhoto)
class ReceiptPhotoPage(RecordPage):
    """A photo taken at the dock."""

    carton_link = link_column("carton", ordering="carton__sscc")
    scan_link = link_column("scan")
    finding_link = link_column("finding")

    list_display = ["taken_at", "number", "small", "carton_link", "worker", "station"]
    list_filter = ["station", "taken_at"]
    list_select_related = ["carton", "worker"]
    search_fields = ["carton__sscc", "carton__inbound__number", "sha256"]
    trail_lookups = ("carton", "carton__inbound")
    fields = [
        ("number", "taken_at"), ("station", "worker"), "carton_link", ("scan_link", "finding_link"), "large",
        ("width", "height", "size"), "sha256",
    ]  # fmt: skip

    @admin.display(description="Photo")
    def small(self, obj: ReceiptPhoto) -> SafeString:
        return _picture(obj, "small")

    @admin.display(description="Photo")
    def large(self, obj: ReceiptPhoto) -> SafeString:
        return _picture(obj, "large")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.file_view)
        return [path("<int:pk>/file/", view, name="warehouses_receiptphoto_file"), *super().get_urls()]

    def file_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The picture itself, for whoever may see photos."""
        photo = ReceiptPhoto.objects.filter(pk=pk).first()
        if photo is None or not self.has_view_permission(request, photo):
            return HttpResponse(status=404)
        try:
            content = photo_bytes(photo)
        except NotFound as error:
            return HttpResponse(error.message, status=404, content_type="text/plain")
        return HttpResponse(content, content_type="image/jpeg", headers={"X-Content-Type-Options": "nosniff"})

"""What supervisors told the hubs to do, hubs that were stopped, and the sellers' view of the ledger."""

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from foundation.admin.buttons import button
from foundation.admin.pages import RecordPage, badge_column, link_column
from warehouses.admin.forms import ResumeForm
from warehouses.models import HubStop, Instruction, MoveNumber, Numbering
from warehouses.services.stopping import resume_hub


@admin.register(Instruction)
class InstructionPage(RecordPage):
    """One thing done to stock, by whom and why."""

    kind_badge = badge_column("kind")

    list_display = ["id", "given_at", "kind_badge", "units", "reassigned", "waiting", "reason", "actor"]
    list_filter = ["kind"]
    list_select_related = ["actor"]
    search_fields = ["key", "reason"]
    date_hierarchy = "given_at"
    fields = [("kind_badge", "given_at", "actor"), "reason", "about", ("units", "reassigned", "waiting"), "key"]


@admin.register(HubStop)
class HubStopPage(RecordPage):
    """A hub that promises nothing, and why."""

    hub_link = link_column("hub", ordering="hub__code", text="code")

    list_display = ["id", "hub_link", "stopped_at", "differences", "names", "resumed_at", "resumed_by", "reason"]
    list_filter = [("resumed_at", admin.EmptyFieldListFilter), "hub"]
    list_select_related = ["hub", "resumed_by"]
    search_fields = ["hub__code", "reason"]
    fields = [
        ("hub_link", "differences"), "names", ("stopped_at", "seen_at"), ("resumed_at", "resumed_by"), "reason",
    ]  # fmt: skip
    actions_detail = ["resume"]

    @admin.display(description="Broken")
    def names(self, obj: HubStop) -> str:
        return ", ".join(obj.invariants)

    @button(
        "Resume allocation",
        permission="warehouses.change_hubstop",
        icon="play_circle",
        confirm="Its books did not add up. Run manage.py verify first, and say what was wrong.",
        form=ResumeForm,
        shows=lambda stop: stop.resumed_at is None,
    )
    def resume(self, request: HttpRequest, obj: HubStop, reason: str) -> str:
        resume_hub(hub_id=obj.hub_id, reason=reason, actor_id=request.user.pk)
        return f"{obj.hub.code} allocates again."


@admin.register(MoveNumber)
class MoveNumberPage(RecordPage):
    """A seller's own count of the ledger."""

    seller_link = link_column("seller", ordering="seller__code", text="name")
    move_link = link_column("move")

    list_display = ["number", "seller_link", "move_link"]
    list_filter = ["seller"]
    list_select_related = ["seller", "move"]
    search_fields = ["=number", "seller__code", "move__source"]
    fields = [("seller_link", "number"), "move_link"]


@admin.register(Numbering)
class NumberingPage(RecordPage):
    """How far a seller's moves are numbered."""

    seller_link = link_column("seller", ordering="seller__code", text="name")

    list_display = ["seller_link", "done_to", "last_number"]
    list_display_links = ["done_to"]
    list_select_related = ["seller"]
    search_fields = ["seller__code", "seller__name"]
    fields = ["seller_link", "done_to", ("candidate", "candidate_xid")]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Numbering]:
        return super().get_queryset(request).annotate(last=models.Max("seller__move_numbers__number"))

    @admin.display(description="Last number", ordering="last")
    def last_number(self, obj: Numbering) -> int:
        return getattr(obj, "last", None) or 0

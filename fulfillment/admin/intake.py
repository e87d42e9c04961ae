"""Files of orders: what was read, and what was refused and why."""

from django.contrib import admin

from foundation.admin.pages import RecordPage, Rows, link_column
from fulfillment.models import IntakeRefusal, IntakeRun


class RefusalRows(Rows):
    """The rows that became no order line."""

    model = IntakeRefusal
    verbose_name_plural = "Refused rows"
    fields = ["row", "field", "code", "message", "reference"]
    show_change_link = False


@admin.register(IntakeRun)
class IntakeRunPage(RecordPage):
    """One reading of one file. Read = accepted + duplicate + refused."""

    seller_link = link_column("seller", ordering="seller__code")

    list_display = [
        "file_name", "layout", "seller_link", "hub", "started_at", "finished_at", "read", "accepted", "duplicate",
        "refused",
    ]  # fmt: skip
    list_filter = ["layout", "seller", "hub", "started_at"]
    list_select_related = ["seller", "hub"]
    search_fields = ["file_name", "file_sha256", "seller__code"]
    fields = [
        ("file_name", "layout"), "file_sha256", ("seller", "hub"), ("started_at", "finished_at"),
        ("read", "accepted"), ("duplicate", "refused"),
    ]  # fmt: skip
    inlines = [RefusalRows]


@admin.register(IntakeRefusal)
class IntakeRefusalPage(RecordPage):
    """One refused row."""

    run_link = link_column("run", ordering="run__id")

    list_display = ["run_link", "row", "field", "code", "message", "reference"]
    list_display_links = ["row"]
    list_filter = ["code", "run__seller"]
    list_select_related = ["run"]
    search_fields = ["reference", "message", "run__file_name"]
    fields = ["run", ("row", "field"), "code", "message", "reference"]

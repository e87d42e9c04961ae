"""Who may act for a seller, and which machines."""

from django.contrib import admin, messages
from django.db.models import Model
from django.http import HttpRequest

from foundation.admin.buttons import button
from foundation.admin.pages import MasterPage, RecordPage, link_column
from foundation.admin.presentation import Look, Tone, badge
from fulfillment.models import ApiToken, IdempotencyRecord, Member
from fulfillment.services.tokens import revoke_token, rotate_token


@admin.register(Member)
class MemberPage(MasterPage):
    """A person who acts for a seller; taking the row away takes the access away."""

    seller_link = link_column("seller", ordering="seller__code")

    list_display = ["user", "seller_link", "role"]
    list_filter = ["role", "seller"]
    list_select_related = ["user", "seller"]
    search_fields = ["user__username", "user__email", "seller__code", "seller__name"]
    autocomplete_fields = ["user", "seller"]
    fixed_fields = ("user", "seller")
    fields = [("user", "seller"), "role"]

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm("fulfillment.delete_member")


@admin.register(ApiToken)
class ApiTokenPage(RecordPage):
    """A seller's machine. Its secret was shown once; only a digest is kept, and not shown."""

    seller_link = link_column("seller", ordering="seller__code")

    list_display = ["key_id", "name", "seller_link", "scopes", "status", "last_used_at", "expires_at"]
    list_filter = ["seller", ("revoked_at", admin.EmptyFieldListFilter), "expires_at"]
    list_select_related = ["seller"]
    search_fields = ["key_id", "name", "seller__code", "seller__name"]
    fields = [
        ("seller", "name"), ("key_id", "scopes"), ("created_at", "last_used_at"), ("expires_at", "revoked_at"),
    ]  # fmt: skip
    actions_detail = ["rotate", "revoke"]

    @admin.display(description="Status", ordering="revoked_at")
    def status(self, token: ApiToken) -> str:
        if token.revoked_at:
            return badge("Revoked", Look(Tone.QUIET, "block"))
        return badge("Live", Look(Tone.GOOD, "key"))

    @button(
        "Rotate",
        permission="fulfillment.change_apitoken",
        icon="autorenew",
        confirm="A new secret is made and shown once. The old one stops at once.",
        shows=lambda token: token.revoked_at is None,
    )
    def rotate(self, request: HttpRequest, token: ApiToken) -> str:
        issued = rotate_token(token_id=token.pk)
        messages.warning(request, f"Shown this once: {issued.plain}")
        return f"{token.key_id} is replaced by {issued.token.key_id}."

    @button(
        "Revoke",
        permission="fulfillment.change_apitoken",
        icon="block",
        confirm="The machine that uses it is locked out at once.",
        is_danger=True,
        shows=lambda token: token.revoked_at is None,
    )
    def revoke(self, request: HttpRequest, token: ApiToken) -> str:
        revoke_token(token_id=token.pk)
        return f"{token.key_id} opens nothing any more."


@admin.register(IdempotencyRecord)
class IdempotencyRecordPage(RecordPage):
    """Answered calls, so that a retry gets the same answer. The answer is not shown: it may name a buyer."""

    list_display = ["created_at", "seller", "key", "path", "status"]
    list_filter = ["seller", "status", "created_at"]
    list_select_related = ["seller"]
    search_fields = ["key", "path", "seller__code"]
    date_hierarchy = "created_at"
    fields = [("seller", "key"), ("path", "status"), "body_sha256", "created_at"]

"""Sellers and workers."""

from django.contrib import admin

from foundation.admin.pages import MasterPage, link_column
from warehouses.models import Seller, Worker


@admin.register(Seller)
class SellerPage(MasterPage):
    """The owners of the goods."""

    list_display = ["name", "code", "country", "email", "is_active", "created_at"]
    list_filter = ["is_active", "country"]
    search_fields = ["code", "name", "email"]
    fields = [("code", "name"), ("email", "country"), "is_active", "created_at"]
    readonly_fields = ["created_at"]
    fixed_fields = ("code",)


@admin.register(Worker)
class WorkerPage(MasterPage):
    """Who moves the goods; the badge is what a station scans."""

    hub_link = link_column("hub", ordering="hub__code")

    list_display = ["badge", "user", "hub_link", "is_active"]
    list_filter = ["hub", "is_active"]
    list_select_related = ["user", "hub"]
    search_fields = ["badge", "user__username", "user__first_name", "user__last_name"]
    autocomplete_fields = ["user", "hub"]
    fields = [("user", "badge"), "hub", "is_active"]

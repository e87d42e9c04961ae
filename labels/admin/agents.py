"""The hubs' print agents: whether each is there, what waits for it, and its token, shown once."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Now
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localtime
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from foundation.admin.buttons import button, list_button
from foundation.admin.links import list_url
from foundation.admin.pages import RecordPage
from foundation.admin.presentation import Look, Tone, badge
from labels.agents import LONGEST_NAME, SILENT_AFTER, enroll_agent, revoke_agent
from labels.models import PrintAgent, Printer, PrinterTransport, PrintJob


def _sites() -> list[tuple[str, str]]:
    codes = Printer.objects.order_by("site").values_list("site", flat=True).distinct()
    return [(code, code) for code in codes]


class EnrollForm(forms.Form):
    """Which hub's jobs it may fetch, and where it runs."""

    site = forms.ChoiceField(label="Hub", choices=_sites, widget=UnfoldAdminSelectWidget)
    name = forms.CharField(label="What machine it runs on", max_length=LONGEST_NAME, widget=UnfoldAdminTextInputWidget)


@admin.register(PrintAgent)
class PrintAgentPage(RecordPage):
    """A program in a hub that prints there. Its token was shown once; only a digest is kept, and not shown."""

    list_display = ["name", "site", "status", "last_seen_at", "waiting", "version", "created_at"]
    list_filter = ["site", ("revoked_at", admin.EmptyFieldListFilter)]
    search_fields = ["name", "site", "version"]
    fields = [
        ("name", "site"),
        ("status", "waiting"),
        ("last_seen_at", "version"),
        ("created_at", "created_by"),
        ("revoked_at", "revoked_by"),
    ]
    actions_list = ["enroll"]
    actions_detail = ["revoke"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[PrintAgent]:
        """With whether each is silent, by the database's clock, and how many jobs wait at its site."""
        queued = PrintJob.objects.filter(
            state=PrintJob.State.QUEUED,
            printer__transport=PrinterTransport.AGENT,
            printer__site=OuterRef("site"),
        )
        count = queued.order_by().values("printer__site").annotate(n=Count("pk")).values("n")
        agents: QuerySet[Any] = super().get_queryset(request)
        return agents.annotate(
            is_silent=Q(last_seen_at__lt=Now() - SILENT_AFTER), jobs_waiting=Coalesce(Subquery(count), 0)
        )

    @admin.display(description="Status", ordering="last_seen_at")
    def status(self, agent: Any) -> str:
        """Whether it is there: one that works asks for jobs every few seconds."""
        if agent.revoked_at:
            return badge("Revoked", Look(Tone.QUIET, "block"))
        if agent.last_seen_at is None:
            return badge("Never seen", Look(Tone.WARN, "hourglass_empty"))
        if agent.is_silent:
            since = date_format(localtime(agent.last_seen_at), "DATETIME_FORMAT")
            return badge(f"Silent since {since}", Look(Tone.BAD, "cloud_off"))
        return badge("At work", Look(Tone.GOOD, "cloud_done"))

    @admin.display(description="Jobs waiting", ordering="jobs_waiting")
    def waiting(self, agent: Any) -> str:
        """What waits at its hub for a print agent, with a link to it."""
        looked_up = {"printer__site": agent.site, "printer__transport__exact": PrinterTransport.AGENT.value}
        url = list_url(PrintJob, **looked_up, state__exact="queued")
        return format_html('<a href="{}">{}</a>', url, agent.jobs_waiting) if url else str(agent.jobs_waiting)

    @list_button("New print agent", permission="labels.add_printagent", icon="add_link", form=EnrollForm)
    def enroll(self, request: HttpRequest, site: str, name: str) -> str:
        enrolled = enroll_agent(site=site, name=name, created_by=request.user.get_username())
        messages.warning(request, f"Shown this once: {enrolled.token}")
        return f"{enrolled.agent} may fetch the jobs of {site}. Put its token into the agent's token file."

    @button(
        "Revoke",
        permission="labels.change_printagent",
        icon="block",
        confirm="It is locked out at once. What it is printing just now goes to a person, who looks at the printer.",
        is_danger=True,
        shows=lambda agent: agent.revoked_at is None,
    )
    def revoke(self, request: HttpRequest, agent: PrintAgent) -> str:
        revoke_agent(agent_id=agent.pk, revoked_by=request.user.get_username())
        return f"{agent} gets no more jobs."

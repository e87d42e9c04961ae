"""Print agents in the admin: a token is shown once, silence is seen, and only who may lets one in or out."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse

from foundation.errors import Invalid, NotFound
from fulfillment.demo.logins import install_logins
from labels.agents import enroll_agent, revoke_agent
from labels.models import PrintAgent
from tests.factories import make_hub
from tests.labels.agent.hubs import Caller, agent_printer, queued, token_for

pytestmark = pytest.mark.django_db
LIST = reverse("admin:labels_printagent_changelist")
NEW = reverse("admin:labels_printagent_enroll")


def staff(*codenames: str) -> Client:
    user = User.objects.create_user("anna", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="labels", codename__in=codenames))
    client = Client()
    client.force_login(user)
    return client


def url(action: str) -> str:
    return reverse(f"admin:labels_printagent_{action}", args=[PrintAgent.objects.get().pk])


def test_a_new_agents_token_is_shown_once_and_opens_the_door() -> None:
    agent_printer()
    client = staff("view_printagent", "add_printagent")

    client.post(NEW, {"site": "AMS1", "name": " Hub   computer "})
    once, again = (client.get(LIST).content.decode() for _ in range(2))

    (token,) = set(re.findall(r"pka_[\w-]{43}", once))
    agent = PrintAgent.objects.get()
    assert (agent.site, agent.name, agent.created_by) == ("AMS1", "Hub computer", "anna")
    assert token not in again
    assert token not in str(PrintAgent.objects.values().get())
    assert Caller(token).jobs() == []


@pytest.mark.parametrize("given", [{"site": "NONE", "name": "x"}, {"site": "AMS1", "name": " "}, {}])
def test_what_is_no_agent_is_not_made(given: dict[str, str]) -> None:
    agent_printer()

    assert staff("view_printagent", "add_printagent").post(NEW, given).status_code == 200

    assert not PrintAgent.objects.exists()


def test_it_is_seen_at_work_silent_and_revoked() -> None:
    queued(agent_printer(), "a", "b", "c")
    caller = Caller(token_for())
    client = staff("view_printagent", "change_printagent", "view_printjob")

    def shown() -> str:
        return client.get(LIST).content.decode() + client.get(url("change")).content.decode()

    assert "Never seen" in shown()
    caller.post("heartbeat", {"version": "1.0"})
    assert "At work" in shown()
    assert f">{3}</a>" in shown()
    PrintAgent.objects.update(last_seen_at=Now() - timedelta(seconds=121))
    assert "Silent since" in shown()
    client.post(url("revoke"), {})
    assert "Silent since" not in shown()
    assert "Revoked" in shown()
    assert (caller.ask()[0], PrintAgent.objects.get().revoked_by) == (401, "anna")


def test_the_number_of_jobs_leads_to_them() -> None:
    queued(agent_printer(), "mine")
    queued(agent_printer(code="rtm", site="RTM1"), "other")
    token_for()
    client = staff("view_printagent", "view_printjob")

    (link,) = re.findall(r'href="([^"]*printer__transport[^"]*)">1</a>', client.get(LIST).content.decode())
    page = client.get(link.replace("&amp;", "&")).content.decode()

    assert "ref mine" in page
    assert "ref other" not in page


def test_without_the_permission_nobody_lets_one_in_or_out() -> None:
    token_for()
    client = staff("view_printagent")

    page = client.get(LIST).content.decode() + client.get(url("change")).content.decode()
    answers = [client.post(NEW, {"site": "AMS1", "name": "x"}), client.post(url("revoke"), {})]

    assert NEW not in page
    assert url("revoke") not in page
    assert [answer.status_code for answer in answers] == [403, 403]
    assert PrintAgent.objects.get().revoked_at is None


def test_a_shift_lead_sees_them_and_an_administrator_decides() -> None:
    token_for()
    install_logins(hub=make_hub(), sellers=[])
    client = Client()
    client.force_login(User.objects.get(username="lead"))

    assert client.get(LIST).status_code == 200
    assert [client.post(NEW, {}).status_code, client.post(url("revoke"), {}).status_code] == [403, 403]


def test_revoked_twice_keeps_its_first_moment() -> None:
    token_for()
    agent = PrintAgent.objects.get()

    first = revoke_agent(agent_id=agent.pk, revoked_by="anna")
    again = revoke_agent(agent_id=agent.pk, revoked_by="bert")

    assert (again.revoked_at, again.revoked_by) == (first.revoked_at, "anna")
    with pytest.raises(NotFound):
        revoke_agent(agent_id=0, revoked_by="anna")


@pytest.mark.parametrize(("site", "name", "code"), [("AMS1", "x" * 61, "name_missing"), ("RTM1", "x", "site_unknown")])
def test_an_agent_needs_a_hub_with_printers_and_a_name(site: str, name: str, code: str) -> None:
    agent_printer()

    with pytest.raises(Invalid) as refused:
        enroll_agent(site=site, name=name)

    assert refused.value.code == code
    assert not PrintAgent.objects.exists()


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"token_sha256": "x"}, "printagent_token_is_a_digest"),
        ({"site": ""}, "printagent_has_site_and_name"),
        ({"revoked_by": "anna"}, "printagent_revoked_by_when_revoked"),
    ],
)
def test_the_database_keeps_agents_whole(change: dict[str, object], name: str) -> None:
    token_for()

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        PrintAgent.objects.update(**change)

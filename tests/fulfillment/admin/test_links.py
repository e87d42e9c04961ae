"""No link leads to a refusal, whoever reads the page; and a refusal has the admin's look and a way back."""

import logging
import re
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import resolve, reverse

from config.logs import logging_config
from fulfillment.demo.logins import install_logins
from fulfillment.models import Pack
from tests.fulfillment.admin.scenes import Scene, clerk, everything
from warehouses.models import PickList

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    scene = everything()
    install_logins(hub=scene.hub, sellers=[scene.seller])
    return scene


def as_user(client: Client, username: str) -> Client:
    client.force_login(User.objects.get(username=username))
    return client


def addresses() -> list[str]:
    """The first page, and every list with one of its objects."""
    found = [reverse("admin:index")]
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        obj = model._default_manager.order_by("pk").first()
        found += [reverse(f"{name}_changelist")] + ([reverse(f"{name}_change", args=[obj.pk])] if obj else [])
    return found


@pytest.mark.parametrize("username", ["lead", "picker"])
def test_no_page_links_to_one_that_is_refused(client: Client, scene: Scene, username: str) -> None:
    as_user(client, username)

    refused, links = set(), {}
    for url in addresses():
        answer = client.get(url)
        if answer.status_code == 403:
            refused.add(resolve(url).view_name)
        else:
            for link in re.findall(r'href="(/admin/[^"?]*)', answer.content.decode()):
                links.setdefault(resolve(link).view_name, url)

    assert {"admin:auth_user_change", "admin:auth_user_changelist"} <= refused
    assert len(links) > 10
    assert {view: page for view, page in links.items() if view in refused} == {}


def test_a_worker_is_a_link_only_for_whoever_may_open_logins(client: Client, scene: Scene) -> None:
    worker = User.objects.create_user("wim", first_name="Wim")
    pick_list = PickList.objects.filter(hub=scene.hub, state="picking").get()
    PickList.objects.filter(pk=pick_list.pk).update(worker=worker)
    Pack.objects.update(worker=worker)
    page, pack = (reverse(f"admin:{name}_change", args=[pk]) for name, pk in [
        ("warehouses_picklist", pick_list.pk), ("fulfillment_pack", Pack.objects.order_by("pk")[0].pk),
    ])  # fmt: skip
    link = f'<a class="pk-link" href="/admin/auth/user/{worker.pk}/change/">wim</a>'

    plain = [as_user(client, "lead").get(url).content.decode() for url in (page, pack)]
    linked = [as_user(client, "admin").get(url).content.decode() for url in (page, pack)]

    assert [link in text for text in linked] == [True, True]
    assert [f"/admin/auth/user/{worker.pk}/" in text for text in plain] == [False, False]
    assert ["wim" in text for text in plain] == [True, True]


def test_a_refusal_is_one_sentence_with_a_way_back(client: Client) -> None:
    user = clerk("warehouses.view_bin")
    client.force_login(user)

    answer = client.get(reverse("admin:warehouses_hub_changelist"))

    text = answer.content.decode()
    assert answer.status_code == 403
    assert f"Your login ({user.username}) may not open this page." in text
    assert 'href="/admin/">Back to the first page</a>' in text
    assert "Django" not in text


def test_a_refusal_is_one_warning_line_in_the_log(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    rules: Any = logging_config(level="INFO", as_json=False)
    (name,) = rules["loggers"]["django.request"]["filters"]
    brief = rules["filters"][name]["()"]()
    logger = logging.getLogger("django.request")
    client.force_login(clerk("warehouses.view_bin"))

    logger.addFilter(brief)
    try:
        client.get(reverse("admin:warehouses_hub_changelist"))
    finally:
        logger.removeFilter(brief)

    (line,) = [record for record in caplog.records if record.name == "django.request"]
    assert line.levelname == "WARNING"
    assert line.getMessage() == "Forbidden (Permission denied): /admin/warehouses/hub/"
    assert line.exc_info is None

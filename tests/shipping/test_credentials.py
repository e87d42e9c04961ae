"""Credentials: sealed in the table, opened for a call, never shown, never told, carried over to a new key."""

import logging
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from foundation.errors import Invalid, NotFound
from shipping.carriers.simulator_process import SimulatedCarrier
from shipping.models import Carrier, CarrierAccount, LabelPurchase
from shipping.services.accounts import rotate_webhook_secret, webhook_door
from shipping.services.buying import buy_labels
from shipping.services.credentials import Renewal, credentials_of, renew_seals, set_credentials
from tests.shipping.conftest import NOW, SECRET, MakeShipment, open_desk

CANARY = "canary-of-a-token"
OLD, NEW = "the-former-key-of-this-installation", "the-newest-key-of-this-installation"


def _live_secrets(account: CarrierAccount) -> list[str]:
    door = webhook_door(account.carrier.code)
    return door.live_secrets(NOW) if door else []


def stored() -> str:
    """Every byte of the accounts' table, as whoever steals a copy reads it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(account::text, ' ') FROM shipping_carrieraccount AS account")
        (text,) = cursor.fetchone()
    return str(text)


@pytest.fixture
def desk(db: None) -> CarrierAccount:
    """An account at a carrier nobody answers for."""
    return open_desk("http://127.0.0.1:9")


def test_what_is_entered_is_sealed_and_opened_again(desk: CarrierAccount) -> None:
    set_credentials(account_id=desk.pk, credentials={"token": CANARY})
    set_credentials(account_id=desk.pk, credentials={"token": CANARY})

    desk.refresh_from_db()
    assert credentials_of(desk) == {"token": CANARY}
    assert CANARY not in stored()
    assert SECRET not in stored()


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({}, "credentials.token", "credential_missing"),
        ({"token": ""}, "credentials.token", "credential_missing"),
        ({"token": CANARY, "password": CANARY}, "credentials.password", "credential_unknown"),
        ({"token": CANARY + "\n"}, "credentials.token", "credential_unusable"),
        ({"token": CANARY * 100}, "credentials.token", "credential_unusable"),
    ],
)
def test_other_credentials_than_the_adapter_needs_are_refused_and_not_repeated(
    desk: CarrierAccount, given: dict[str, str], field: str, code: str
) -> None:
    before = stored()

    with pytest.raises(Invalid) as refusal:
        set_credentials(account_id=desk.pk, credentials=given)

    assert (refusal.value.code, refusal.value.field) == ("credentials", field)
    assert [fault.code for fault in refusal.value.faults] == [code]
    assert CANARY not in str(refusal.value) + repr(refusal.value.faults)
    assert stored() == before


def test_an_unknown_account_has_no_credentials(desk: CarrierAccount) -> None:
    with pytest.raises(NotFound):
        set_credentials(account_id=desk.pk + 1, credentials={"token": CANARY})


@pytest.mark.parametrize(
    ("column", "constraint"),
    [
        ({"sealed_credentials": '{"token": "plain"}'}, "credentials_are_sealed"),
        ({"webhook_secrets": [{"secret": "plain", "until": None}]}, "webhook_secrets_are_sealed"),
    ],
)
def test_the_table_itself_takes_nothing_in_the_clear(
    desk: CarrierAccount, column: dict[str, Any], constraint: str
) -> None:
    before = stored()

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        CarrierAccount.objects.update(**column)

    assert stored() == before


def test_the_admin_takes_credentials_and_shows_none(desk: CarrierAccount, admin_client: Client) -> None:
    page = reverse("admin:shipping_carrieraccount_change", args=[desk.pk])
    button = reverse("admin:shipping_carrieraccount_enter", args=[desk.pk])

    kept = admin_client.post(button, {"_form_submitted": "on", "credentials": f"token: {CANARY}"})
    shown = [admin_client.get(url).content.decode() for url in (page, page, button)]
    shown.append(admin_client.get(reverse("admin:shipping_carrieraccount_changelist")).content.decode())

    assert kept.headers["HX-Redirect"] == page
    desk.refresh_from_db()
    assert credentials_of(desk) == {"token": CANARY}
    assert "are kept, sealed" in shown[0]
    assert not any(CANARY in text or desk.sealed_credentials in text for text in shown)


@pytest.mark.parametrize("lines", [CANARY, f"password: {CANARY}", ""])
def test_the_admin_refuses_what_is_none(desk: CarrierAccount, admin_client: Client, lines: str) -> None:
    before = stored()
    button = reverse("admin:shipping_carrieraccount_enter", args=[desk.pk])

    answer = admin_client.post(button, {"_form_submitted": "on", "credentials": lines})

    assert stored() == before
    assert CANARY not in answer.content.decode()


def test_a_webhook_secret_that_the_carrier_gave_is_taken_and_never_shown(
    desk: CarrierAccount, admin_client: Client
) -> None:
    given = f"{CANARY}-given-by-the-carrier"
    button = reverse("admin:shipping_carrieraccount_rotate", args=[desk.pk])

    admin_client.post(button, {"_form_submitted": "on", "secret": given})
    admin_client.post(button, {"_form_submitted": "on", "secret": "too-short"})
    page = admin_client.get(reverse("admin:shipping_carrieraccount_change", args=[desk.pk])).content.decode()

    assert _live_secrets(desk) == [given, SECRET]
    assert given not in page + stored()
    assert "at least 24 characters" in page


def test_entering_needs_its_permission(desk: CarrierAccount, client: Client, django_user_model: Any) -> None:
    client.force_login(django_user_model.objects.create_user("lead", is_staff=True))
    before = stored()
    button = reverse("admin:shipping_carrieraccount_enter", args=[desk.pk])

    refused = client.post(button, {"_form_submitted": "on", "credentials": f"token: {CANARY}"})

    assert refused.status_code == 403
    assert stored() == before


def test_refused_credentials_reach_no_error_and_no_log(
    account: CarrierAccount, make_shipment: MakeShipment, caplog: pytest.LogCaptureFixture, capfd: Any
) -> None:
    set_credentials(account_id=account.pk, credentials={"token": CANARY})
    shipment = make_shipment()

    with caplog.at_level(logging.DEBUG):
        (outcome,) = buy_labels(shipment_ids=[shipment.pk])

    purchase = LabelPurchase.objects.get()
    assert (outcome.status, outcome.code, outcome.field) == ("refused", "credentials_refused", "credentials")
    told = f"{outcome} {purchase.error_message} {caplog.text} {''.join(capfd.readouterr())}"
    assert CANARY not in told
    assert CANARY not in "".join(str(vars(record)) for record in caplog.records)


def test_an_account_without_credentials_asks_for_them(
    account: CarrierAccount, simulator: SimulatedCarrier, make_shipment: MakeShipment
) -> None:
    booked = simulator.stats()["bookings"]
    CarrierAccount.objects.update(sealed_credentials="")

    (outcome,) = buy_labels(shipment_ids=[make_shipment().pk])

    assert (outcome.status, outcome.code, outcome.field) == ("refused", "credentials_incomplete", "credentials.token")
    assert simulator.stats()["bookings"] == booked


def test_a_new_key_takes_over_and_the_former_may_go(db: None, settings: Any) -> None:
    settings.CREDENTIAL_KEYS = [OLD]
    desk = open_desk("http://127.0.0.1:9")
    set_credentials(account_id=desk.pk, credentials={"token": CANARY})
    rotate_webhook_secret(account_id=desk.pk, secret="another-secret-of-this-length")
    carrier = Carrier.objects.create(code="empty", name="Empty", adapter="simulator")
    CarrierAccount.objects.create(carrier=carrier, site="AMS1", base_url="https://example.org")
    sealed = stored()

    settings.CREDENTIAL_KEYS = [NEW, OLD]
    desk.refresh_from_db()
    assert credentials_of(desk) == {"token": CANARY}
    out = StringIO()
    call_command("rotate_credentials", stdout=out)
    again = renew_seals()

    settings.CREDENTIAL_KEYS = [NEW]
    desk.refresh_from_db()
    assert out.getvalue() == "1 of 2 accounts sealed anew.\n"
    assert again == Renewal(accounts=2, renewed=0)
    assert credentials_of(desk) == {"token": CANARY}
    assert _live_secrets(desk) == ["another-secret-of-this-length", SECRET]
    assert stored() != sealed
    assert CANARY not in out.getvalue()


def test_a_key_that_is_gone_is_asked_for(db: None, settings: Any) -> None:
    settings.CREDENTIAL_KEYS = [OLD]
    open_desk("http://127.0.0.1:9")
    before = stored()
    settings.CREDENTIAL_KEYS = [NEW]

    with pytest.raises(CommandError, match="put it back, behind the first"):
        call_command("rotate_credentials")

    assert stored() == before

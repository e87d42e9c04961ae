"""The door for carriers, attacked: signatures, sizes, replays, nonsense."""

import json
import time
from collections.abc import Mapping
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.test import Client, RequestFactory
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from foundation.errors import Invalid
from shipping import webhooks
from shipping.carriers.signing import sign_timestamped
from shipping.models import (
    CarrierAccount,
    Shipment,
    ShipmentChange,
    TrackingAnomaly,
    TrackingScan,
    WebhookDelivery,
)
from shipping.services.accounts import forget_doors, rotate_webhook_secret
from tests.shipping.conftest import SECRET
from tests.shipping.webhook_tools import URL, Post, body_of, process, state_of

OTHER_SECRET = "another-secret-of-fair-length"


def test_a_signed_webhook_is_stored_answered_and_read_by_the_worker(shipment: Shipment, post: Post) -> None:
    answer = post(body_of(("PU", 1), ("DP", 3)))
    before = state_of(shipment)

    report = process()

    assert answer.status_code == 202
    assert answer.content == b""
    assert before == "label_created"
    assert (report.done, report.recorded.new) == (1, 2)
    assert state_of(shipment) == "in_transit"
    assert WebhookDelivery.objects.get().state == "done"


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=1,v1=00",
        f"t=1700000000,v1={'0' * 64}",
        "v1=" + "0" * 64,
        "t=٣,v1=" + "0" * 64,
        "t=99999999999999999999,v1=" + "0" * 64,
        "ß" * 40,
        "t=1,v1=" + "A" * 64,
    ],
)
def test_a_webhook_without_our_signature_is_refused_unread(shipment: Shipment, post: Post, header: str) -> None:
    answer = post(body_of(("DV", 1)), header=header)

    assert (answer.status_code, answer.content) == (401, b"")
    assert WebhookDelivery.objects.count() == 0
    assert not ProcrastinateJob.objects.filter(task_name__startswith="shipping.").exists()


def test_a_wrong_secret_and_a_cut_signature_are_refused(shipment: Shipment, post: Post) -> None:
    body = body_of(("DV", 1))
    signature = sign_timestamped(secret=SECRET, body=body, at_s=int(time.time()))

    assert post(body, secret=OTHER_SECRET).status_code == 401
    assert post(body, header=signature[:-1]).status_code == 401
    assert post(body, header=signature[:-1] + ("0" if signature[-1] != "0" else "1")).status_code == 401
    assert WebhookDelivery.objects.count() == 0


def test_a_body_written_anew_no_longer_carries_its_signature(shipment: Shipment, post: Post) -> None:
    body = body_of(("DV", 1))
    signature = sign_timestamped(secret=SECRET, body=body, at_s=int(time.time()))
    again = json.dumps(json.loads(body), separators=(",", ":")).encode()

    assert post(again, header=signature).status_code == 401
    assert post(body, header=signature).status_code == 202


@pytest.mark.parametrize(("age_s", "status"), [(-310, 401), (-290, 202), (290, 202), (310, 401)])
def test_a_signature_is_good_for_five_minutes(shipment: Shipment, post: Post, age_s: int, status: int) -> None:
    assert post(body_of(("PU", 1)), at_s=time.time() - age_s).status_code == status


def test_a_webhook_sent_again_is_accepted_and_does_nothing(shipment: Shipment, post: Post) -> None:
    body = body_of(("PU", 1))
    post(body)
    process()
    changes = ShipmentChange.objects.count()

    again = post(body, at_s=time.time() + 1)
    report = process()

    assert again.status_code == 202
    assert (report.done, report.recorded.new) == (0, 0)
    assert WebhookDelivery.objects.get().copies == 2
    assert TrackingScan.objects.count() == 1
    assert ShipmentChange.objects.count() == changes


def test_the_full_history_in_each_call_adds_only_what_is_new(shipment: Shipment, post: Post) -> None:
    post(body_of(("PU", 1), ("DP", 3)))
    post(body_of(("PU", 1), ("DP", 3), ("OD", 20)))

    report = process()

    assert (report.done, report.recorded.new, report.recorded.duplicates) == (2, 3, 2)
    assert state_of(shipment) == "out_for_delivery"


def test_both_secrets_are_good_during_a_rotation_and_the_old_one_not_after(shipment: Shipment, post: Post) -> None:
    account = CarrierAccount.objects.get()
    new = rotate_webhook_secret(account_id=account.pk)

    during = [post(body_of(("PU", 1)), secret=s).status_code for s in (SECRET, new)]
    account.refresh_from_db()
    account.webhook_secrets[1]["until"] = (timezone.now() - timedelta(seconds=1)).isoformat()
    account.save()
    forget_doors()
    after = [post(body_of(("DP", 2)), secret=s).status_code for s in (SECRET, new)]

    assert during == [202, 202]
    assert after == [401, 202]


def test_a_third_secret_pushes_the_first_out(shipment: Shipment, post: Post) -> None:
    account = CarrierAccount.objects.get()
    second = rotate_webhook_secret(account_id=account.pk)
    third = rotate_webhook_secret(account_id=account.pk)

    assert [post(body_of(("PU", 1)), secret=s).status_code for s in (SECRET, second, third)] == [401, 202, 202]
    with pytest.raises(Invalid):
        rotate_webhook_secret(account_id=account.pk, secret="short")


@pytest.mark.parametrize("path", ["/webhooks/carriers/nobody/", "/webhooks/carriers/dhl/"])
def test_a_carrier_we_do_not_have_has_no_door(shipment: Shipment, client: Client, path: str) -> None:
    assert client.post(path, data=b"{}", content_type="application/json").status_code == 404


@pytest.mark.parametrize("path", ["/webhooks/carriers/", "/webhooks/carriers/simulator", f"{URL}admin/"])
def test_below_the_carriers_doors_is_nothing_else(client: Client, path: str) -> None:
    assert client.post(path, data=b"{}", content_type="application/json").status_code == 404


def test_no_session_and_no_page_policy_come_with_the_answer(shipment: Shipment, post: Post) -> None:
    answer = post(body_of(("PU", 1)))

    assert not answer.cookies
    assert "Content-Security-Policy" not in answer
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert len(answer["X-Request-Id"]) == 32


def test_only_post_is_answered(shipment: Shipment, client: Client) -> None:
    assert client.get(URL).status_code == 405


def test_a_body_over_the_cap_is_refused(shipment: Shipment, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "MAX_BODY", 1_000)
    fits = body_of(("PU", 1)).ljust(1_000)

    assert post(fits).status_code == 202
    assert post(fits + b" ").status_code == 413
    assert WebhookDelivery.objects.count() == 1


class Endless(BytesIO):
    """A body without end, which counts what was read of it."""

    taken = 0

    def read(self, size: int | None = -1) -> bytes:
        assert size is not None
        assert 0 < size <= webhooks.MAX_BODY + 1, "an endless body must not be read to its end"
        self.taken += size
        return b"x" * size


def test_an_endless_chunked_body_is_cut_at_the_cap(shipment: Shipment) -> None:
    environ: Mapping[str, Any] = RequestFactory()._base_environ(
        REQUEST_METHOD="POST", PATH_INFO=URL, HTTP_TRANSFER_ENCODING="chunked"
    )
    stream = Endless()
    environ = {**environ, "wsgi.input": stream}
    environ.pop("CONTENT_LENGTH", None)

    answer = webhooks.carrier_webhook(WSGIRequest(environ), carrier="simulator")

    assert answer.status_code == 413
    assert stream.taken == webhooks.MAX_BODY + 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b"[]",
        b"{}",
        b'{"events": {}}',
        b'{"events": [7]}',
        b'{"events": [{"tracking_no": "T1", "code": "DV", "at": "yesterday"}]}',
        b'{"events": [{"tracking_no": "T1", "code": "DV", "at": "2026-11-23T10:00:00"}]}',
        b'{"events": [{"tracking_no": "T1", "code": "DV", "at": "9999-12-31T23:59:59-12:00"}]}',
        b'{"events": [{"tracking_no": "T1", "code": "", "at": "2026-11-23T10:00:00Z"}]}',
        b'{"events": [{"tracking_no": "T\\u0000", "code": "DV", "at": "2026-11-23T10:00:00Z"}]}',
        b'{"events": [{"tracking_no": "T\\ud800", "code": "DV", "at": "2026-11-23T10:00:00Z"}]}',
        b'{"events": [{"tracking_no": 5, "code": "DV", "at": "2026-11-23T10:00:00Z"}]}',
        b'{"events": [{"tracking_no": "T1", "code": "DV", "at": "2026-11-23T10:00:00Z", "precision": []}]}',
    ],
)
def test_a_signed_body_that_is_nonsense_is_parked_and_changes_nothing(
    shipment: Shipment, post: Post, body: bytes
) -> None:
    answer = post(body)

    report = process()

    assert answer.status_code == 202
    assert (report.done, report.parked) == (0, 1)
    assert WebhookDelivery.objects.get().state == "parked"
    assert state_of(shipment) == "label_created"
    assert TrackingScan.objects.count() == 0


def test_a_number_nobody_has_is_kept_in_quarantine(shipment: Shipment, post: Post) -> None:
    answer = post(body_of(("PU", 1), number="STRANGER"))

    report = process()

    assert answer.status_code == 202
    assert report.recorded.unknown == 1
    assert TrackingAnomaly.objects.get().kind == "unknown_number"
    assert Shipment.objects.count() == 1

"""Carriers' clocks: moments with and without an offset, and how long a busy one wants to be left alone."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from shipping.carriers import moments
from shipping.carriers.base import CarrierBusy, WebhookMalformed
from shipping.carriers.ups import UpsWebhooks
from tests.shipping.contract.desk import at
from tests.shipping.contract.fake import FakeCarrier, Reply
from tests.shipping.contract.fake_dhl_nl import FakeDhlNl
from tests.shipping.contract.fake_dpd_nl import FakeDpdNl
from tests.shipping.contract.fake_gls import FakeGls
from tests.shipping.contract.fake_postnl import FakePostNL
from tests.shipping.contract.fake_ups import FakeUps


@pytest.mark.parametrize(
    ("text", "wanted", "assumed"),
    [
        ("2026-07-01T12:00:00", datetime(2026, 7, 1, 10, tzinfo=UTC), True),
        ("2026-12-01T12:00:00", datetime(2026, 12, 1, 11, tzinfo=UTC), True),
        ("2026-07-01T12:00:00+0200", datetime(2026, 7, 1, 10, tzinfo=UTC), False),
        ("2026-07-01T12:00:00Z", datetime(2026, 7, 1, 12, tzinfo=UTC), False),
        # the hour that comes twice is the first of the two, the one that never is counts on
        ("2026-10-25T02:30:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC), True),
        ("2026-03-29T02:30:00", datetime(2026, 3, 29, 1, 30, tzinfo=UTC), True),
    ],
)
def test_a_moment_without_an_offset_is_dutch_and_says_so(text: str, wanted: datetime, assumed: bool) -> None:
    assert moments.iso(text) == (wanted, assumed)


@pytest.mark.parametrize("text", ["", "yesterday", "0001-01-01T00:00:00", "9999-12-31T23:59:59", None, 5])
def test_a_moment_that_is_none_is_malformed(text: object) -> None:
    with pytest.raises(WebhookMalformed):
        moments.iso(text)
    with pytest.raises(WebhookMalformed):
        moments.local(text, "%d-%m-%Y")


@pytest.mark.parametrize("value", [0, -1, True, "1700000000000", 10**20, None, 1.5])
def test_a_time_stamp_that_is_none_is_malformed(value: object) -> None:
    with pytest.raises(WebhookMalformed):
        moments.unix_ms(value)


def test_ups_counts_gmt_and_falls_back_to_its_local_clock() -> None:
    told: dict[str, Any] = json.loads(FakeUps().webhook("1Z1"))
    told["localActivityTime"] = "070000"
    (gmt,) = UpsWebhooks().parse(json.dumps(told).encode())
    del told["gmtActivityTime"]
    (local,) = UpsWebhooks().parse(json.dumps(told).encode())

    assert (gmt.occurred_at, gmt.tz_assumed) == (datetime(2026, 3, 2, 18, 30, tzinfo=UTC), False)
    assert (local.occurred_at, local.tz_assumed) == (datetime(2026, 3, 2, 6, 0, tzinfo=UTC), True)


@pytest.mark.parametrize("fake", [FakeDhlNl, FakeDpdNl, FakePostNL, FakeGls])
def test_a_local_feed_says_that_its_zone_is_assumed(fake: type[FakeCarrier]) -> None:
    running = fake()
    with at(running) as (carrier, order):
        label = carrier.buy(order)
        running.scan(label.tracking_no)
        events = carrier.track(label.tracking_no)

    moved = next(each for each in events if each.code == fake.moving[0])
    assert (moved.occurred_at, moved.tz_assumed) == (datetime(2026, 3, 2, 18, 30, tzinfo=UTC), True)


@pytest.mark.parametrize(
    ("value", "least", "most"),
    [
        ("7", 7, 7),
        ("99999999", 3_600, 3_600),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0, 0),
        (timedelta(minutes=50), 2_400, 3_001),
        (timedelta(days=9), 3_600, 3_600),
        ("soon", 30, 30),
        ("-5", 30, 30),
        ("", 30, 30),
    ],
)
def test_a_pause_is_told_in_seconds_or_as_a_date_and_is_never_for_ever(
    value: str | timedelta, least: float, most: float
) -> None:
    told = value if isinstance(value, str) else format_datetime(datetime.now(UTC) + value)
    fake = FakeGls()
    with at(fake) as (carrier, order):
        fake.accidents.rude = [Reply(429, b"", {"Retry-After": told})]
        with pytest.raises(CarrierBusy) as busy:
            carrier.buy(order)

    assert least <= busy.value.retry_after_s <= most

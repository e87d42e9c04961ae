"""What every adapter must do, whoever the carrier is. A carrier is added to the suite in `conftest.FAKES`."""

import time
from dataclasses import replace
from typing import Any

import pytest

from shipping.carriers import http
from shipping.carriers.base import (
    CarrierBusy,
    CarrierFault,
    CarrierRefused,
    CarrierTimeout,
    CarrierUnreachable,
    Connection,
    LabelOrder,
)
from shipping.carriers.registry import ADAPTERS, WEBHOOKS
from shipping.carriers.statuses import TABLES
from shipping.planning.rating import ParcelSize
from shipping.services.booking import book
from tests.shipping.contract.conftest import FAKES
from tests.shipping.contract.fake import PDF, REFUSED_POSTCODE, SCANNED_AT, ZPL, FakeCarrier, Reply


def test_every_carrier_of_the_registry_is_in_this_suite() -> None:
    assert {fake.adapter for fake in FAKES} == set(ADAPTERS) == set(TABLES)
    assert {fake.adapter for fake in FAKES if fake.reader is not None} == set(WEBHOOKS)


def test_what_it_can_do_is_said_and_holds_together(fake: FakeCarrier) -> None:
    with fake.client() as carrier:
        can = carrier.capabilities

    assert can.label_formats
    assert can.settle_s > 0
    assert can.pushes == (fake.reader is not None)
    # buying again what cannot be looked up is sound only where the first label costs nothing
    assert can.finds or can.dedupes_reference or can.unused_is_free
    assert can.voids or can.unused_is_free


def test_prices_and_announcements_are_there_or_nothing_is_asked(fake: FakeCarrier, order: LabelOrder) -> None:
    with fake.client() as carrier:
        can = carrier.capabilities
        label = carrier.buy(order)
        sent = len(fake.requests)
        offers = carrier.quote(country="NL", parcel=order.parcel)
        number = carrier.manifest(number="M-1", carrier_refs=[label.carrier_ref], closed_at=SCANNED_AT)

    assert bool(offers) == can.quotes
    assert all(offer.price_cents > 0 and offer.transit_days >= 0 for offer in offers)
    assert bool(number) == can.manifests
    assert len(fake.requests) == sent + can.quotes + can.manifests


def test_a_purchase_gives_one_label(fake: FakeCarrier, order: LabelOrder) -> None:
    with fake.client() as carrier:
        label = carrier.buy(order)

    (booked,) = fake.live(order)
    assert label.reference == order.reference
    assert label.tracking_no == booked.tracking_no
    assert label.content == (PDF if order.label_format == "pdf" else ZPL) or fake.adapter == "simulator"
    assert label.content_type == f"application/{order.label_format}"


def test_a_label_is_drawn_in_each_format_it_has(fake: FakeCarrier, order: LabelOrder) -> None:
    with fake.client() as carrier:
        for number, wanted in enumerate(carrier.capabilities.label_formats):
            label = carrier.buy(replace(order, reference=f"{order.reference}{number}", label_format=wanted))

            assert label.content_type == f"application/{wanted}"


def test_the_same_purchase_again_is_one_shipment(fake: FakeCarrier, order: LabelOrder) -> None:
    with fake.client() as carrier:
        first = book(carrier, order, look_first=False, settling=False).label
        again = book(carrier, order, look_first=True, settling=True)
        assert first is not None
        if not (carrier.capabilities.finds or carrier.capabilities.dedupes_reference):
            assert again.trouble == "settling"
        else:
            assert again.label is not None
            assert (again.label.carrier_ref, again.label.tracking_no) == (first.carrier_ref, first.tracking_no)

    assert len(fake.live(order)) == 1


def test_a_blind_repetition_is_one_shipment_where_the_carrier_says_so(fake: FakeCarrier, order: LabelOrder) -> None:
    with fake.client() as carrier:
        first, second = carrier.buy(order), carrier.buy(order)
        dedupes = carrier.capabilities.dedupes_reference

    assert (first.tracking_no == second.tracking_no) == dedupes
    assert len(fake.live(order)) == (1 if dedupes else 2)


def test_a_time_out_after_booking_is_found_and_not_bought_again(fake: FakeCarrier, order: LabelOrder) -> None:
    fake.accidents.book_then_stall = 1
    with fake.client(read_timeout_s=0.6) as carrier:
        end = book(carrier, order, look_first=False, settling=False)
        if not carrier.capabilities.finds:
            assert (end.label, end.trouble, end.unanswered) == (None, "carrier_timeout", True)
            end = book(carrier, order, look_first=True, settling=False)

    assert end.label is not None
    booked = fake.live(order)
    assert end.label.tracking_no in {each.tracking_no for each in booked}
    assert len(booked) == (1 if carrier.capabilities.finds or carrier.capabilities.dedupes_reference else 2)


def test_a_fault_after_booking_is_found_and_not_bought_again(fake: FakeCarrier, order: LabelOrder) -> None:
    fake.accidents.book_then_500 = 1
    with fake.client() as carrier:
        end = book(carrier, order, look_first=False, settling=False)

    assert end.label is not None
    assert len(fake.live(order)) == (1 if carrier.capabilities.finds or carrier.capabilities.dedupes_reference else 2)


@pytest.mark.parametrize("status", [403, 404, 429, 503])
def test_what_is_booked_is_never_refused_when_its_label_cannot_be_fetched(
    fake: FakeCarrier, order: LabelOrder, status: int
) -> None:
    fake.accidents.book_then_rude = [Reply(status, b"{}", {"Retry-After": "0"})] * 3
    with fake.client() as carrier:
        try:
            tracking_no = carrier.buy(order).tracking_no
        except CarrierFault:
            tracking_no = ""
        fake.accidents.rude = []
        if carrier.capabilities.finds:
            (found,) = carrier.find(order)
            assert tracking_no in {"", found.tracking_no}

    assert len(fake.live(order)) == 1


def test_what_was_never_booked_is_not_found(fake: FakeCarrier, order: LabelOrder) -> None:
    with fake.client() as carrier:
        assert carrier.find(order) == []


def test_a_cancelled_booking_is_gone_and_cancelling_twice_is_once(fake: FakeCarrier, order: LabelOrder) -> None:
    with fake.client() as carrier:
        label = carrier.buy(order)
        carrier.void(label.carrier_ref)
        carrier.void(label.carrier_ref)

        if carrier.capabilities.voids:
            assert carrier.find(order) == []
            assert fake.live(order) == []


def test_a_parcel_that_moves_is_not_cancelled(fake: FakeCarrier, order: LabelOrder) -> None:
    with fake.client() as carrier:
        label = carrier.buy(order)
        fake.scan(label.tracking_no)
        with pytest.raises(CarrierRefused) as refusal:
            carrier.void(label.carrier_ref)

    assert refusal.value.code == "already_moving"
    assert len(fake.live(order)) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"postcode": REFUSED_POSTCODE}, "ship_to.postcode"),
        ({"weight_g": 40_000}, "parcel.weight_g"),
    ],
)
def test_a_refusal_names_the_field_and_books_nothing(
    fake: FakeCarrier, order: LabelOrder, changes: dict[str, Any], field: str
) -> None:
    if "postcode" in changes:
        order = replace(order, ship_to=replace(order.ship_to, **changes))
    else:
        order = replace(order, parcel=ParcelSize(300, 200, 100, **changes))
    with fake.client() as carrier:
        with pytest.raises(CarrierRefused) as refusal:
            carrier.buy(order)
        assert carrier.find(order) == []

    assert refusal.value.field == field
    assert refusal.value.code
    assert len(refusal.value.message) > 10
    assert fake.live(order) == []
    for private in (order.ship_to.name, order.ship_to.line1, order.ship_to.phone, order.ship_to.email):
        assert private not in refusal.value.message


def test_a_history_is_read_and_an_unknown_number_has_none(fake: FakeCarrier, order: LabelOrder) -> None:
    code, state = fake.moving
    with fake.client() as carrier:
        label = carrier.buy(order)
        fake.scan(label.tracking_no)
        events = carrier.track(label.tracking_no)
        nobodys = carrier.track("T999999999999")

    moved = next(event for event in events if event.code == code)
    assert moved.tracking_no == label.tracking_no
    assert moved.occurred_at.utcoffset() is not None
    assert TABLES[fake.adapter].meaning(moved.code) == (True, state)
    assert nobodys == []


def test_an_oversized_label_leaves_a_doubt_and_no_second_booking(
    fake: FakeCarrier, order: LabelOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shipping.carriers.client.MAX_LABEL", 10)
    with fake.client() as carrier, pytest.raises(CarrierFault):
        carrier.buy(order)

    assert len(fake.live(order)) == 1


def test_an_answer_over_the_cap_is_not_read_to_its_end(
    fake: FakeCarrier, order: LabelOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "MAX_ANSWER", 50_000)
    fake.accidents.rude = [Reply(content=b" " * 200_000)] * 2
    with fake.client() as carrier, pytest.raises(CarrierFault, match="too large"):
        carrier.buy(order)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(302, b"", {"Location": "http://127.0.0.1:9/elsewhere"}),
        Reply(500, b"<html>broken</html>"),
        Reply(200, b"<html>maintenance</html>"),
        Reply(200, b"[" * 100_000),
        Reply(200, b"[]"),
        Reply(200, b'"what?"'),
        Reply(200, b"\xff\xfe\x00"),
    ],
)
def test_nonsense_is_a_fault_and_no_redirect_is_followed(fake: FakeCarrier, order: LabelOrder, reply: Reply) -> None:
    fake.accidents.rude = [reply] * 6
    with fake.client() as carrier, pytest.raises(CarrierFault):
        carrier.buy(order)

    assert fake.live(order) == []


def test_silence_and_dripping_are_time_outs_for_every_call(fake: FakeCarrier, order: LabelOrder) -> None:
    with fake.client(read_timeout_s=0.2) as carrier:
        calls = [
            lambda: carrier.buy(order),
            lambda: carrier.find(order),
            lambda: carrier.void("T000000000001"),
            lambda: carrier.track("T000000000001"),
        ]
        for call in calls:
            fake.accidents.rude = [Reply(stall=True)] * 8
            # a carrier that cannot be asked answers at once, without a question
            sent = len(fake.requests)
            try:
                call()
            except CarrierTimeout:
                continue
            assert len(fake.requests) == sent
        fake.accidents.rude = [Reply(content=b"x" * 500, drip_s=0.1)] * 4
        with pytest.raises(CarrierTimeout):
            carrier.buy(order)

    assert fake.live(order) == []


def test_a_carrier_that_is_not_there_took_nothing(fake: FakeCarrier, order: LabelOrder) -> None:
    with fake.open(Connection("http://127.0.0.1:9", fake.credentials)) as carrier, pytest.raises(CarrierUnreachable):
        carrier.buy(order)


def test_refused_credentials_are_named_and_never_repeated(fake: FakeCarrier, order: LabelOrder) -> None:
    with fake.client(fake.bad_credentials) as carrier, pytest.raises(CarrierRefused) as refusal:
        carrier.buy(order)

    assert (refusal.value.code, refusal.value.field) == ("credentials_refused", "credentials")
    assert not any(str(secret) in refusal.value.message for secret in fake.bad_credentials.values())
    assert not any(str(secret) in repr(carrier) for secret in fake.bad_credentials.values())
    assert fake.live(order) == []


def test_missing_credentials_are_refused_before_anything_is_booked(fake: FakeCarrier, order: LabelOrder) -> None:
    with pytest.raises(CarrierRefused) as refusal, fake.client({"nothing": "useful"}) as carrier:
        carrier.buy(order)

    assert refusal.value.code in {"credentials_incomplete", "credentials_refused"}
    assert fake.live(order) == []


def test_credentials_never_travel_in_the_clear(fake: FakeCarrier, order: LabelOrder) -> None:
    if fake.adapter == "simulator":
        # it holds nothing worth a secret, and may run beside us in a network of containers
        return
    for address in ("http://api.example", "ftp://api.example", "api.example", ""):
        with fake.open(Connection(address, fake.credentials)) as carrier, pytest.raises(CarrierRefused) as refusal:
            carrier.buy(order)
        assert (refusal.value.code, refusal.value.field) == ("base_url_insecure", "base_url")


def test_a_busy_carrier_is_left_alone_for_as_long_as_it_asks(fake: FakeCarrier, order: LabelOrder) -> None:
    with fake.client() as carrier:
        fake.accidents.rude = [Reply(429, b"slow down", {"Retry-After": "60"})]
        with pytest.raises(CarrierBusy) as busy:
            carrier.buy(order)
        sent = len(fake.requests)
        with pytest.raises(CarrierBusy) as again:
            carrier.buy(order)
        with pytest.raises(CarrierBusy), fake.client() as other:
            other.buy(order)

    assert busy.value.retry_after_s == 60
    assert 50 < again.value.retry_after_s <= 60
    assert len(fake.requests) == sent
    assert fake.live(order) == []


def test_a_look_up_waits_out_a_short_pause_and_a_purchase_does_not(fake: FakeCarrier, order: LabelOrder) -> None:
    with fake.client() as carrier:
        label = carrier.buy(order)
        fake.accidents.rude = [Reply(429, b"", {"Retry-After": "1"})]
        started = time.monotonic()
        carrier.track(label.tracking_no)
        waited_s = time.monotonic() - started
        # twice: some take a number before they book, and that is a look-up
        fake.accidents.rude = [Reply(429, b"", {"Retry-After": "1"})] * 2
        with pytest.raises(CarrierBusy):
            carrier.buy(order)

    assert 1.0 <= waited_s < 3.0


def test_a_purchase_is_never_sent_twice(fake: FakeCarrier, order: LabelOrder) -> None:
    with fake.client() as carrier:
        carrier.buy(order)
        sent = len(fake.requests)
        fake.accidents.rude = [Reply(503, b"{}")] * 4
        with pytest.raises(CarrierFault):
            carrier.buy(replace(order, reference=f"{order.reference}2"))

    posts = [each for each in fake.requests[sent:] if each.method == "POST" and not fake.is_login(each)]
    assert len(posts) <= 1

"""Addresses, quotes and shipments: what the desk takes in, and what it refuses by name."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from foundation.errors import Conflict, Invalid
from foundation.sealing import MARK
from shipping.carriers.base import Place
from shipping.models import Address, Parcel, Service, Shipment
from shipping.planning.rating import ParcelSize
from shipping.services.addresses import add_address, add_addresses
from shipping.services.quoting import Wish, box_sizes, boxes_in_use, choose_services, quote
from shipping.services.setting_up import install_boxes, install_simulated_carrier
from shipping.services.shipments import ParcelInput, ShipmentInput, create_shipment, create_shipments
from tests.shipping.conftest import BUYER, HUB, open_desk

SMALL = ParcelSize(300, 200, 100, 800)
MONDAY_NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def desk(db: None) -> None:
    """A hub with boxes and a price list."""
    open_desk("http://127.0.0.1:9")


def wanted(**changes: Any) -> ShipmentInput:
    """A shipment of two parcels."""
    values: dict[str, Any] = {
        "reference": "order-1",
        "site": "AMS1",
        "ship_from": HUB,
        "parcels": (ParcelInput(300, 200, 100, 800, "B1"), ParcelInput(200, 150, 90, 400)),
        **changes,
    }
    values.setdefault("ship_to_id", add_address(place=BUYER).pk)
    values.setdefault("service_id", Service.objects.get(code="STANDARD").pk)
    return ShipmentInput(**values)


def test_an_address_is_cleaned_and_shows_nothing_of_the_buyer(db: None) -> None:
    address = add_address(place=replace(BUYER, name="  Zoe\u0301\n Canary\x00 ", country="nl"))

    assert (address.name, address.country) == ("Zoé Canary", "NL")
    assert "Canary" not in str(address) + repr(address) + repr(BUYER)


@pytest.mark.parametrize(
    ("place", "where", "code"),
    [
        (replace(BUYER, name=" "), "place.name", "missing"),
        (replace(BUYER, city=""), "place.city", "missing"),
        (replace(BUYER, country="Nederland"), "place.country", "country_invalid"),
        (replace(BUYER, country="ÑL"), "place.country", "country_invalid"),
        (replace(BUYER, country="XX"), "place.country", "country_invalid"),
        (replace(BUYER, country="UK"), "place.country", "country_invalid"),
        (replace(BUYER, name="x" * 201), "place.name", "too_long"),
    ],
)
def test_an_address_nobody_can_deliver_to_is_refused_by_field(db: None, place: Place, where: str, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        add_address(place=place)

    assert [(f.where, f.code) for f in refusal.value.faults] == [(where, code)]
    assert Address.objects.count() == 0


def test_one_bad_address_refuses_the_batch(db: None) -> None:
    with pytest.raises(Invalid) as refusal:
        add_addresses(places=[BUYER, replace(BUYER, line1="")])

    assert refusal.value.faults[0].where == "places[1].line1"
    assert Address.objects.count() == 0


def test_quotes_are_cheapest_first_and_only_what_can_carry_it(desk: None) -> None:
    wish = Wish("NL", (SMALL,), MONDAY_NOON)

    assert [(q.service_code, q.price_cents) for q in quote(site="AMS1", wish=wish)] == [
        ("STANDARD", 560),
        ("EXPRESS", 1_190),
    ]
    assert quote(site="AMS1", wish=replace(wish, country="KP")) == []
    assert quote(site="RTM1", wish=wish) == []


def test_the_cheapest_service_that_keeps_the_promise_is_chosen(desk: None) -> None:
    wishes = [
        Wish("NL", (SMALL, SMALL), MONDAY_NOON),
        Wish("NL", (SMALL,), MONDAY_NOON, deliver_by=date(2026, 11, 23)),
        Wish("DE", (SMALL,), MONDAY_NOON, deliver_by=date(2026, 11, 24)),
        Wish("CH", (SMALL,), MONDAY_NOON, deliver_by=date(2026, 11, 24)),
        Wish("NL", (ParcelSize(344, 244, 28, 300),), MONDAY_NOON),
    ]

    chosen = choose_services(site="AMS1", wishes=wishes)

    assert [(q.service_code, q.price_cents, q.keeps_promise) for q in chosen] == [
        ("STANDARD", 1_120, True),
        ("EXPRESS", 1_190, True),
        ("EUROPE_FAST", 2_450, True),
        ("EUROPE", 1_120, False),
        ("LETTERBOX", 345, True),
    ]


def test_what_flies_takes_fewer_dangers(desk: None) -> None:
    hurry = Wish("DE", (SMALL,), MONDAY_NOON, deliver_by=date(2026, 11, 24))
    kinds = ["lq", "batteries", "batteries_in_equipment"]
    chosen = choose_services(site="AMS1", wishes=[replace(hurry, goods=frozenset({kind})) for kind in kinds])

    assert [each.service_code for each in chosen] == ["EUROPE", "EUROPE", "EUROPE_FAST"]


@pytest.mark.parametrize(
    ("country", "goods", "message"),
    [
        ("US", {"lq"}, "No carrier takes limited quantities to US."),
        ("US", {"lq", "batteries"}, "No carrier takes lithium batteries and limited quantities to US."),
        ("NL", {"dangerous", "lq"}, "No carrier takes fully regulated dangerous goods to NL."),
        ("KP", {"lq"}, "No carrier of this hub takes such a parcel to KP."),
    ],
)
def test_the_refusal_says_whether_it_is_the_goods(desk: None, country: str, goods: set[str], message: str) -> None:
    with pytest.raises(Invalid) as refusal:
        choose_services(site="AMS1", wishes=[Wish(country, (SMALL,), MONDAY_NOON, goods=frozenset(goods))])

    assert (refusal.value.code, refusal.value.message) == ("no_service", message)


def test_a_wish_nobody_can_carry_is_named(desk: None) -> None:
    heavy = replace(SMALL, weight_g=2_000_000)

    with pytest.raises(Invalid) as refusal:
        choose_services(site="AMS1", wishes=[Wish("NL", (SMALL,), MONDAY_NOON), Wish("NL", (heavy,), MONDAY_NOON)])

    assert (refusal.value.code, refusal.value.field) == ("no_service", "wishes[1]")


def test_a_shipment_is_made_once_for_its_reference(desk: None) -> None:
    asked = wanted()

    first = create_shipment(shipment=asked)
    second = create_shipment(shipment=asked)

    assert first.pk == second.pk
    assert first.state == Shipment.State.DRAFT
    rows = list(Parcel.objects.values_list("sequence", "weight_g", "box__code", "carrier__code"))
    assert rows == [(1, 800, "B1", "simulator"), (2, 400, None, "simulator")]


def test_a_reference_with_other_parcels_is_a_conflict(desk: None) -> None:
    asked = wanted()
    create_shipment(shipment=asked)

    for other in (
        replace(asked, parcels=asked.parcels[:1]),
        replace(asked, ship_to_id=add_address(place=BUYER).pk),
        replace(asked, site="RTM1"),
    ):
        with pytest.raises(Conflict) as refusal:
            create_shipments(shipments=[wanted(reference="fresh"), other])
        assert refusal.value.code == "reference_in_use"

    assert Shipment.objects.count() == 1
    assert Parcel.objects.count() == 2


def test_many_shipments_take_few_statements(desk: None, django_assert_max_num_queries: Any) -> None:
    shipments = [wanted(reference=f"order-{n}") for n in range(120)]

    with django_assert_max_num_queries(14):
        made = create_shipments(shipments=shipments)

    assert [each.reference for each in made] == [each.reference for each in shipments]
    assert len({each.number for each in made}) == 120


PARCEL = ParcelInput(300, 200, 100, 800)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"reference": ""}, "reference_invalid"),
        ({"reference": "x" * 81}, "reference_invalid"),
        ({"ship_to_id": 999_999}, "address_unknown"),
        ({"service_id": 999_999}, "service_unknown"),
        ({"parcels": ()}, "parcel_count"),
        ({"parcels": (replace(PARCEL, weight_g=0),)}, "weight_invalid"),
        ({"parcels": (replace(PARCEL, weight_g=-1),)}, "weight_invalid"),
        ({"parcels": (replace(PARCEL, weight_g=2_000_000),)}, "weight_invalid"),
        ({"parcels": (replace(PARCEL, width_mm=0),)}, "size_invalid"),
        ({"parcels": (replace(PARCEL, length_mm=1_751),)}, "size_too_big"),
        ({"parcels": (replace(PARCEL, box_code="NOPE"),)}, "box_unknown"),
    ],
)
def test_a_shipment_that_cannot_go_is_refused_by_name(desk: None, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        create_shipment(shipment=wanted(**changes))

    assert code in {fault.code for fault in refusal.value.faults}
    assert Shipment.objects.count() == 0


def test_nothing_is_sent_to_an_erased_address(desk: None) -> None:
    asked = wanted()
    Address.objects.update(erased_at=timezone.now())

    with pytest.raises(Invalid):
        create_shipment(shipment=asked)

    assert Shipment.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"weight_g": 0}, "parcel_weight_is_sane"),
        ({"weight_g": 2_000_000}, "parcel_weight_is_sane"),
        ({"length_mm": 0}, "parcel_has_measures"),
        ({"labelled_at": MONDAY_NOON}, "labelled_parcel_has_a_tracking_number"),
    ],
)
def test_the_database_holds_what_the_service_checks(desk: None, changes: dict[str, Any], name: str) -> None:
    create_shipment(shipment=wanted())

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Parcel.objects.update(**changes)


def test_two_parcels_never_share_a_tracking_number(desk: None) -> None:
    create_shipment(shipment=wanted())

    with pytest.raises(IntegrityError, match="one_parcel_per_tracking_number"), transaction.atomic():
        Parcel.objects.update(tracking_no="SAME")


def test_setting_up_twice_changes_nothing(desk: None) -> None:
    before = (Service.objects.count(), len(boxes_in_use()))

    install_boxes()
    install_simulated_carrier(site="AMS1", base_url="http://127.0.0.1:1", webhook_secret="x" * 30)

    assert (Service.objects.count(), len(boxes_in_use())) == before == (6, 9)
    assert [box.code for box in box_sizes(boxes_in_use().values())][:2] == ["A1", "LB1"]


def test_an_account_holds_two_secrets_at_most(desk: None) -> None:
    account = install_simulated_carrier(
        site="RTM1", base_url="http://127.0.0.1:1", webhook_secret="x" * 30
    ).accounts.first()
    assert account is not None
    account.webhook_secrets = [{"secret": f"{MARK}{n}", "until": None} for n in range(3)]

    with pytest.raises(DatabaseError, match="at_most_two_webhook_secrets"), transaction.atomic():
        account.save()

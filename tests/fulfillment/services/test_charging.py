"""Charging: what is done in a case is charged by the card of that moment, once, and as it was told before."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, ProgrammingError, transaction
from django.db.models import ProtectedError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foundation import clock
from foundation.errors import Conflict, Invalid, NotFound
from fulfillment.models import Charge, Event, Rate, RateCard
from fulfillment.services.charging import Prices, publish_rates, take_back_charge
from tests.crowd import at_once
from tests.factories import MONDAY, make_hub, make_sku, make_user
from tests.refusals import refused
from tests.sandbox import undone
from tests.warehouses.test_cases import the_case
from tests.warehouses.test_settling import waiting
from warehouses.models import Case, Hub, Sku
from warehouses.services.cases import answer_by_silence, answer_case, cancel_case
from warehouses.services.settling import settle_case

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
PRICES = {"relabel": Decimal("0.3500"), "return_to_seller": Decimal("1.2000"), "dispose": Decimal("0.0850")}


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with clock.playing(MONDAY):
        yield


@pytest.fixture
def hub() -> Hub:
    return make_hub()


@pytest.fixture
def sku() -> Sku:
    return make_sku(code="RING")


def valid(at: datetime = MONDAY - HOUR, hub: Hub | None = None, prices: Mapping[str, Decimal] = PRICES) -> RateCard:
    """A card from then on, written an hour before."""
    with clock.playing(at - HOUR):
        return publish_rates(valid_from=at, hub=hub, prices=prices)


def settled(case: Case, at: datetime = MONDAY) -> Case:
    with clock.playing(at):
        return settle_case(case_id=case.pk)


def charged() -> list[tuple[object, ...]]:
    return list(Charge.objects.order_by("pk").values_list("kind", "quantity", "unit_price", "amount_cents"))


def told() -> list[tuple[str, dict[str, object]]]:
    return list(Event.objects.filter(kind__startswith="charge.").order_by("pk").values_list("kind", "data"))


# --- charging --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("choice", "row"),
    [
        ("relabel", ("relabel", 2, Decimal("0.3500"), 70)),
        ("send_back", ("return_to_seller", 2, Decimal("1.2000"), 240)),
        ("dispose", ("dispose", 2, Decimal("0.0850"), 17)),
    ],
)
def test_what_was_done_is_charged_as_it_is_settled(hub: Hub, sku: Sku, choice: str, row: tuple[object, ...]) -> None:
    card = valid()
    case = waiting(hub, sku, "surplus", choice, make_sku(sku.seller) if choice == "relabel" else None)
    assert charged() == []

    case = settled(case)

    assert charged() == [row]
    charge = Charge.objects.get()
    assert (charge.seller, charge.hub, charge.case, charge.rate.card) == (sku.seller, hub, case, card)
    assert (charge.currency, charge.occurred_at, charge.corrects, charge.reason) == ("EUR", MONDAY, None, "")
    assert charge.number == f"CG-{charge.pk:07d}"


def test_the_seller_is_told_of_the_charge(hub: Hub, sku: Sku) -> None:
    valid()

    case = settled(waiting(hub, sku, "surplus", "dispose"))

    charge = Charge.objects.get()
    data = {
        "charge": charge.number, "kind": "dispose", "case": case.number, "quantity": 2, "unit_price": "0.0850",
        "amount_cents": 17, "currency": "EUR",
    }  # fmt: skip
    assert told() == [("charge.made", data)]
    event = Event.objects.get(kind="charge.made")
    assert (event.seller, event.inbound, event.occurred_at) == (sku.seller, case.inbound, MONDAY)


def test_silence_is_charged_like_an_answer(hub: Hub, sku: Sku) -> None:
    valid()
    case, late = waiting_for_silence(hub, sku), MONDAY + timedelta(days=30)

    settled(case, late)

    assert charged() == [("dispose", 2, Decimal("0.0850"), 17)]


def waiting_for_silence(hub: Hub, sku: Sku) -> Case:
    """A case of two unknown units that nobody answers in time."""
    with clock.playing(MONDAY):
        case = the_case(hub, sku, "unknown")
    with clock.playing(case.due_at):
        return answer_by_silence(case_id=case.pk)


def test_to_accept_to_book_and_to_call_off_cost_nothing(hub: Hub, sku: Sku) -> None:
    valid()
    accepted = waiting(hub, sku, "damaged", "accept")
    booked = settled(waiting(hub, sku, "surplus", "book_to", make_sku(sku.seller)))
    off = cancel_case(case_id=waiting(hub, sku, "wrong_item", "dispose").pk, reason="Counted again.")

    assert [case.state for case in (accepted, booked, off)] == ["resolved", "resolved", "cancelled"]
    assert (charged(), told()) == ([], [])


def test_settled_twice_is_charged_once(hub: Hub, sku: Sku) -> None:
    valid()
    case = waiting(hub, sku, "surplus", "dispose")

    settled(case)
    settled(case, MONDAY + HOUR)

    assert len(charged()) == 1
    with pytest.raises(IntegrityError, match="charge_once_per_case_and_kind"), transaction.atomic():
        again(Charge.objects.get()).save()


def again(charge: Charge) -> Charge:
    charge.pk = None
    return charge


@pytest.mark.django_db(transaction=True)
def test_settled_by_three_at_once_is_charged_once() -> None:
    hub, sku = make_hub(), make_sku()
    valid()
    case = waiting(hub, sku, "surplus", "dispose")

    at_once([lambda: settle_case(case_id=case.pk)] * 3)

    assert len(charged()) == 1


def test_a_settling_that_is_refused_charges_nothing(hub: Hub, sku: Sku) -> None:
    valid()
    case = the_case(hub, sku, "surplus")
    answer_case(case_id=case.pk, choice="dispose")

    refused(Conflict, "units_elsewhere", lambda: settled(case))

    assert (charged(), told()) == ([], [])


# --- which rate ------------------------------------------------------------------------------------------


def test_without_a_rate_there_is_no_charge(hub: Hub, sku: Sku) -> None:
    valid(MONDAY + HOUR)
    valid(MONDAY - HOUR, prices={"relabel": Decimal(1)})
    valid(MONDAY - HOUR, hub=make_hub())

    case = settled(waiting(hub, sku, "surplus", "dispose"))

    assert (case.state, charged(), told()) == (Case.State.RESOLVED, [], [])


@pytest.mark.parametrize(("late", "cents"), [(-1, 200), (0, 600), (1, 600)])
def test_the_card_of_the_answer_counts_however_late_it_is_done(hub: Hub, sku: Sku, late: int, cents: int) -> None:
    valid(prices={"dispose": Decimal(1)})
    valid(MONDAY + HOUR, prices={"dispose": Decimal(3)})
    valid(MONDAY + 2 * HOUR, prices={"dispose": Decimal(9)})
    with clock.playing(MONDAY + HOUR + timedelta(microseconds=late)):
        case = waiting(hub, sku, "surplus", "dispose")

    settled(case, MONDAY + 24 * HOUR)

    assert charged()[0][-1] == cents


def test_a_hubs_own_card_stands_in_place_of_the_general_one(hub: Hub, sku: Sku) -> None:
    valid(prices={"dispose": Decimal(1), "return_to_seller": Decimal(1)})
    valid(MONDAY - 9 * HOUR, hub=hub, prices={"dispose": Decimal(2)})

    settled(waiting(hub, sku, "surplus", "dispose"))
    settled(waiting(hub, sku, "wrong_item", "send_back"))

    assert charged() == [("dispose", 2, Decimal(2), 400)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(price=st.decimals("0.0001", "9999.9999", places=4), choice=st.sampled_from(["dispose", "send_back"]))
def test_what_is_charged_is_what_was_told_to_the_cent(hub: Hub, sku: Sku, price: Decimal, choice: str) -> None:
    with undone():
        valid(prices=dict.fromkeys(["dispose", "return_to_seller"], price))
        case = the_case(hub, sku, "unknown")

        quote = Prices(MONDAY).quote(case, choice)
        settled(answer_case(case_id=case.pk, choice=choice))

        assert quote is not None
        assert [charge.amount_cents for charge in Charge.objects.all()] == [quote.amount_cents]


# --- cards -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("early", [-HOUR, timedelta(0), timedelta(seconds=59)])
def test_no_card_is_written_for_the_past_or_for_this_very_moment(early: timedelta) -> None:
    with clock.playing(MONDAY):
        refused(Invalid, "valid_from_too_soon", lambda: publish_rates(valid_from=MONDAY + early, prices=PRICES))

    assert RateCard.objects.count() == 0
    with pytest.raises(IntegrityError, match="rate_card_is_written_ahead"), transaction.atomic():
        RateCard.objects.create(valid_from=MONDAY, written_at=MONDAY)


@pytest.mark.parametrize(
    "prices",
    [{"dispose": Decimal(0)}, {"dispose": Decimal(10_000)}, {"dispose": Decimal("0.00001")}, {"x": Decimal(1)}],
)
def test_a_price_is_one(prices: dict[str, Decimal]) -> None:
    with pytest.raises(ValidationError):
        valid(prices=prices)

    assert (RateCard.objects.count(), Rate.objects.count()) == (0, 0)


def test_there_is_one_card_from_a_moment_on(hub: Hub) -> None:
    for where in (None, hub):
        valid(hub=where)
        with pytest.raises(ValidationError, match="There is a card from this moment on already"):
            valid(hub=where)

    assert RateCard.objects.count() == 2


@pytest.mark.parametrize(
    "lie",
    [
        lambda rate: Rate.objects.filter(pk=rate.pk).update(price=9),
        lambda rate: rate.card.rates.filter(kind="relabel").delete(),
        lambda rate: Rate.objects.create(card=rate.card, kind="x", price=1),
        lambda rate: Rate.objects.filter(pk=rate.pk).update(card=valid(MONDAY + HOUR)),
        lambda rate: RateCard.objects.filter(pk=rate.card_id).update(currency="USD"),
    ],
)
def test_a_card_that_was_charged_by_stays_as_it_is(hub: Hub, sku: Sku, lie) -> None:
    card = valid()
    settled(waiting(hub, sku, "surplus", "dispose"))
    stood = list(Rate.objects.filter(card=card).values())

    with pytest.raises(ProgrammingError, match="charged by is never changed"), transaction.atomic():
        lie(Charge.objects.get().rate)
    with pytest.raises(ProtectedError):
        card.delete()

    assert list(Rate.objects.filter(card=card).values()) == stood
    assert RateCard.objects.filter(pk=card.pk).get().currency == "EUR"


# --- taking back -----------------------------------------------------------------------------------------


def test_a_charge_is_taken_back_by_a_counter_charge(hub: Hub, sku: Sku) -> None:
    valid()
    settled(waiting(hub, sku, "surplus", "dispose"))
    charge, lead = Charge.objects.get(), make_user()

    with clock.playing(MONDAY + HOUR):
        counter = take_back_charge(charge_id=charge.pk, reason=" Our own mistake. ", actor_id=lead.pk)

    assert charged() == [("dispose", 2, Decimal("0.0850"), 17), ("dispose", -2, Decimal("0.0850"), -17)]
    assert (counter.corrects, counter.reason, counter.actor) == (charge, "Our own mistake.", lead)
    assert (counter.occurred_at, counter.case, counter.rate) == (MONDAY + HOUR, charge.case, charge.rate)
    assert [kind for kind, _ in told()] == ["charge.made", "charge.taken_back"]
    assert told()[1][1]["amount_cents"] == -17
    assert take_back_charge(charge_id=charge.pk, reason="Again.") == counter
    assert len(told()) == 2


def test_what_cannot_be_taken_back(hub: Hub, sku: Sku) -> None:
    valid()
    settled(waiting(hub, sku, "surplus", "dispose"))
    charge = Charge.objects.get()
    refused(NotFound, "charge_unknown", lambda: take_back_charge(charge_id=0, reason="No."))
    for reason in ("", "  ", "x" * 201):
        refused(Invalid, "reason_invalid", lambda r=reason: take_back_charge(charge_id=charge.pk, reason=r))
    assert len(charged()) == 1

    counter = take_back_charge(charge_id=charge.pk, reason="Twice.")

    refused(Conflict, "charge_is_a_counter_charge", lambda: take_back_charge(charge_id=counter.pk, reason="No."))
    assert len(charged()) == 2


@pytest.mark.parametrize("change", [{"amount_cents": 18}, {"quantity": -2}, {"reason": "x"}])
def test_a_charge_that_does_not_add_up_is_no_row(hub: Hub, sku: Sku, change: dict[str, object]) -> None:
    valid()
    settled(waiting(hub, sku, "surplus", "dispose"))
    other = settled(waiting(hub, sku, "wrong_item", "book_to", make_sku(sku.seller)))
    charge = again(Charge.objects.get())
    charge.case = other

    for name, value in change.items():
        setattr(charge, name, value)

    with pytest.raises(IntegrityError, match="charge_"), transaction.atomic():
        charge.save()
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        Charge.objects.update(**change)

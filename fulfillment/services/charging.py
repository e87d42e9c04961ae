"""Charging: what the hub's work costs a seller, told before it is done and charged when it is, by the same card."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Final

from django.db import transaction

from foundation import clock
from foundation.errors import Conflict, Invalid, NotFound
from fulfillment.models import Charge, ChargeKind, Event, Rate, RateCard
from fulfillment.planning.pricing import amount_cents
from warehouses.models import Case, CaseChoice, Hub

CHARGED_FOR: Final[Mapping[str, ChargeKind]] = {
    CaseChoice.RELABEL: ChargeKind.RELABEL,
    CaseChoice.SEND_BACK: ChargeKind.RETURN_TO_SELLER,
    CaseChoice.DISPOSE: ChargeKind.DISPOSE,
}
"""What the choices in a case are charged as; the others cost nothing."""

NOTICE: Final = timedelta(minutes=1)
"""A card is written at least so long before it is valid: what is being settled meanwhile knows which one it is."""

LONGEST_REASON: Final = 200


@dataclass(frozen=True, slots=True)
class Quote:
    """What a number of units costs by a rate."""

    rate: Rate
    quantity: int

    @property
    def amount_cents(self) -> int:
        """As it is charged, to the cent."""
        return amount_cents(self.rate.price, self.quantity)


class Prices:
    """The cards in force at one moment, looked up when the first price is asked for."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    @cached_property
    def _cards(self) -> dict[int | None, dict[str, Rate]]:
        cards = RateCard.objects.in_force(self.at).prefetch_related("rates")
        return {card.hub_id: {rate.kind: rate for rate in card.rates.all()} for card in cards}

    def rate(self, hub_id: int, kind: str) -> Rate | None:
        """By the hub's own card if it has one, else by the card for all hubs; None if it costs nothing."""
        card = self._cards.get(hub_id, self._cards.get(None, {}))
        return card.get(kind)

    def quote(self, case: Case, choice: str) -> Quote | None:
        """What this choice costs in this case; None if nothing."""
        kind = CHARGED_FOR.get(choice)
        rate = self.rate(case.inbound.hub_id, kind) if kind else None
        return Quote(rate, case.units) if rate else None


def charge_cases(cases: Iterable[Case]) -> list[Charge]:
    """Charges what was done in these resolved cases, by the rates that were valid when they were answered.

    So what a seller was told before he chose is what he pays, however much later it is done. For whoever just resolved
    them, in the same transaction. Without a rate there is no charge. A case is charged once: the database holds one
    charge per case and kind.
    """
    charges = []
    for case in cases:
        assert case.answered_at is not None, "what was chosen was chosen at a moment"
        assert case.ended_at is not None, "a resolved case has ended"
        quote = Prices(case.answered_at).quote(case, case.choice)
        if quote:
            charges.append(_charge(case, quote, case.ended_at))
    _announce("charge.made", charges)
    return charges


def _charge(case: Case, quote: Quote, at: datetime) -> Charge:
    return Charge.objects.create(
        seller_id=case.seller_id,
        hub_id=case.inbound.hub_id,
        case=case,
        kind=quote.rate.kind,
        rate=quote.rate,
        quantity=quote.quantity,
        unit_price=quote.rate.price,
        amount_cents=quote.amount_cents,
        currency=quote.rate.card.currency,
        occurred_at=at,
    )


@transaction.atomic
def take_back_charge(*, charge_id: int, reason: str, actor_id: int | None = None) -> Charge:
    """A counter-charge: as many units less, to the cent, with a reason. Both rows stay. Twice is once.

    Returns the counter-charge. Raises `NotFound` (`charge_unknown`), `Invalid` (`reason_invalid`), `Conflict`
    (`charge_is_a_counter_charge`).
    """
    reason = reason.strip()
    if not 1 <= len(reason) <= LONGEST_REASON:
        raise Invalid(f"Give a reason of 1 to {LONGEST_REASON} characters.", code="reason_invalid", field="reason")
    charge = Charge.objects.select_related("case__inbound").filter(pk=charge_id).first()
    if charge is None:
        raise NotFound("There is no such charge.", code="charge_unknown")
    if charge.corrects_id:
        raise Conflict(f"{charge.number} takes another back; it stays.", code="charge_is_a_counter_charge")
    same = ("seller_id", "hub_id", "case_id", "kind", "rate_id", "unit_price", "currency")
    counter, is_new = Charge.objects.get_or_create(
        corrects=charge,
        defaults={name: getattr(charge, name) for name in same}
        | {
            "quantity": -charge.quantity,
            "amount_cents": -charge.amount_cents,
            "occurred_at": clock.now(),
            "reason": reason,
            "actor_id": actor_id,
        },
    )
    if is_new:
        _announce("charge.taken_back", [counter])
    return counter


def _announce(kind: str, charges: Iterable[Charge]) -> None:
    Event.objects.bulk_create(
        Event(
            seller_id=charge.seller_id,
            kind=kind,
            inbound_id=charge.case.inbound_id,
            data={
                "charge": charge.number,
                "kind": str(charge.kind),
                "case": charge.case.number,
                "quantity": charge.quantity,
                "unit_price": str(charge.unit_price),
                "amount_cents": charge.amount_cents,
                "currency": charge.currency,
            },
            occurred_at=charge.occurred_at,
        )
        for charge in charges
    )


@transaction.atomic
def publish_rates(
    *, valid_from: datetime, prices: Mapping[str, Decimal], hub: Hub | None = None, currency: str = "EUR"
) -> RateCard:
    """A new card from `valid_from` on, with a price of one unit for each kind of charge that costs something.

    For one hub, or for all that have no card of their own. Raises `Invalid` (`valid_from_too_soon`), and
    `ValidationError` for a second card of that moment, an unknown kind or a price that is none.
    """
    refuse_too_soon(valid_from)
    card = RateCard(hub=hub, valid_from=valid_from, currency=currency, written_at=clock.now())
    card.full_clean()
    card.save()
    for kind, price in prices.items():
        rate = Rate(card=card, kind=kind, price=price)
        rate.full_clean()
        rate.save()
    return card


def refuse_too_soon(valid_from: datetime) -> None:
    """Raises `Invalid` (`valid_from_too_soon`) for a card that would be valid before it is surely written."""
    if valid_from < clock.now() + NOTICE:
        text = "A card is valid from a later moment than now: what was done before is charged already."
        raise Invalid(text, code="valid_from_too_soon", field="valid_from")

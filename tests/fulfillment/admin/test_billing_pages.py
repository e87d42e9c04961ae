"""Rate cards in the admin, which can be changed until they are valid, and charges, which can only be taken back."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from foundation import clock
from fulfillment.models import Charge, Rate, RateCard
from fulfillment.services.charging import publish_rates
from tests.fulfillment.admin.scenes import boss, clerk, everything

pytestmark = pytest.mark.django_db

LATER = datetime(2099, 3, 2, 11, tzinfo=UTC)


@pytest.fixture
def lead(client: Client) -> Client:
    client.force_login(boss())
    return client


def page(model: str, view: str, *args: int) -> str:
    return reverse(f"admin:fulfillment_{model}_{view}", args=args)


def filled(valid_from: datetime, price: str = "0.35", *, rate: Rate | None = None) -> dict[str, object]:
    """The form of a card with one price."""
    row = {"kind": "relabel", "unit": "unit", "price": price}
    if rate:
        row |= {"id": rate.pk, "card": rate.card_id}
    return {
        "hub": "", "valid_from_0": f"{valid_from:%Y-%m-%d}", "valid_from_1": f"{valid_from:%H:%M:%S}",
        "currency": "EUR", "rates-TOTAL_FORMS": 1, "rates-INITIAL_FORMS": 1 if rate else 0,
        **{f"rates-0-{name}": value for name, value in row.items()},
    }  # fmt: skip


def test_a_card_is_written_ahead_and_changed_until_it_is_valid(lead: Client) -> None:
    assert lead.post(page("ratecard", "add"), filled(LATER)).status_code == 302
    rate = Rate.objects.get()
    assert (rate.kind, rate.price, rate.card.hub) == ("relabel", Decimal("0.3500"), None)

    answer = lead.post(page("ratecard", "change", rate.card_id), filled(LATER, "0.4", rate=rate))

    assert answer.status_code == 302
    assert Rate.objects.get().price == Decimal("0.4000")


def test_a_card_for_the_past_is_refused(lead: Client) -> None:
    answer = lead.post(page("ratecard", "add"), filled(clock.now() - timedelta(days=1)))

    assert answer.status_code == 200
    assert "later moment than now" in answer.content.decode()
    assert RateCard.objects.count() == 0


def test_a_valid_card_stays_as_it_is(lead: Client) -> None:
    with clock.playing(clock.now() - timedelta(days=1)):
        card = publish_rates(valid_from=clock.now() + timedelta(hours=1), prices={"relabel": Decimal(1)})
    rate = card.rates.get()

    answer = lead.post(page("ratecard", "change", card.pk), filled(LATER, "0.4", rate=rate))

    assert answer.status_code == 403
    assert Rate.objects.get().price == 1
    assert lead.get(page("ratecard", "change", card.pk)).status_code == 200


def test_a_charge_is_taken_back_by_whoever_may(lead: Client) -> None:
    everything(1)
    charge = Charge.objects.get()
    url = page("charge", "take_back", charge.pk)

    refused = Client()
    refused.force_login(clerk("fulfillment.view_charge"))
    assert refused.post(url, {"reason": "No."}).status_code == 403
    assert Charge.objects.count() == 1

    answer = lead.post(url, {"reason": "Our mistake."})

    counter = Charge.objects.get(corrects=charge)
    said = [str(message) for message in get_messages(answer.wsgi_request)]
    assert said == [f"{charge.number} is taken back by {counter.number}."]
    assert (counter.reason, counter.amount_cents) == ("Our mistake.", -charge.amount_cents)
    assert "Take back" not in lead.get(page("charge", "change", charge.pk)).content.decode()

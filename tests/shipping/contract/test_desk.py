"""A hub buys from real carriers' fakes: through the services, the accounts and the database."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models.functions import Now

from foundation import clock
from foundation.errors import Conflict
from shipping.models import Carrier, CarrierAccount, LabelPurchase, RateTier, Service, Shipment, TrackingScan
from shipping.services.accounts import open_account
from shipping.services.buying import buy_labels, settle_purchases
from shipping.services.credentials import set_credentials
from shipping.services.manifesting import hand_over_manifest
from shipping.services.polling import poll_tracking
from shipping.services.setting_up import install_boxes
from shipping.services.voiding import void_shipment
from tests.shipping.conftest import close, draft_shipment, nothing_held
from tests.shipping.contract.conftest import FAKES
from tests.shipping.contract.fake import SCANNED_AT, FakeCarrier, serving

MORNING = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture(params=[fake for fake in FAKES if fake.adapter != "simulator"], ids=lambda fake: fake.adapter)
def desk(request: pytest.FixtureRequest, transactional_db: None) -> Iterator[FakeCarrier]:
    """AMS1 has an account at one carrier, with a service up to 31.5 kg for 5.55, and its credentials."""
    install_boxes()
    with serving(request.param()) as fake:
        carrier = Carrier.objects.create(code=fake.adapter, name="A carrier", adapter=fake.adapter)
        account = CarrierAccount.objects.create(carrier=carrier, site="AMS1", base_url=fake.url, timeout_ms=700)
        set_credentials(account_id=account.pk, credentials=fake.credentials)
        service = Service.objects.create(
            carrier=carrier,
            code=fake.service,
            name="Standard",
            destinations=["NL"],
            max_weight_g=31_500,
            max_length_mm=1_750,
            max_thickness_mm=600,
            max_girth_mm=3_000,
            transit_days=1,
        )
        RateTier.objects.create(service=service, up_to_g=31_500, price_cents=555)
        yield fake


def test_a_label_is_bought_kept_and_priced(desk: FakeCarrier) -> None:
    shipment = draft_shipment(service=desk.service)

    (outcome,) = buy_labels(shipment_ids=[shipment.pk], label_format="pdf")
    again = buy_labels(shipment_ids=[shipment.pk], label_format="pdf")

    purchase = LabelPurchase.objects.get()
    (booked,) = desk.parcels
    shipment.refresh_from_db()
    assert (outcome.status, again) == ("bought", [outcome])
    assert shipment.state == Shipment.State.LABEL_CREATED
    assert purchase.tracking_no == outcome.tracking_no == booked.tracking_no
    # UPS draws ZPL only, and has it asked of it
    assert purchase.label_type == ("application/zpl" if desk.adapter == "ups" else "application/pdf")
    assert purchase.price_cents == {"ups": 785, "easypost": 645, "shipstation": 710}.get(desk.adapter, 555)


def test_a_time_out_after_booking_settles_with_one_label_in_use(desk: FakeCarrier) -> None:
    shipment = draft_shipment(service=desk.service)
    desk.accidents.book_then_stall = 1

    buy_labels(shipment_ids=[shipment.pk])
    LabelPurchase.objects.filter(state="intended").update(in_doubt_since=Now() - timedelta(hours=1))
    settle_purchases()

    purchase = LabelPurchase.objects.get()
    assert purchase.state == LabelPurchase.State.BOUGHT
    # where nothing can be looked up the first label stays unused, which costs nothing
    assert len(desk.parcels) == (2 if desk.adapter == "dpd_nl" else 1)


def test_one_shipment_is_cancelled_and_the_other_handed_over_and_followed(desk: FakeCarrier) -> None:
    with clock.playing(MORNING):
        unused, moving = (draft_shipment(service=desk.service) for _ in range(2))
        buy_labels(shipment_ids=[unused.pk, moving.pk])
        void_shipment(shipment_id=unused.pk)
        manifest = close(desk.adapter)
        assert manifest is not None
        hand_over_manifest(manifest_id=manifest.pk, holds=nothing_held)
    number = moving.parcels.get().tracking_no
    desk.scan(number)

    with clock.playing(MORNING + timedelta(days=1)):
        poll_tracking()
        with pytest.raises(Conflict) as refusal:
            void_shipment(shipment_id=moving.pk)

    unused.refresh_from_db()
    moving.refresh_from_db()
    scan = TrackingScan.objects.get(tracking_no=number, code=desk.moving[0])
    assert (unused.state, moving.state) == (Shipment.State.CANCELLED, Shipment.State.HANDED_OVER)
    assert (scan.occurred_at, scan.source) == (SCANNED_AT, TrackingScan.Source.CARRIER)
    assert refusal.value.code == "already_moving"
    with open_account(CarrierAccount.objects.select_related("carrier").get()) as carrier:
        told = carrier.capabilities.voids
    assert [each.voided for each in desk.parcels if each.tracking_no != number] == [told]

"""Hubs with something going on in them, for the admin's pages: every kind of row there is, made by the services."""

import uuid
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from string import ascii_uppercase

from django.contrib.auth.models import Permission, User

from foundation import clock
from foundation.errors import Conflict
from fulfillment.models import CarrierRule, IntakeRefusal, IntakeRun, LeftBehind, Member, Order
from fulfillment.services.allocation import allocate_hub
from fulfillment.services.charging import publish_rates
from fulfillment.services.dispatch import load_parcel
from fulfillment.services.holding import hold_order
from fulfillment.services.packing import pack_order, sender
from fulfillment.services.tokens import issue_token
from fulfillment.services.trading import set_trader_number
from labels.agents import enroll_agent
from labels.models import Printer, PrintJob
from labels.printing import enqueue
from shipping.models import Embargo, HazardSticker, Lane, Parcel, Pickup, Service
from shipping.planning.countries import COUNTRIES
from shipping.planning.territories import MEMBERS
from shipping.services.loading import LoadRequest, open_trailer
from tests.docks import make_door
from tests.factories import announced, bin_of, count_in, make_hub, make_lot, make_seller, make_sku, stock, unit_scan
from tests.fulfillment.building import bench_scans, fresh, on_carts, ordered, released, walked, with_carrier
from warehouses.models import Case, DockClosure, DockHours, Hub, HubSpeeds, Inbound, Level, Seller, Sku, Stairs, Worker
from warehouses.services.arriving import send_inbound
from warehouses.services.blocking import block_bin, release_bin
from warehouses.services.cases import answer_case
from warehouses.services.dock_slots import FreeSlot, free_slots
from warehouses.services.docking import book_appointment
from warehouses.services.freshness import today_in
from warehouses.services.measuring import Reading, measure_sku
from warehouses.services.numbering import ledger_of
from warehouses.services.putaway import propose_putaway
from warehouses.services.settling import settle_case
from warehouses.services.stopping import resume_hub, stop_hub
from warehouses.services.traffic import set_traffic

NOON = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
"""A Monday, twelve o'clock in Amsterdam: six hours before the carriers leave the test hub."""


def boss() -> User:
    """Somebody who may do everything."""
    return User.objects.create_superuser(f"boss{uuid.uuid4().hex[:6]}", password="pakhuis")


def clerk(*permissions: str) -> User:
    """Staff with these permissions only, such as `fulfillment.view_order`."""
    user = User.objects.create_user(f"clerk{uuid.uuid4().hex[:6]}", password="pakhuis", is_staff=True)
    for permission in permissions:
        app_label, _, codename = permission.partition(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app_label, codename=codename))
    return user


@dataclass
class Scene:
    """A hub with its seller, an item that is there and one that is not."""

    hub: Hub
    seller: Seller
    sku: Sku
    gone: Sku


def quiet_hub(*, units: int = 500, totes: int = 16, base_url: str = "http://127.0.0.1:9") -> Scene:
    """A hub with stock of one item, boxes and a carrier, and no orders yet."""
    hub = with_carrier(make_hub(totes=totes, cart_totes=8), base_url)
    seller = make_seller()
    sku, gone = make_sku(seller), make_sku(seller)
    stock(hub, sku, units)
    return Scene(hub, seller, sku, gone)


def busy_hub(orders: int = 2) -> Scene:
    """A hub in the middle of its day: so many orders each packed, short, on a cart, allocated, held, without stock."""
    scene = quiet_hub(totes=4 * orders)
    packed = [ordered(scene.hub, {scene.sku: 1}) for _ in range(orders)]
    for pick_list in on_carts(released(scene.hub)):
        walked(pick_list)
    for order in packed:
        pack_order(order_id=order.pk, scans=bench_scans(fresh(order)), station="PACK-1")
    rare = [make_sku(scene.seller) for _ in range(orders)]
    for sku in rare:
        stock(scene.hub, sku, 1, place="02-02")
        ordered(scene.hub, {sku: 1})
    for pick_list in on_carts(released(scene.hub)):
        walked(pick_list, missing=dict.fromkeys(rare, 1))
    for _ in range(orders):
        ordered(scene.hub, {scene.sku: 2})
    on_carts(released(scene.hub))
    for _ in range(orders):
        ordered(scene.hub, {scene.sku: 1})
        ordered(scene.hub, {scene.gone: 1})
        hold_order(order_id=ordered(scene.hub, {scene.sku: 1}).pk)
    allocate_hub(hub_id=scene.hub.pk)
    return scene


def open_door(hub: Hub, *, capacity: int) -> FreeSlot:
    """A door for so many pallets at once, open every day but one; the first slot of tomorrow."""
    tomorrow = today_in(hub) + timedelta(days=1)
    make_door(hub, slot_capacity=capacity)
    for weekday in (6, 7):
        DockHours.objects.create(hub=hub, weekday=weekday, opens=time(8), closes=time(12))
    for n in range(capacity):
        DockClosure.objects.create(hub=hub, day=tomorrow + timedelta(days=n + 1), reason="Stocktaking")
        make_door(hub, f"X{n}", freight=Inbound.Freight.PARCEL)
    return free_slots(hub=hub, freight=Inbound.Freight.PALLET, first=tomorrow, last=tomorrow, now=clock.now())[0]


def _borders(hub: Hub, seller: Seller, rows: int) -> None:
    """Lanes, embargoes, stickers and numbers of offices, so many each."""
    for n, country in enumerate(sorted(COUNTRIES - MEMBERS - {"GB", "CH", "NO"})[:rows]):
        set_trader_number(seller=seller, kind="vat", area=country, number="12345")
        Lane.objects.create(site=hub.code, destination=country, incoterm="DDP")
        Embargo.objects.create(country=country, reason="The board", since=date(2026, 1, 1))
        HazardSticker.objects.create(site=hub.code, mark="UN3481", barcode=f"STICKER-{n}")


def everything(orders: int = 2) -> Scene:
    """A busy hub, and a row of everything else that has a page."""
    scene = busy_hub(orders)
    hub, seller = scene.hub, scene.seller
    lotted = make_sku(seller, tracks_lots=True)
    slot = open_door(hub, capacity=orders)
    lot = make_lot(lotted, expires_on=date(2031, 1, 1))
    for _ in range(orders):
        reading = Reading(scan_id=uuid.uuid4(), scale_g=110, length_mm=100, width_mm=100, height_mm=110)
        measure_sku(sku_id=make_sku(seller).pk, hub=hub, reading=reading, station="DOCK-1")
        pallet, *_ = announced(scene.hub, [{scene.gone: 2}], pallet=1)
        book_appointment(inbound_id=pallet.inbound_id, door="D1", starts_at=slot.starts_at)
        carton, _ = announced(hub, [{lotted: 3}, {scene.gone: 1}], lots={lotted: lot})
        send_inbound(inbound_id=carton.inbound_id, parcels=[("postnl", f"3S{carton.pk}")])
        strange = unit_scan(lotted, code="???", is_unexpected=True)
        count_in(carton, [unit_scan(lotted, 2), strange], photos=[strange])
        propose_putaway(inbound_id=carton.inbound_id)
    _charge(hub, seller, orders)
    for n in range(orders):
        user = User.objects.create_user(f"member{uuid.uuid4().hex[:6]}")
        Member.objects.create(user=user, seller=seller)
        country = ascii_uppercase[n // 26] + ascii_uppercase[n % 26]
        CarrierRule.objects.create(seller=seller, verb="never", service=Service.objects.all()[0], countries=[country])
        Worker.objects.create(user=user, hub=hub, badge=uuid.uuid4().hex[:12])
        issue_token(seller=seller, name="shop")
        run = IntakeRun.objects.create(
            seller=seller, hub=hub, file_name="week.csv", file_sha256="0" * 64, layout="online-retail",
            started_at=clock.now(),
        )  # fmt: skip
        IntakeRefusal.objects.create(run=run, row=1, code="credit_note", message="A credit note.")
    _borders(hub, seller, orders)
    for n in range(orders):
        place = bin_of(hub, f"03-0{n % 4 + 1}")
        block_bin(key=f"b{place.pk}/{n}", bin_id=place.pk, reason="rack bent")
        release_bin(key=f"r{place.pk}/{n}", bin_id=place.pk, reason="mended")
        stop_hub(hub_id=hub.pk, invariants=["x"], differences=1)
        resume_hub(hub_id=hub.pk, reason="Mended.")
        other = make_sku()
        stock(hub, other, 1, place="03-01")
        ledger_of(seller_id=other.seller_id)
    for n in range(orders):
        set_traffic(
            key=f"t{hub.pk}/{n}", hub_id=hub.pk, along="aisle", number=1, from_mm=0, to_mm=5_000, traffic="forward",
            reason="narrow",
        )  # fmt: skip
    for n in range(orders):
        Level.objects.create(plan=hub.floor_plan, ordinal=n + 1, aisle_x_mm=[0], cross_y_mm=[0, 9_000])
        Stairs.objects.create(
            plan=hub.floor_plan,
            bottom_aisle=2,
            bottom_cross=0,
            top_aisle=3 + n,
            top_cross=0,
            up_mm=9_000,
            down_mm=8_000,
        )
    HubSpeeds.objects.create(hub=hub, legs=40, typical_error_s=1.5, learned_at=clock.now())
    printer = Printer.objects.create(code=f"p{hub.pk}", name="Bench", site=hub.code, kind="pdf", transport="file")
    for _ in range(orders):
        enqueue(
            printer=printer, document=PrintJob.Document.OTHER, content=b"%PDF-", content_type="application/pdf",
            key=uuid.uuid4().hex,
        )  # fmt: skip
        enroll_agent(site=hub.code, name="Hub computer")
    _dispatch(hub, orders)
    return scene


def _dispatch(hub: Hub, trailers: int) -> None:
    """So many trailers at the doors, each with a scan of a parcel that has no label yet."""
    parcels = Parcel.objects.filter(shipment__site=hub.code).select_related("shipment")
    for n, parcel in enumerate(parcels[:trailers]):
        trailer = open_trailer(
            site=hub.code, carrier_code="simulator", door=f"OUT-{n}", plate=f"PL-{n}", ship_on=today_in(hub)
        )
        Pickup.objects.create(
            site=hub.code, carrier=parcel.carrier, place=asdict(sender(hub)), parcels=1, weight_g=500,
            ready_at=clock.now() + timedelta(days=n), close_at=clock.now() + timedelta(days=n + 1),
            requested_at=clock.now(),
        )  # fmt: skip
        LeftBehind.objects.create(
            order=parcel.shipment.order, parcel=parcel, hub=hub, carrier=parcel.carrier, ship_on=today_in(hub),
            found="no_label", reason="no_label", noted_at=clock.now(),
        )  # fmt: skip
        with suppress(Conflict):
            load_parcel(request=LoadRequest(trailer.pk, parcel.shipment.number, uuid.uuid4(), "OUT-1"))


def _charge(hub: Hub, seller: Seller, cards: int) -> None:
    """So many cards of the hub, and what nobody knew is thrown away by the last of them."""
    now = clock.now()
    for n in range(cards):
        with clock.playing(now - timedelta(days=cards - n)):
            publish_rates(valid_from=clock.now() + timedelta(hours=1), hub=hub, prices={"dispose": Decimal("0.085")})
    for case in Case.objects.filter(seller=seller, kind=Case.Kind.UNKNOWN):
        answer_case(case_id=case.pk, choice=Case.Choice.DISPOSE)
        settle_case(case_id=case.pk)


def orders_in(scene: Scene, state: str) -> list[Order]:
    """The scene's orders in one state."""
    return list(Order.objects.filter(hub=scene.hub, state=state).order_by("pk"))

"""What is packed over a border carries its papers; what is dangerous its marks, and a sticker that was scanned."""

import pypdfium2
import pytest
from django.test import Client
from django.urls import reverse

from foundation.errors import Conflict, Invalid
from fulfillment.models import Order, Pack
from fulfillment.services.documents import print_parcels
from fulfillment.services.packing import pack_order
from fulfillment.services.trading import set_trader_number
from labels.models import Printer, PrintJob
from shipping.carriers.base import Place
from shipping.models import Lane, Parcel, Service, Shipment
from shipping.planning.customs import Line, Papers
from shipping.selectors import customs_papers
from shipping.services.setting_up import install_stickers
from tests.factories import books, make_hub, make_seller, make_sku, stock
from tests.fulfillment.building import bench_scans, fresh, picked, with_carrier
from warehouses.models import Hub, Sku

pytestmark = pytest.mark.django_db

ZURICH = Place("Urs Keller", "Langstrasse 12", "8004", "Zürich", "CH")
VARNISH = {"hazmat_class": "3", "un_number": "1263", "limited_quantity": True, "net_quantity_ml": 12}
BLEACH = {"hazmat_class": "5.1", "un_number": "1479", "limited_quantity": True, "net_quantity_ml": 50}
LAMP = {"hazmat_class": "9", "un_number": "3481", "battery_wh": 4}
BANK = {"hazmat_class": "9", "un_number": "3480", "battery_wh": 19}


def bench() -> Hub:
    """A hub with a carrier and hazard stickers."""
    hub = with_carrier(make_hub())
    install_stickers(site=hub.code)
    return hub


def waiting(hub: Hub, sku: Sku, units: int, **fields: object) -> Order:
    """An order of so many units, picked."""
    stock(hub, sku, units)
    return picked(hub, {sku: units}, **fields)


def packed(order: Order, *stickers: str) -> list[tuple[str, ...]]:
    """The marks on the order's parcels, once it is packed."""
    pack_order(order_id=order.pk, scans=bench_scans(order), station="BENCH-1", stickers=stickers)
    return [tuple(parcel.marks) for parcel in Parcel.objects.filter(shipment__reference=order.number)]


def refused(order: Order, *stickers: str) -> Conflict | Invalid:
    """Why it is not packed; nothing is other than before."""
    before = books(), Pack.objects.count(), Shipment.objects.count()
    with pytest.raises((Conflict, Invalid)) as refusal:
        packed(order, *stickers)
    assert (books(), Pack.objects.count(), Shipment.objects.count()) == before
    assert fresh(order).state == "picked"
    return refusal.value


def test_within_the_union_a_parcel_has_no_papers() -> None:
    hub = bench()
    order = waiting(hub, make_sku(), 1)

    assert packed(order) == [()]
    assert customs_papers(fresh(order).shipment) == []


def test_over_a_border_a_parcel_declares_what_is_in_it() -> None:
    hub, seller = bench(), make_seller()
    Lane.objects.create(destination="CH", incoterm="DDP")
    set_trader_number(seller=seller, kind="eori", area="EU", number="NL123456789")
    sku = make_sku(seller, "TEE", hs_code="610910", origin_country="PT", weight_g=180)
    order = waiting(hub, sku, 2, ship_to=ZURICH)

    packed(order)

    (papers,) = customs_papers(fresh(order).shipment)
    assert papers.customs.lines == (Line("TEE", sku.name, 2, 180, 1_250, "610910", "PT"),)
    assert (papers.customs.incoterm, papers.customs.currency) == ("DDP", "EUR")
    assert papers.customs.exporter_eori == "NL123456789"
    assert papers.customs.papers == Papers("cn22", 2, False)


def test_the_papers_of_a_parcel_are_printed_once_with_what_customs_ask(admin_client: Client) -> None:
    hub, seller = bench(), make_seller()
    set_trader_number(seller=seller, kind="eori", area="EU", number="NL123456789")
    Printer.objects.create(code="PDF", name="Papers", site=hub.code, kind="pdf", transport="file", address="x")
    sku = make_sku(seller, "TEE", hs_code="610910", origin_country="PT", weight_g=180)
    abroad = waiting(hub, sku, 2, ship_to=ZURICH)
    near = waiting(hub, make_sku(seller, "MUG"), 1)
    for order in (abroad, near):
        packed(order)
    ids = [fresh(order).shipment_id for order in (abroad, near)]

    jobs = [print_parcels(shipment_ids=ids), print_parcels(shipment_ids=ids)]

    (job,) = PrintJob.objects.filter(document="customs_papers")
    assert (jobs[0], job.reference) == (jobs[1], abroad.number)
    with pypdfium2.PdfDocument(bytes(job.content)) as document:
        pages = [page.get_textpage().get_text_bounded() for page in document]
    assert len(pages) == 3, "a CN 22 and two invoices"
    assert ["CN 22" in pages[0], *("Commercial invoice" in page for page in pages[1:])] == [True, True, True]
    said = ("610910", "PT", "25.00", "NL123456789", "Urs Keller")
    assert [word for word in said if any(word not in page for page in pages)] == []
    button = "admin:fulfillment_order_customs_papers"
    assert admin_client.get(reverse(button, args=[abroad.pk])).content == bytes(job.content)
    assert admin_client.get(reverse(button, args=[near.pk])).status_code == 302


def test_data_that_went_missing_since_stop_the_bench() -> None:
    hub, seller = bench(), make_seller()
    set_trader_number(seller=seller, kind="eori", area="EU", number="NL123456789")
    order = waiting(hub, make_sku(seller, hs_code="610910", origin_country="PT"), 1, ship_to=ZURICH)
    Sku.objects.filter(seller=seller).update(hs_code="")

    assert refused(order).code == "customs_data_missing"


def test_limited_quantities_bear_their_mark_and_need_no_sticker() -> None:
    order = waiting(bench(), make_sku(**VARNISH), 3)

    assert packed(order) == [("LQ",)]


def test_two_fitted_batteries_travel_without_a_mark_and_three_with_one() -> None:
    hub, sku = bench(), make_sku(**LAMP)

    assert packed(waiting(hub, sku, 2)) == [()]
    order = waiting(hub, sku, 3)
    needed = refused(order)
    assert (needed.code, needed.facts) == ("sticker_needed", {"mark": "UN3481", "missing": 1})
    assert packed(order, "STK-UN3481") == [("UN3481",)]


def test_another_sticker_is_no_proof() -> None:
    order = waiting(bench(), make_sku(**BANK), 1)

    assert refused(order, "STK-UN3481").code == "sticker_unknown"
    assert refused(order, "anything").code == "sticker_unknown"
    assert refused(order).code == "sticker_needed"
    assert packed(order, "STK-UN3480") == [("UN3480",)]


def test_what_reacts_goes_into_parcels_of_its_own() -> None:
    hub, seller = bench(), make_seller()
    varnish, bleach = make_sku(seller, **VARNISH), make_sku(seller, **BLEACH)
    stock(hub, varnish, 1)
    stock(hub, bleach, 1, place="02-02")
    order = picked(hub, {varnish: 1, bleach: 1})

    assert packed(order) == [("LQ",), ("LQ",)]


def test_a_service_that_does_not_take_the_goods_is_no_choice_and_the_refusal_says_why() -> None:
    hub = bench()
    order = waiting(hub, make_sku(**BANK), 1)
    Service.objects.update(by_air=True)

    why = refused(order, "STK-UN3480")

    assert (why.code, why.message) == ("no_service", "No carrier takes lithium batteries to NL.")


def test_goods_that_are_not_packed_for_parcels_go_nowhere() -> None:
    order = waiting(bench(), make_sku(hazmat_class="3", un_number="1263"), 1)

    assert refused(order).message == "No carrier takes fully regulated dangerous goods to NL."

"""Importing a file: accepted + duplicate + refused = read, twice is once, a broken file leaves nothing."""

from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from foundation.errors import Invalid
from fulfillment.channels.online_retail import HEADER
from fulfillment.models import IntakeRefusal, IntakeRun, Order, OrderLine
from fulfillment.services.importing import OrderFile, begin_intake, finish_intake, import_orders, read_file, take_part
from tests.factories import make_hub, make_seller, make_sku
from warehouses.models import Reservation, Sku

pytestmark = pytest.mark.django_db

REAL = Path(settings.BASE_DIR).parent / "shared" / "data" / "orders" / "online_retail_2011w46.csv"
ROWS = (
    "576080,22465,STAR LANTERN,12,2011-11-14 08:10,1.65,18211,United Kingdom",
    "576080,POST,POSTAGE,1,2011-11-14 08:10,3.00,18211,United Kingdom",
    "576081,22178,GLASS HANGING,6,2011-11-14 08:12,1.95,,France",
    "576081,22465,STAR LANTERN,1,2011-11-14 08:12,1.65,,France",
    "C576082,22465,STAR LANTERN,-1,2011-11-14 08:14,1.65,18211,United Kingdom",
)


def order_file(*rows: str) -> OrderFile:
    return OrderFile("week.csv", "\n".join((",".join(HEADER), *(rows or ROWS), "")).encode(), "online-retail")


def counts(run: IntakeRun) -> tuple[int, int, int, int]:
    return run.read, run.accepted, run.duplicate, run.refused


def test_sales_become_orders_and_the_rest_refusals() -> None:
    seller, hub = make_seller(), make_hub()

    run = import_orders(seller=seller, hub=hub, file=order_file(), creates_items=True)

    assert counts(run) == (5, 3, 0, 2)
    assert run.finished_at is not None
    assert list(run.refusals.values_list("row", "code", "reference")) == [
        (2, "not_goods", "576080 POST"),
        (5, "credit_note", "C576082 22465"),
    ]
    lines = OrderLine.objects.filter(order__seller=seller).order_by("order_id", "number")
    assert list(lines.values_list("order__external_ref", "number", "sku__code", "quantity", "unit_price_cents")) == [
        ("576080", 1, "22465", 12, 165),
        ("576081", 1, "22178", 6, 195),
        ("576081", 2, "22465", 1, 165),
    ]
    assert Order.objects.get(external_ref="576081").ship_to.country == "FR"
    assert Reservation.objects.count() == 3


def test_the_same_file_again_adds_nothing() -> None:
    seller, hub = make_seller(), make_hub()
    import_orders(seller=seller, hub=hub, file=order_file(), creates_items=True)
    before = [list(model.objects.order_by("pk").values_list()) for model in (Order, OrderLine, Reservation, Sku)]

    run = import_orders(seller=seller, hub=hub, file=order_file(), creates_items=True)

    assert counts(run) == (5, 0, 3, 2)
    after = [list(model.objects.order_by("pk").values_list()) for model in (Order, OrderLine, Reservation, Sku)]
    assert after == before


def test_an_order_that_came_with_other_contents_is_not_changed() -> None:
    seller, hub = make_seller(), make_hub()
    import_orders(seller=seller, hub=hub, file=order_file(), creates_items=True)

    run = import_orders(seller=seller, hub=hub, file=order_file(ROWS[0].replace(",12,", ",13,")), creates_items=True)

    assert counts(run) == (1, 0, 0, 1)
    assert run.refusals.get().code == "order_differs"
    assert OrderLine.objects.get(order__external_ref="576080").quantity == 12


def test_without_creating_items_unknown_ones_are_refused() -> None:
    seller, hub = make_seller(), make_hub()
    make_sku(seller, "22465")

    run = import_orders(seller=seller, hub=hub, file=order_file())

    assert counts(run) == (5, 2, 0, 3)
    assert run.refusals.get(row=3).code == "sku_unknown"
    assert Sku.objects.count() == 1


def test_an_item_without_description_is_taken_when_the_catalogue_knows_it() -> None:
    seller, hub = make_seller(), make_hub()
    make_sku(seller, "22465")
    nameless = "576083,22465,,2,2011-11-14 08:10,1.65,18211,France"
    unheard = "576084,99999,,2,2011-11-14 08:10,1.65,18211,France"

    run = import_orders(seller=seller, hub=hub, file=order_file(nameless, unheard), creates_items=True)

    assert counts(run) == (2, 1, 0, 1)
    assert run.refusals.get().code == "description_missing"
    assert not Sku.objects.filter(code="99999").exists()


def test_made_up_items_have_measures_and_a_barcode() -> None:
    seller = make_seller()

    import_orders(seller=seller, hub=make_hub(), file=order_file(), creates_items=True)

    sku = Sku.objects.get(seller=seller, code="22465")
    assert sku.name == "STAR LANTERN"
    assert min(sku.weight_g, sku.length_mm, sku.width_mm, sku.height_mm) > 0
    assert list(sku.barcodes.values_list("value", "kind")) == [("22465", "own")]


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (replace(order_file(), content=order_file().content + b"\xff"), "file_not_utf8"),
        (replace(order_file(), content=order_file().content + b'1,"'), "quote_unclosed"),
        (replace(order_file(), layout="amazon"), "layout_unknown"),
    ],
)
def test_a_file_that_cannot_be_read_leaves_nothing(file: OrderFile, code: str) -> None:
    seller, hub = make_seller(), make_hub()

    with pytest.raises(Invalid) as refusal:
        import_orders(seller=seller, hub=hub, file=file, creates_items=True)

    assert refusal.value.code == code
    assert not any(model.objects.exists() for model in (IntakeRun, IntakeRefusal, Order, Sku))


def test_a_run_that_loses_a_row_cannot_be_closed() -> None:
    seller, hub = make_seller(), make_hub()
    file = order_file()
    make_sku(seller, "22465")
    make_sku(seller, "22178")
    run, found = begin_intake(seller=seller, hub=hub, file=file, reading=read_file(file))
    take_part(run=run, orders=found.fresh[:1])

    with pytest.raises(IntegrityError, match="intake_loses_no_row"), transaction.atomic():
        finish_intake(run=run)

    take_part(run=run, orders=found.fresh[1:])
    assert counts(finish_intake(run=run)) == (5, 3, 0, 2)


def test_the_command_tells_what_became_of_each_row(tmp_path: Path) -> None:
    make_seller("RETAIL")
    make_hub("AMS1")
    path = tmp_path / "week.csv"
    path.write_bytes(order_file().content)
    out = StringIO()

    call_command("import_orders", str(path), "--format=online-retail", "--create-items", stdout=out)

    assert "5 rows read" in out.getvalue()
    assert "credit_note" in out.getvalue()
    assert Order.objects.count() == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"InvoiceNo\n", "row 0: The first line must be"), (None, "No such file")],
)
def test_the_command_refuses_a_bad_file_in_one_sentence(tmp_path: Path, content: bytes | None, words: str) -> None:
    make_seller("RETAIL")
    make_hub("AMS1")
    path = tmp_path / "week.csv"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(CommandError, match=words):
        call_command("import_orders", str(path), "--format=online-retail")

    assert not IntakeRun.objects.exists()


def test_the_command_wants_a_seller_that_exists(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no seller RETAIL"):
        call_command("import_orders", str(tmp_path / "x.csv"), "--format=online-retail")


@pytest.mark.skipif(not REAL.exists(), reason="the real week lies beside the project, not in it")
def test_the_real_week_is_imported_whole_and_once() -> None:
    seller, hub = make_seller("RETAIL"), make_hub()
    file = OrderFile(REAL.name, REAL.read_bytes(), "online-retail")

    first = import_orders(seller=seller, hub=hub, file=file, creates_items=True)
    second = import_orders(seller=seller, hub=hub, file=file, creates_items=True)

    assert counts(first) == (17_778, 17_358, 0, 420)
    assert counts(second) == (17_778, 0, 17_358, 420)
    assert (Order.objects.count(), OrderLine.objects.count(), Sku.objects.count()) == (586, 17_358, 2_322)

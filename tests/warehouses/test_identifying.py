"""What a scanned code means among the things that are expected here."""

import pytest

from foundation.errors import Invalid
from tests.factories import bin_of, code_of, make_hub, make_seller, make_sku
from warehouses.models import Barcode, Sku
from warehouses.planning.floor.layout import Spot
from warehouses.services.floorplan import layout_of, spot_of
from warehouses.services.identifying import KnownItems, barcode_value


@pytest.mark.parametrize(
    ("scanned", "kept"),
    [
        ("8710000000017", "08710000000017"),
        ("08710000000017", "08710000000017"),
        ("]E08710000000017", "08710000000017"),
        ("]d2010871000000001710LOT7", "08710000000017"),
        ("own-17", "OWN-17"),
        (" own-17\n", "OWN-17"),
    ],
)
def test_a_code_is_kept_in_one_form(scanned: str, kept: str) -> None:
    assert barcode_value(scanned) == kept


def test_a_code_is_found_however_it_is_written(db) -> None:
    ring, own = make_sku(), make_sku(barcode="Own-Code-7")
    items = KnownItems([ring.pk, own.pk])
    gtin = code_of(ring)

    for code in (gtin, gtin[1:], f"]E0{gtin[1:]}", f"]d201{gtin}", f" {gtin}\r\n"):
        assert items.find(code).sku_ids == {ring.pk}
    for code in ("Own-Code-7", "OWN-CODE-7", "own-code-7"):
        assert items.find(code).sku_ids == {own.pk}


def test_only_what_is_expected_here_is_known(db, django_assert_num_queries) -> None:
    ring, scarf = make_sku(), make_sku()
    items, code = KnownItems([ring.pk]), code_of(scarf)

    with django_assert_num_queries(0), pytest.raises(Invalid) as refusal:
        items.find(code, field="item_code", row=4)

    assert (refusal.value.code, refusal.value.field, refusal.value.row) == ("unknown_barcode", "item_code", 4)
    assert code in refusal.value.message


def test_a_gtin_that_two_sellers_use_means_both_where_they_are_mixed(db) -> None:
    mine, theirs = make_sku(make_seller()), make_sku(make_seller())
    Barcode.objects.filter(sku=theirs).update(value=code_of(mine))

    assert KnownItems([mine.pk, theirs.pk]).find(code_of(mine)).sku_ids == {mine.pk, theirs.pk}
    assert KnownItems([theirs.pk]).find(code_of(mine)).sku_ids == {theirs.pk}


def test_a_sku_may_carry_several_codes(db) -> None:
    sku: Sku = make_sku()
    Barcode.objects.create(seller=sku.seller, sku=sku, kind=Barcode.Kind.OWN, value="SECOND")

    assert KnownItems([sku.pk]).find("second").sku_ids == {sku.pk}


def test_the_planners_see_the_floor_as_plain_values(db) -> None:
    hub = make_hub(aisles=2, bays=3)

    layout = layout_of(hub)
    assert (layout.aisle_x_mm, layout.cross_y_mm, layout.depot_links) == ((0, 3_000), (0, 4_000), ((0, 0, 2_000),))
    spot = spot_of(bin_of(hub, "02-03"))
    assert (spot, spot.name) == (Spot(1, 3_000), "02-03")


def test_a_place_off_the_floor_plan_has_no_spot(db) -> None:
    with pytest.raises(Invalid) as refusal:
        spot_of(bin_of(make_hub(), "DOCK"))

    assert (refusal.value.code, refusal.value.facts) == ("bin_without_spot", {"bin": "DOCK"})

"""What the floor prints says what the plan says."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import announced, make_hub, make_seller, make_sku
from tests.labels.reading import decode, pdf_rasters
from warehouses.models import Carton, Sku
from warehouses.services.documents import carton_labels, carton_labels_pdf

pytestmark = pytest.mark.django_db


def plan(*contents: dict[Sku, int]) -> list[Carton]:
    cartons = announced(make_hub(), list(contents))
    return list(Carton.objects.filter(pk__in=[carton.pk for carton in cartons]).order_by("number"))


def test_a_carton_label_says_what_is_inside_and_what_the_goods_weigh() -> None:
    seller = make_seller()
    ring, vase = make_sku(seller, code="RING"), make_sku(seller, code="VASE")
    Sku.objects.filter(pk=ring.pk).update(name="Silver ring", weight_g=12)
    Sku.objects.filter(pk=vase.pk).update(weight_g=1_500)
    cartons = plan({ring: 40}, {ring: 1, vase: 2}, {vase: 1})

    labels = carton_labels(cartons=cartons)

    assert [(label.contents, label.weight_g) for label in labels] == [
        ("40 × RING Silver ring", 480),
        ("2 SKUs, 3 units", 3_012),
        (f"1 × {vase}", 1_500),
    ]
    assert [(label.carton_no, label.carton_count, label.ship_from.name) for label in labels] == [
        (1, 3, seller.name), (2, 3, seller.name), (3, 3, seller.name),
    ]  # fmt: skip


def test_a_carton_label_can_still_be_scanned() -> None:
    (carton,) = plan({make_sku(length_mm=1): 1_000_000})

    (page,) = pdf_rasters(carton_labels_pdf(cartons=[carton]))

    assert decode(page) == {("]C1", f"00{carton.sscc}".encode())}


def test_labels_of_many_cartons_ask_as_little_as_of_two() -> None:
    sku = make_sku()
    asked = []
    for count in (2, 12):
        cartons = plan(*[{sku: 1}] * count)
        inbounds = Carton.objects.select_related("inbound__hub", "inbound__seller")
        rows = list(inbounds.filter(pk__in=[carton.pk for carton in cartons]))
        with CaptureQueriesContext(connection) as queries:
            assert len(carton_labels(cartons=rows)) == count
        asked.append(len(queries))

    assert asked == [2, 2]

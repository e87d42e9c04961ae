"""The packing slip: what is in the parcel, and nothing that leads nowhere."""

import pypdfium2
import pytest

from fulfillment.services.documents import packing_slip_pdf
from fulfillment.services.packing import pack_order
from tests.fulfillment.admin.scenes import quiet_hub
from tests.fulfillment.building import bench_scans, fresh, picked
from tests.labels.reading import decode, pdf_rasters

pytestmark = pytest.mark.django_db


def test_a_slip_has_the_order_and_its_lines_and_no_link_to_returns_yet() -> None:
    scene = quiet_hub()
    order = picked(scene.hub, {scene.sku: 2})
    pack_order(order_id=order.pk, scans=bench_scans(order), station="PACK-1")

    slip = packing_slip_pdf(orders=[fresh(order)])

    (page,) = pdf_rasters(slip)
    with pypdfium2.PdfDocument(slip) as document:
        words = document[0].get_textpage().get_text_bounded()
    assert order.external_ref in words
    assert scene.sku.code in words
    assert "http" not in words
    assert [identifier for identifier, _ in decode(page) if identifier.startswith("]Q")] == []

"""A cart's walk on paper says what the handheld would, in its order, and its codes can be scanned."""

import pypdfium2
from django.test import Client
from django.urls import reverse

from tests.factories import demand, make_sku, make_user, picks_of, planned, promised, stock, walking
from tests.labels.reading import decode, pdf_rasters
from warehouses.models import Hub, Sku
from warehouses.services.documents import pick_list_pdf
from warehouses.services.picking import record_picks


def text_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)


def test_what_is_still_to_be_picked_is_on_paper_in_the_order_of_walking(hub: Hub, sku: Sku) -> None:
    vase = make_sku(sku.seller, code="VASE")
    stock(hub, sku, 9, place="01-02")
    stock(hub, vase, 9, place="03-04")
    walk = walking(hub, promised(hub, demand(sku, 2), demand(vase, 3)))

    paper = pick_list_pdf(pick_list=walk)
    said = text_of(paper)

    stops = [task.bin.code for task in walk.tasks.order_by("sequence").select_related("bin")]
    assert sorted(stops) == ["01-02", "03-04"]
    assert said.index(stops[0]) < said.index(stops[1])
    assert all(word in said for word in ("RING", "VASE", walk.number, hub.code, "T1"))
    codes = {data for _, data in decode(pdf_rasters(paper)[0])}
    assert walk.number.encode() in codes
    assert {row.tote.code.encode() for row in walk.totes.all() if row.tote} <= codes

    record_picks(pick_list_id=walk.pk, worker_id=walk.worker_id, picks=picks_of(walk)[:1])
    later = text_of(pick_list_pdf(pick_list=walk))
    assert (stops[0] in later, stops[1] in later) == (False, True), "what was picked is not asked for again"


def test_the_lists_page_prints_it_until_it_is_walked(client: Client, hub: Hub, sku: Sku) -> None:
    user = make_user()
    user.is_staff = user.is_superuser = True
    user.save()
    client.force_login(user)
    stock(hub, sku, 9, place="01-02")
    (cart,) = planned(hub, promised(hub, demand(sku, 1)))
    url = reverse("admin:warehouses_picklist_on_paper", args=[cart.pk])

    page = client.get(f"/admin/warehouses/picklist/{cart.pk}/change/").content.decode()
    answer = client.get(url)

    assert "On paper" in page
    assert (answer["Content-Type"], answer.content[:5]) == ("application/pdf", b"%PDF-")

"""docs/orders-file.md: its examples can be imported, and it names what there is."""

import re

import pytest
from django.conf import settings

from fulfillment.channels.order_file.columns import NAMES, NEEDED
from fulfillment.models import Order
from shipping.planning.territories import MEMBERS
from tests.factories import make_hub, make_seller, make_sku
from tests.fulfillment.importing.order_rows import counts, taken

DOCS = (settings.BASE_DIR / "docs" / "orders-file.md").read_text(encoding="utf-8")
CODES = re.compile(r'code="([a-z_]+)"|"((?:file|json|row|column|line|quote|value|key|object|too|number)_[a-z_0-9]+)"')


def example(language: str) -> bytes:
    (text,) = re.findall(rf"```{language}\n(.*?)```", DOCS, re.DOTALL)
    return text.encode()


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "layout", "lines"), [("csv", "csv", 3), ("json", "jsonl", 2)])
def test_the_examples_are_taken_whole(language: str, layout: str, lines: int) -> None:
    seller = make_seller()
    for code in ("RING", "CREAM"):
        make_sku(seller, code)

    run = taken(seller, make_hub(), example(language), layout)

    assert counts(run) == (lines, lines, 0, 0)
    # what crosses a border waits for the items' customs data
    for order in Order.objects.select_related("ship_to"):
        assert order.state == ("received" if order.ship_to.country in MEMBERS else "on_hold")


def test_every_column_is_described_and_marked_when_needed() -> None:
    table = DOCS[DOCS.index("| column |") : DOCS.index("Texts are composed")]
    described = {
        name: " needed " in line
        for line in table.strip().splitlines()[2:]
        for name in re.findall(r"`([a-z_0-9]+)`", line.split("|")[1])
    }

    assert set(described) == set(NAMES)
    assert {name for name, needed in described.items() if needed} == NEEDED


def test_every_refusal_is_described() -> None:
    """Whatever code the readers, the judge and the database's queries know."""
    sources = [*(settings.BASE_DIR / "fulfillment" / "channels" / "order_file").glob("*.py")]
    sources += [settings.BASE_DIR / "fulfillment" / "services" / f"{name}.py" for name in ("judging", "staging")]
    text = "\n".join(source.read_text(encoding="utf-8") for source in sources)
    codes = {code for found in CODES.findall(text) for code in found if code} - set(NAMES)

    assert len(codes) > 25
    assert {code for code in codes if f"`{code}`" not in DOCS} == set()

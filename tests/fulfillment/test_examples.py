"""The examples of README.md, docs/api.md and the API's page work on the demo's data, as they stand there."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from fulfillment.api import examples
from fulfillment.demo.catalogue import install_sellers
from fulfillment.demo.goods import sellers
from fulfillment.models import IntakeRun, OrderLine
from tests.factories import make_hub
from tests.fulfillment.api.machines import Machine

pytestmark = pytest.mark.django_db


@pytest.fixture
def lumi() -> Machine:
    """The demo's seller of make-up, before hub AMS1."""
    make_hub("AMS1")
    return Machine(install_sellers(plans=sellers(1))["LUMI"])


def read(path: str) -> str:
    return (settings.BASE_DIR / path).read_text()


@pytest.mark.parametrize("path", ["orders", "inbounds"])
def test_a_body_in_the_docs_is_taken(lumi: Machine, path: str) -> None:
    (body,) = re.findall(rf"^POST /api/v1/{path}\n.*?\n\n(.*?)\n```$", read("docs/api.md"), re.MULTILINE | re.DOTALL)

    answer = lumi.post(path, json.loads(body))

    assert answer.status_code == 201, answer.content


@pytest.mark.parametrize(
    ("path", "body"), [("orders", examples.ORDER_BODY), ("inbounds", examples.INBOUND_BODY)], ids=["orders", "inbounds"]
)
def test_a_body_on_the_apis_page_is_taken(lumi: Machine, path: str, body: object) -> None:
    assert lumi.post(path, body).status_code == 201


def test_the_docs_say_that_a_lot_is_needed_where_it_is(lumi: Machine) -> None:
    lines = [{"sku": "LU-NAI-ROS", "quantity": 1}]

    answer = lumi.post("inbounds", {"reference": "PO-1", "cartons": [{"lines": lines}]})

    assert [error["code"] for error in answer.json()["errors"]] == ["lot_needed"]
    assert "`lot_needed`" in read("docs/api.md")


def test_the_readmes_file_is_imported(lumi: Machine, tmp_path: Path) -> None:
    (table,) = re.findall(r"^cat > orders\.csv <<END\n(.*?)^END$", read("README.md"), re.MULTILINE | re.DOTALL)
    (command,) = re.findall(r"manage\.py import_orders orders\.csv (.*)$", read("README.md"), re.MULTILINE)
    file = tmp_path / "orders.csv"
    file.write_text(table.replace("$now", datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")))

    call_command("import_orders", str(file), *command.split(), verbosity=0)

    run = IntakeRun.objects.get()
    assert (run.read, run.accepted, run.refused) == (2, 2, 0)
    assert list(OrderLine.objects.order_by("number").values_list("sku__code", "quantity")) == [
        ("LU-NAI-ROS", 2), ("LU-BAG-LINE", 1),
    ]  # fmt: skip

"""The import as a command, broken off and taken up again, and in two sessions at once."""

import io
import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from fulfillment.models import IntakeRun, Order, OrderLine
from fulfillment.services import order_files, staging
from fulfillment.services.bulk_intake import Part, take_staged
from shipping.models import Address
from tests.factories import make_hub, make_seller, make_sku
from tests.fulfillment.importing.order_rows import Row, as_csv, as_jsonl, counts, row, taken
from warehouses.models import Hub, Reservation, Seller

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def seller() -> Seller:
    seller = make_seller("RETAIL")
    make_sku(seller, "RING")
    return seller


@pytest.fixture
def hub() -> Hub:
    return make_hub("AMS1")


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "_ORDERS", staging._ORDERS.replace(f"/ {staging.PART_ROWS}", "/ 4"))
    monkeypatch.setattr(staging, "COPY_ROWS", 3)


def orders(number: int) -> list[Row]:
    """So many orders of two lines each, the second lines all behind the first ones."""
    return [row(order_reference=f"S-{n:03d}", line=line) for line in (1, 2) for n in range(number)]


def whole() -> dict[str, int]:
    """How many lines each order has. Also checks that nothing else of an order is missing or too many."""
    lines: dict[str, int] = {}
    for reference in OrderLine.objects.values_list("order__external_ref", flat=True):
        lines[reference] = lines.get(reference, 0) + 1
    assert Order.objects.count() == Address.objects.count() == len(lines)
    assert Reservation.objects.count() == OrderLine.objects.count()
    return lines


def test_an_import_that_broke_off_goes_on_with_the_same_file(
    seller: Seller, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks_off(*, run: IntakeRun, part: int) -> Part:
        done = take_staged(run=run, part=part)
        if part == 2:
            raise KeyboardInterrupt
        return done

    with monkeypatch.context() as patch:
        patch.setattr(order_files, "take_staged", breaks_off)
        with pytest.raises(KeyboardInterrupt):
            taken(seller, hub, as_csv(orders(10)))
    assert whole() == {f"S-{n:03d}": 2 for n in range(6)}
    assert counts(IntakeRun.objects.get()) == (20, 12, 0, 0)

    run = taken(seller, hub, as_csv(orders(10)))

    assert counts(run) == (20, 8, 12, 0)
    assert whole() == {f"S-{n:03d}": 2 for n in range(10)}
    assert [each.finished_at is None for each in IntakeRun.objects.order_by("pk")] == [True, False]


def test_a_part_that_fails_leaves_nothing_of_itself(seller: Seller, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(**_keys: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr("fulfillment.services.bulk_intake.write_refusals", fails)
        with pytest.raises(RuntimeError):
            taken(seller, hub, as_csv(orders(3)))

    assert whole() == {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('pg_temp.order_file_row')")
        assert cursor.fetchone() == (None,)


def test_the_same_file_in_two_sessions_at_once_is_taken_once(seller: Seller, hub: Hub) -> None:
    forth, back = orders(20), orders(20)[::-1]
    runs: list[IntakeRun] = []

    def session(rows: list[Row]) -> Callable[[], None]:
        def work() -> None:
            try:
                runs.append(taken(seller, hub, as_csv(rows)))
            finally:
                connection.close()

        return work

    threads = [threading.Thread(target=session(rows)) for rows in (forth, back)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(runs) == 2
    assert sum(run.accepted for run in runs) == sum(run.duplicate for run in runs) == 40
    assert whole() == {f"S-{n:03d}": 2 for n in range(20)}


def test_orders_come_in_the_order_of_the_file(seller: Seller, hub: Hub) -> None:
    taken(seller, hub, as_csv([row(order_reference=name) for name in ("Z", "A", "M", "B", "Y", "C")]))

    assert list(Order.objects.order_by("pk").values_list("external_ref", flat=True)) == ["Z", "A", "M", "B", "Y", "C"]


# --- the command -----------------------------------------------------------------------------------------


def test_the_command_takes_a_file_by_its_suffix_and_reports(seller: Seller, hub: Hub, tmp_path: Path) -> None:
    file, report = tmp_path / "week 10.jsonl", tmp_path / "report.json"
    file.write_bytes(as_jsonl([row(), row(order_reference="S-2", quantity=0)]))
    out = io.StringIO()

    call_command("import_orders", str(file), "--json", str(report), stdout=out)

    told = json.loads(report.read_text())
    assert (told["read"], told["accepted"], told["duplicate"], told["refused"]) == (2, 1, 0, 1)
    assert [(refused["row"], refused["code"]) for refused in told["refusals"]] == [(2, "quantity_invalid")]
    assert "week 10.jsonl: 2 rows read" in out.getvalue()
    assert "made from seed" not in out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", as_csv([row()]) + b'"', r"a.csv, row 2: .* \(quote_unclosed\) Nothing was imported."),
        ("a.csv", None, "No such file"),
        ("a.xlsm", b"", "file_has_macros"),
        ("a.pdf.html", b"", "format_unknown"),
        ("x" * 300 + ".csv", None, "File name too long"),
        ("../../../../x.csv", None, "No such file"),
    ],
)
def test_the_command_refuses_in_one_sentence(
    seller: Seller, hub: Hub, tmp_path: Path, name: str, content: bytes | None, words: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)

    with pytest.raises(CommandError, match=words):
        call_command("import_orders", str(tmp_path / name))

    assert not IntakeRun.objects.exists()


def test_a_report_that_cannot_be_written_takes_nothing_back(seller: Seller, hub: Hub, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(as_csv([row()]))

    with pytest.raises(CommandError, match="The orders are in"):
        call_command("import_orders", str(file), "--json", str(tmp_path / "no" / "report.json"), stdout=io.StringIO())

    assert whole() == {"S-1": 1}

"""The file that `bench import` makes is one that can be imported whole."""

from collections import Counter
from datetime import UTC, datetime, time
from pathlib import Path

from config.benches.order_import import SKUS, write_orders
from fulfillment.channels.order_file.comma import read_csv
from fulfillment.planning.promising import Timetable
from fulfillment.planning.screening import Outlook
from fulfillment.services.judging import COLUMNS, Judge
from shipping.planning.territories import territory_of


def test_every_row_of_the_made_file_is_in_order(tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    timetable = Timetable("Europe/Amsterdam", time(16), time(18), range(1, 6))
    outlook = Outlook(territory_of("NL", "1013 AB"), frozenset(), frozenset())
    judge = Judge(timetable, outlook, now=datetime(2026, 11, 1, tzinfo=UTC))

    orders = write_orders(file, seed=1, lines=500)

    with file.open("rb") as handle:
        rows = [dict(zip(COLUMNS, judge.judge(row), strict=True)) for row in read_csv(handle)]
    assert len(rows) == 500
    assert {row["code"] for row in rows} == {""}
    assert len({row["reference"] for row in rows}) == orders
    assert max(Counter((row["reference"], row["number"]) for row in rows).values()) == 1
    assert {row["sku"] for row in rows} <= {f"ITEM-{n:05d}" for n in range(SKUS)}


def test_the_same_seed_makes_the_same_file(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_orders(tmp_path / name, seed=seed, lines=50)

    first, again, other = ((tmp_path / name).read_bytes() for name in ("a", "b", "c"))

    assert first == again != other

"""A play from end to end, small: real carrier, real webhooks, real worker; broken off anywhere, it ends the same."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F, Q
from pytest_django import Settings

from foundation.errors import Conflict
from foundation.invariants import check
from fulfillment.channels.online_retail import HEADER
from fulfillment.demo import crew, day, demand, hubs
from fulfillment.demo.day import DemoDay
from fulfillment.demo.goods import SellerPlan, sellers
from fulfillment.demo.playing import finished, play
from fulfillment.demo.report import INVARIANTS
from fulfillment.demo.schedule import Quiet
from fulfillment.models import IntakeRun, Order, OrderLine, Pack
from shipping.models import LabelPurchase, Parcel, Shipment, WebhookDelivery
from tests.factories import make_seller, make_sku
from tests.fulfillment.building import ordered
from tests.roles import as_owner
from warehouses.models import Hub, Move, PickList, PickTask
from warehouses.services.speeds import speeds_of

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 3, 4, 11, 0, tzinfo=UTC)
"""A Wednesday at noon in Amsterdam."""

ROWS = [
    f"57608{n},{22400 + item},ITEM {item},{1 + (n * item) % 7},2011-11-14 0{8 + n % 2}:1{n % 10},1.65,{n},{country}"
    for n, country in enumerate(("United Kingdom", "France", "Netherlands", "Germany", "EIRE", "Australia"))
    for item in range(1, 5)
]


@pytest.fixture(autouse=True)
def small_world(monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path) -> None:
    """A tenth of the demo's goods and orders, and a hub with fewer totes; papers go to a folder of the test's own."""
    settings.VAR_DIR = tmp_path

    def few(seed: int) -> tuple[SellerPlan, ...]:
        return tuple(
            SellerPlan(plan.code, plan.name, plan.email, plan.country, plan.short_policy, plan.items[:9])
            for plan in sellers(seed)
        )

    monkeypatch.setattr(day, "sellers", few)
    monkeypatch.setattr(demand, "ORDERS_A_DAY", 36)
    monkeypatch.setattr(demand, "ORDERS_THIS_MORNING", 14)
    monkeypatch.setattr(hubs, "TOTES", 80)
    monkeypatch.setattr(hubs, "AISLES", 4)


def demo_day() -> DemoDay:
    return DemoDay(hubs.install_hub(code="AMS1", seed=3), 3, NOW)


def differences() -> dict[str, int]:
    return {finding.invariant.name: finding.broken for finding in check(INVARIANTS) if finding.broken}


STABLE = ("orders", "lines", "units_ordered", "received_good")
"""Totals that no time limit of the optimiser can change."""
UNDER_WAY = ("units_shipped", "orders_gone", "labels", "parcels")
"""Totals that a longer walk can change: on a busy machine the optimiser finds one, and an order misses the van, or is
still being packed when the play ends."""


def ends_like(report: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether both plays came to the same end, but for a tenth of what is under way."""
    ours, theirs = report["totals"], other["totals"]
    is_near = all(abs(ours[name] - theirs[name]) <= theirs["orders"] / 10 for name in UNDER_WAY)
    return is_near and all(ours[name] == theirs[name] for name in STABLE)


def test_a_small_day_is_played_to_delivered_parcels_and_true_books(tmp_path: Path) -> None:
    report = play(game=demo_day(), seed=3, progress=Quiet())

    totals = report["totals"]
    assert differences() == {}
    assert report["verify"] == {"invariants": len(INVARIANTS), "differences": 0, "broken": {}}
    assert totals["orders"] == Order.objects.count() == 50
    assert totals["orders_gone"] >= 25
    assert totals["orders_delivered"] == Order.objects.filter(state=Order.State.DELIVERED).count() >= 1
    assert totals["labels"] == totals["parcels"] == Parcel.objects.exclude(tracking_no="").count() > 25
    assert WebhookDelivery.objects.exclude(state=WebhookDelivery.State.DONE).count() == 0
    assert not Move.objects.filter(occurred_at__gt=NOW).exists()
    assert Order.objects.filter(placed_at__gte=datetime(2026, 3, 4, 6, 59, tzinfo=UTC)).count() == 14
    assert report["walks"]["metres"] > 0
    scans = PickTask.objects.filter(picked__gt=0)
    assert not scans.filter(scanned_at=None).exists()
    assert not scans.filter(Q(scanned_at__gt=F("closed_at")) | Q(scanned_at__lt=F("pick_list__started_at"))).exists()
    assert scans.values("scanned_at").distinct().count() == scans.count()
    assert speeds_of(Hub.objects.get(code="AMS1")).pick_s == pytest.approx(crew.STOP_S + crew.UNIT_S, rel=0.15)
    assert report["logins"] == []  # tests run without DEBUG
    out = tmp_path / "out" / "ams1"
    assert {path.suffix for path in out.iterdir()} == {".pdf", ".zpl"}
    assert len(list(out.glob("WV-*-labels.pdf"))) == len(list(out.glob("WV-*-slips.pdf"))) > 0
    assert all(path.read_bytes().startswith(b"%PDF") for path in out.glob("*.pdf"))
    assert finished(demo_day().hub, layout=demand.CHANNEL)


class BrokenOff(BaseException):
    """Somebody pulled the plug."""


class Plug(Quiet):
    """Pulled at a given call."""

    def __init__(self, calls: int) -> None:
        self.calls = calls

    def at(self, moment: datetime) -> None:
        self.calls -= 1
        if self.calls < 0:
            raise BrokenOff


def test_a_day_that_is_broken_off_again_and_again_ends_like_one_that_is_not() -> None:
    pulled = 0
    while True:
        try:
            report = play(game=demo_day(), seed=3, progress=Plug(25 + 70 * pulled))
            break
        except BrokenOff:
            pulled += 1
            assert differences() == {}

    assert pulled >= 3
    assert report["resumed"] is True
    assert differences() == {}
    other = _played_elsewhere()
    assert ends_like(report, other), (report["totals"], other["totals"])


def _played_elsewhere() -> dict[str, Any]:
    """The same day in one go, on an empty database."""
    with as_owner():
        call_command("flush", verbosity=0, interactive=False)
    for journal in Path(django_settings.VAR_DIR).glob("*.jsonl"):
        journal.unlink()
    return play(game=demo_day(), seed=3, progress=Quiet())


def test_a_hub_with_orders_of_others_is_not_played_in() -> None:
    game = demo_day()
    sku = make_sku(make_seller())
    ordered(game.hub, {sku: 1})

    with pytest.raises(Conflict) as refusal:
        play(game=game, seed=3, progress=Quiet())

    assert refusal.value.code == "hub_in_use"
    assert not PickList.objects.exists()


# --- a few rows of a real week, by the command, in a process of its own -----------------------------------


def week_file(folder: Path) -> Path:
    path = folder / "week.csv"
    path.write_text("\n".join((",".join(HEADER), *ROWS, "C576089,22401,ITEM 1,-1,2011-11-14 10:00,1.65,1,France", "")))
    return path


def database_url() -> str:
    parts = connection.settings_dict
    return f"postgres://{quote(parts['USER'])}@/{quote(parts['NAME'])}?host={quote(parts['HOST'])}"


def start(folder: Path) -> subprocess.Popen[str]:
    """`manage.py play_day --orders` against this test's database."""
    command = [sys.executable, "manage.py", "play_day", "--orders", str(week_file(folder)), "--seed", "3"]
    env = os.environ | {
        "DATABASE_URL": database_url(),
        "VAR_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }
    return subprocess.Popen(
        command, cwd=django_settings.BASE_DIR, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def await_rows(process: subprocess.Popen[str], there: Callable[[], bool]) -> None:
    """Until the play has come so far."""
    deadline = time.monotonic() + 60
    while not there():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline, "the play does not come that far"
        time.sleep(0.02)


def test_a_week_whose_process_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    killed = start(tmp_path)
    await_rows(killed, Pack.objects.exists)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert differences() == {}
    assert IntakeRun.objects.get().finished_at is None

    with start(tmp_path) as second:
        out, err = second.communicate(timeout=120)

    assert second.returncode == 0, err
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert "0 differences" in out
    assert (report["resumed"], report["verify"]["differences"]) == (True, 0)
    assert OrderLine.objects.count() == len(ROWS)
    assert Order.objects.exclude(state=Order.State.DELIVERED).count() <= 1
    assert LabelPurchase.objects.filter(state=LabelPurchase.State.BOUGHT).count() == Parcel.objects.count()
    intake = IntakeRun.objects.get()
    assert (intake.read, intake.accepted, intake.refused) == (len(ROWS) + 1, len(ROWS), 1)


def test_a_week_whose_database_goes_away_says_so_and_goes_on(tmp_path: Path) -> None:
    play_on = start(tmp_path)
    await_rows(play_on, PickList.objects.exists)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    _, err = play_on.communicate(timeout=60)

    assert play_on.returncode == 1
    assert "The database is away" in err
    assert "run the same command again" in err
    assert "Traceback" not in err
    with start(tmp_path) as second:
        _, err = second.communicate(timeout=120)
    assert second.returncode == 0, err
    assert differences() == {}
    assert Shipment.objects.count() == Order.objects.count() == 6


def test_a_play_that_is_over_is_not_played_again(tmp_path: Path) -> None:
    out = StringIO()
    path = week_file(tmp_path)
    call_command("play_day", f"--orders={path}", "--seed=3", stdout=out)
    before = Move.objects.count(), Order.objects.count()

    call_command("play_day", f"--orders={path}", "--seed=3", stdout=out)

    assert "has played this to its end already" in out.getvalue()
    assert (Move.objects.count(), Order.objects.count()) == before


def test_a_file_that_cannot_be_read_plays_nothing(tmp_path: Path) -> None:
    path = tmp_path / "week.csv"
    path.write_bytes(b"no header\n")

    with pytest.raises(CommandError, match=r"The first line must be .* \(row 0\)"):
        call_command("play_day", f"--orders={path}")

    assert not Order.objects.exists()

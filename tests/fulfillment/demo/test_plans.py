"""What a play is made of, without a database: goods, demand, stock, truth, shifts, agenda."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfillment.demo import hubs
from fulfillment.demo.crew import pack_s, setup_s, stop_s
from fulfillment.demo.demand import ORDERS_A_DAY, day_orders, morning_orders
from fulfillment.demo.goods import sellers
from fulfillment.demo.schedule import Agenda, Quiet, StopWatch
from fulfillment.demo.seeds import dice, scan_id
from fulfillment.demo.shifts import Shifts, day_shifts
from fulfillment.demo.supply import LARGE, SMALL, CartonLimits, Goods, deliveries, stock_for
from fulfillment.demo.world import World
from labels.drawing import gs1
from labels.scanning import parse_scan
from warehouses.planning.floor.layout import Layout, Spot

DAY = date(2026, 3, 3)
ZONE = "Europe/Amsterdam"
NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


def test_three_sellers_have_about_three_hundred_items_that_can_be_scanned() -> None:
    plans = sellers(1)

    items = [item for plan in plans for item in plan.items]
    assert len(plans) == 3
    assert 280 <= len(items) <= 320
    assert len({item.code for item in items}) == len({item.code_read for item in items}) == len(items)
    assert all(parse_scan(item.code_read).text for item in items)
    assert sum(gs1.is_gtin(item.code_read) for item in items) > 200
    assert all(not item.tracks_lots or gs1.is_gtin(item.code_read) for item in items)
    assert any(item.is_fragile for item in items)
    assert any(item.danger for item in items)


def test_the_same_seed_sells_the_same_and_another_does_not() -> None:
    assert sellers(1) == sellers(1)
    assert sellers(1) != sellers(2)


def test_the_day_has_four_hundred_orders_before_the_cut_off() -> None:
    wanted = day_orders(seed=1, plans=sellers(1), day=DAY, zone=ZONE)

    orders = [each.order for each in wanted]
    lines = Counter(len(order.lines) for order in orders)
    assert len(orders) == len({order.external_ref for order in orders}) == ORDERS_A_DAY == 400
    assert set(lines) == {1, 2, 3, 4, 5}
    assert lines[1] > lines[2] > lines[3] > lines[4]
    assert all(order.placed_at.date() == DAY and order.placed_at.hour < 16 for order in orders)
    assert [order.placed_at for order in orders] == sorted(order.placed_at for order in orders)
    assert all(len({line.sku for line in order.lines}) == len(order.lines) for order in orders)


def test_this_morning_lies_between_its_ends() -> None:
    start, end = NOON - timedelta(hours=4), NOON
    wanted = morning_orders(seed=1, plans=sellers(1), start=start, end=end)

    assert 40 <= len(wanted) <= 60
    assert all(start <= each.order.placed_at <= end for each in wanted)
    assert sum(each.asked_to_wait for each in wanted) == 2
    assert sum(not any(c.isdigit() for c in each.order.ship_to.line1) for each in wanted) == 2


def test_the_hub_has_over_two_thousand_bins_that_can_all_be_reached() -> None:
    shelves = list(hubs.shelves())
    middle = hubs.AISLES // 2
    layout = Layout(tuple(range(0, 3_000 * hubs.AISLES, 3_000)), tuple(hubs.cross_y_mm()), ((middle, 0, 4_000),))

    layout.check([Spot(shelf.aisle, shelf.y_mm, shelf.code) for shelf in shelves])

    assert len(shelves) == len({shelf.code for shelf in shelves}) == 2_880
    assert len(hubs.cross_y_mm()) == 3
    crossings = set(hubs.cross_y_mm())
    assert not any(abs(shelf.y_mm - y) < 1_200 for shelf in shelves for y in crossings)


@given(
    st.dictionaries(st.text("ABC", min_size=1, max_size=3), st.integers(0, 5_000), min_size=1, max_size=12),
    st.sampled_from([SMALL, LARGE]),
    st.booleans(),
    st.integers(0, 100),
)
def test_cartons_hold_exactly_what_was_asked_for(
    units: dict[str, int], limits: CartonLimits, tracks_lots: bool, seed: int
) -> None:
    goods = {code: Goods(code, 250_000, 120, tracks_lots) for code in units}

    found = deliveries(
        seed=seed, seller="S", reference="R", units=units, goods=goods, limits=limits, items_each=4, day=DAY
    )

    total: Counter[str] = Counter()
    for delivery in found:
        for carton in delivery.cartons:
            assert len({(line.sku, line.lot) for line in carton.lines}) == len(carton.lines) > 0
            assert sum(line.quantity for line in carton.lines) <= limits.units
            assert sum(line.quantity for line in carton.lines) * 120 <= limits.weight_g
            assert all(bool(line.lot) is tracks_lots for line in carton.lines)
            for line in carton.lines:
                total[line.sku] += line.quantity
    assert total == Counter({code: n for code, n in units.items() if n})
    assert len({delivery.reference for delivery in found}) == len(found)


def test_what_fits_in_no_carton_is_said() -> None:
    with pytest.raises(ValueError, match="BIG fits in no carton"):
        deliveries(
            seed=1, seller="S", reference="R", units={"BIG": 1}, goods={"BIG": Goods("BIG", 10**9, 1)},
            limits=SMALL, items_each=4, day=DAY,
        )  # fmt: skip


@given(st.dictionaries(st.text("ABC", min_size=1, max_size=3), st.integers(0, 500), max_size=20), st.integers(0, 50))
def test_stock_covers_the_demand_sooner_or_later(demand: dict[str, int], seed: int) -> None:
    stock = stock_for(seed=seed, name="S", demand=demand, spare=(1, 6), thin=0.3, never=0)

    for code, units in demand.items():
        assert stock.first[code] > 0
        assert stock.first[code] + stock.later.get(code, 0) >= units + 1
        assert (code in stock.later) == (stock.first[code] < units)


def test_some_of_the_most_wanted_items_never_come() -> None:
    demand = {f"I{n}": 100 - n for n in range(40)}

    stock = stock_for(seed=1, name="S", demand=demand, spare=(1, 6), thin=0.0, never=2)

    assert demand.keys() - stock.first.keys() == {"I18", "I19"}


@given(st.integers(0, 1_000), st.text(max_size=5), st.integers(1, 300))
def test_a_carton_holds_what_was_planned_give_or_take_a_few(seed: int, sku: str, planned: int) -> None:
    world = World(seed, "H", 0.5)

    truth = world.in_carton(inbound="IN", carton=1, sku=sku, lot="", planned=planned)

    assert truth == world.in_carton(inbound="IN", carton=1, sku=sku, lot="", planned=planned)
    assert min(truth.good, truth.damaged, truth.extra) >= 0
    assert planned - 3 <= truth.good + truth.damaged <= planned + 1
    assert truth.extra == max(0, truth.good - planned)


def test_units_that_are_gone_are_missed_once() -> None:
    world = World(1, "H", 1.0)
    gone = world.gone(sku="X")

    assert gone > 0
    assert world.on_shelf(sku="X", on_books=50, known_gone=0) == 50 - gone
    assert world.on_shelf(sku="X", on_books=1, known_gone=0) == 0
    assert world.on_shelf(sku="X", on_books=50, known_gone=gone) == 50
    assert World(1, "H", 0.0).gone(sku="X") == 0


def test_scans_and_dice_are_the_same_when_a_step_is_played_again() -> None:
    assert scan_id("pick", 7) == scan_id("pick", 7) != scan_id("pick", 8)
    assert dice(1, "a").random() == dice(1, "a").random() != dice(1, "b").random()


def test_more_metres_more_stops_and_more_units_take_longer() -> None:
    base = stop_s(walk_mm=100_000, quantity=1)

    assert stop_s(walk_mm=200_000, quantity=1) == base + 100
    assert stop_s(walk_mm=100_000, quantity=5) > base
    assert setup_s(totes=5) > setup_s(totes=4) > 0
    assert pack_s(quantities=[1], volume_mm3=90_000_000) > pack_s(quantities=[1], volume_mm3=1)


def test_people_are_a_little_faster_or_slower_and_chat_now_and_then_the_same_each_time() -> None:
    world = World(3, "AMS1", 0.1)
    taken = [world.really_s(10, n) for n in range(1_000)]

    assert taken == [world.really_s(10, n) for n in range(1_000)]
    assert min(taken) >= 8.5
    chats = [seconds for seconds in taken if seconds > 11.5]
    assert 10 < len(chats) < 60
    assert sum(taken) - sum(chats) == pytest.approx(10 * (1_000 - len(chats)), rel=0.02)


def test_the_next_moment_at_work_is_now_or_the_next_shift() -> None:
    shifts = day_shifts([DAY, DAY + timedelta(days=1)], zone="UTC")
    seven, ten = NOON.replace(hour=7), NOON.replace(hour=22)

    assert shifts.next(NOON) == NOON
    assert shifts.next(seven) == seven
    assert shifts.next(ten) == seven + timedelta(days=1)
    assert shifts.next(ten + timedelta(days=1)) is None
    assert Shifts(()).next(NOON) is None


class Steps:
    """A floor on which something happens at given moments."""

    def __init__(self, *moments: datetime) -> None:
        self.moments = list(moments)
        self.done: list[str] = []

    def tick(self) -> datetime | None:
        return self.moments[0] if self.moments else None

    def step(self) -> str:
        self.done.append(f"floor {self.moments.pop(0):%H:%M}")
        return "floor"


def test_appointments_and_the_floor_are_served_in_the_order_of_time() -> None:
    floor = Steps(NOON + timedelta(minutes=5), NOON + timedelta(minutes=20), NOON + timedelta(minutes=60))
    agenda = Agenda(StopWatch(ZONE), Quiet())

    def note(name: str) -> None:
        agenda.enter(
            NOON + timedelta(minutes=int(name)), "notes", lambda at: floor.done.append(f"{name} at {at:%H:%M}")
        )

    for name in ("20", "10", "0", "61"):
        note(name)
    agenda.enter(NOON, "notes", lambda at: note("15"))

    agenda.run(floor, until=NOON + timedelta(minutes=60))

    assert floor.done == [
        "0 at 12:00", "floor 12:05", "10 at 12:10", "15 at 12:15", "20 at 12:20", "floor 12:20", "floor 13:00",
    ]  # fmt: skip
    assert set(agenda.watch.by_part) == {"notes", "floor"}
    assert set(agenda.watch.by_day) == {DAY}

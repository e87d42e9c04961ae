"""Turns: which waiting cart goes next, and when it should be back."""

from datetime import timedelta

import pytest

from foundation import clock
from tests.factories import demand, make_hub, make_sku, make_user, promised, stock, walking
from warehouses.models import CartTote, Hub, PickList, Zone
from warehouses.services.assigning import assign
from warehouses.services.batching import plan_carts
from warehouses.services.picking import start_pick_list
from warehouses.services.scheduling import Outlook, crew_of, hasten, hubs_with_waiting_carts, schedule_carts

pytestmark = pytest.mark.django_db


@pytest.fixture
def hub() -> Hub:
    """A hub where every cart carries one order and one picker walks."""
    hub = make_hub(cart_totes=1)
    hub.pickers = 1
    hub.save()
    return hub


def waiting(hub: Hub, *groups: str, due_in_s: dict[str, int] | None = None) -> dict[str, PickList]:
    """A waiting cart for each group, with the moments at which they are due."""
    sku = make_sku()
    stock(hub, sku, 9)
    work_ref = f"WV-{'-'.join(groups)}"
    ids = [row.pk for row in promised(hub, *(demand(sku, 1, group=group) for group in groups))]
    assign(hub=hub, reservation_ids=ids, work_ref=work_ref)
    dues = {group: clock.now() + timedelta(seconds=s) for group, s in (due_in_s or {}).items()}
    plan_carts(hub=hub, work_ref=work_ref, seed=1, time_limit_s=0.2, dues=dues)
    return {row.demand_group: row.pick_list for row in CartTote.objects.filter(demand_group__in=groups)}


def turns(*lists: PickList) -> list[int | None]:
    return [PickList.objects.get(pk=row.pk).turn for row in lists]


def test_what_is_due_first_goes_first_whenever_it_was_released(hub: Hub) -> None:
    with clock.playing(clock.now()):
        early = waiting(hub, "A", "B", due_in_s={"A": 9_000, "B": 500})
        late = waiting(hub, "C", due_in_s={"C": 30})

        outlook = schedule_carts(hub=hub)

        lists = early["B"], early["A"], late["C"]
        assert turns(late["C"], early["B"], early["A"]) == [1, 2, 3]
        rows = sorted((PickList.objects.get(pk=row.pk) for row in lists), key=lambda row: row.turn or 0)
        assert rows[0].starts_at == clock.now()
        assert [row.starts_at for row in rows[1:]] == [row.ends_at for row in rows[:-1]]
        assert outlook == Outlook(0, rows[-1].ends_at)


def test_it_says_how_many_orders_would_be_late(hub: Hub) -> None:
    waiting(hub, "A", "B", due_in_s={"A": -60, "B": 5})

    assert schedule_carts(hub=hub).late_orders == 2


def test_somebody_who_walks_is_free_when_the_cart_is_back(hub: Hub) -> None:
    with clock.playing(clock.now()):
        sku = make_sku()
        stock(hub, sku, 9, place="03-04")
        walking(hub, promised(hub, demand(sku, 1, group="out")))
        waits = waiting(hub, "A")["A"]

        schedule_carts(hub=hub)

        out = PickList.objects.get(state=PickList.State.PICKING)
        assert out.planned_s == round(out.walk_mm / 1_000 + 8)
        starts_at = PickList.objects.get(pk=waits.pk).starts_at
        assert starts_at == clock.now() + timedelta(seconds=out.planned_s)
        assert out.turn is None


def test_nothing_waits_nothing_is_scheduled(hub: Hub) -> None:
    assert schedule_carts(hub=hub) == Outlook(0, None)
    assert list(hubs_with_waiting_carts()) == []


def test_scheduling_twice_is_scheduling_once(hub: Hub) -> None:
    with clock.playing(clock.now()):
        waiting(hub, "A", "B", "C")
        schedule_carts(hub=hub)
        before = list(PickList.objects.order_by("pk").values("turn", "starts_at", "ends_at"))

        schedule_carts(hub=hub)

        assert list(PickList.objects.order_by("pk").values("turn", "starts_at", "ends_at")) == before
        assert list(hubs_with_waiting_carts()) == [hub]


def test_a_hastened_group_is_next(hub: Hub) -> None:
    carts = waiting(hub, "A", "B", due_in_s={"A": 100, "B": 9_000})
    hasten(hub=hub, demand_group="B")

    schedule_carts(hub=hub)

    assert turns(carts["B"], carts["A"]) == [1, 2]


def test_the_crew_of_a_wave_has_the_carts_of_other_waves_to_take_besides(hub: Hub) -> None:
    carts = waiting(hub, "A", due_in_s={"A": 100})
    hub.floor_plan.narrow_aisles = [2]
    hub.pickers = 3

    other, own = crew_of(hub, besides="WV-other"), crew_of(hub, besides="WV-A")

    assert [job.key for job in other.waiting] == [str(carts["A"].pk)]
    assert (own.waiting, own.free_at_s, own.narrow) == ((), (0.0, 0.0, 0.0), frozenset({2}))


def test_a_zone_with_hand_over_has_carts_of_its_own(db: None) -> None:
    hub, sku, scarf = make_hub(), make_sku(), make_sku()
    zone = Zone.objects.create(hub=hub, code="MEZZ", name="Upstairs", hand_over=[[2, 0, 500]])
    hub.bins.filter(code__startswith="03-").update(zone=zone)
    stock(hub, sku, 5, place="01-02")
    stock(hub, scarf, 5, place="03-01")
    ids = [row.pk for row in promised(hub, demand(sku, 1, group="both"), demand(scarf, 1, group="both"))]
    assign(hub=hub, reservation_ids=ids, work_ref="WV")

    plan_carts(hub=hub, work_ref="WV", seed=1, time_limit_s=0.2)

    main, upstairs = PickList.objects.order_by("zone_id").filter(zone=None).get(), PickList.objects.get(zone=zone)
    assert [task.bin.code for task in main.tasks.all()] == ["01-02"]
    assert [task.bin.code for task in upstairs.tasks.all()] == ["03-01"]
    assert upstairs.walk_mm == 2 * (500 + upstairs.tasks.get().bin.y_mm)
    assert [row.totes.get().demand_group for row in (main, upstairs)] == ["both", "both"]


@pytest.mark.parametrize(("keeps_apart", "carts"), [(True, 2), (False, 1)])
def test_hazmat_rides_alone_where_the_hub_wants_it(db: None, keeps_apart: bool, carts: int) -> None:
    hub, candle, lighter = make_hub(), make_sku(), make_sku(hazmat_class="3")
    hub.keeps_hazmat_apart = keeps_apart
    stock(hub, candle, 5)
    stock(hub, lighter, 5)
    ids = [row.pk for row in promised(hub, demand(candle, 1, group="A"), demand(lighter, 1, group="B"))]
    assign(hub=hub, reservation_ids=ids, work_ref="WV")

    plan_carts(hub=hub, work_ref="WV", seed=1, time_limit_s=0.2)

    assert PickList.objects.count() == carts


def test_fragile_goods_are_fetched_after_heavy_ones_where_the_hub_wants_it(db: None) -> None:
    hub = make_hub()
    vase, anvil, book = make_sku(is_fragile=True), make_sku(weight_g=9_000), make_sku()
    hub.heavy_from_g = 5_000
    for sku, place in ((vase, "01-01"), (book, "01-02"), (anvil, "01-04"), (vase, "01-04")):
        stock(hub, sku, 2, place=place)
    rows = promised(hub, demand(vase, 4, group="A"), demand(anvil, 1, group="A"), demand(book, 1, group="A"))
    assign(hub=hub, reservation_ids=[row.pk for row in rows], work_ref="WV")

    plan_carts(hub=hub, work_ref="WV", seed=1, time_limit_s=0.5)

    tasks = list(PickList.objects.get().tasks.select_related("sku").order_by("sequence", "pk"))
    order = [(task.sku, task.bin.code) for task in tasks]
    heavy = order.index((anvil, "01-04"))
    assert heavy < min(at for at, (sku, _) in enumerate(order) if sku == vase)
    assert len(order) == 4


def test_a_walker_sees_no_turn_any_more(hub: Hub) -> None:
    cart = waiting(hub, "A")["A"]
    schedule_carts(hub=hub)
    worker = make_user()
    from_totes = {tote.slot: "T1" for tote in cart.totes.all()}

    start_pick_list(pick_list_id=cart.pk, worker_id=worker.pk, totes=from_totes)

    assert turns(cart) == [None]

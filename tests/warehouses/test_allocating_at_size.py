"""The allocator at full size: its plans must not change after a few calls, and it must decide as the textbook does."""

from collections.abc import Iterator

import pytest
from django.db import connection

from config.benches.ledger_bare import ALLOCATOR
from config.benches.ledger_world import World, build, orders, queue
from tests.roles import as_owner
from warehouses.models import Balance, Reservation
from warehouses.services.reserving import allocate_page

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _functions_may_be_made(db: None) -> Iterator[None]:
    """As the owner of the database, as the benchmark is."""
    with as_owner():
        yield


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
def test_seven_full_batches_in_one_session_keep_their_pace(mode: str) -> None:
    """From the sixth call a cached plan may take each array for ten rows, and join thousands by nested loops.

    The design this follows took 12 to 19 s a batch then, instead of 0.3 s. Here every join is by an index, so that
    even such a plan is no disaster; the function asks for fresh ones all the same.
    """
    world = build("size", skus=5_000)
    wanted = orders(world, lines=5_000, hot_share=0.5)
    queue(world, wanted, name="size")

    with connection.cursor() as cursor:
        cursor.execute("SELECT unnest(proconfig) FROM pg_proc WHERE proname = 'warehouses_allocate_page'")
        assert cursor.fetchall() == [("plan_cache_mode=force_custom_plan",)]
        cursor.execute(f"ALTER FUNCTION warehouses_allocate_page SET plan_cache_mode = {mode}")
        cursor.execute("SET LOCAL statement_timeout = '6s'")
        for _ in range(7):
            assert len(allocate_page(hub_id=world.hub_id, groups=len(wanted)).granted) == len(wanted)
            Reservation.objects.update(held=0)
            Balance.objects.update(reserved=0)


@pytest.mark.parametrize("units", [1, 3, 40])
def test_scarce_stock_goes_to_the_same_orders_as_by_the_textbook(units: int) -> None:
    """Running sums in repeated passes, as the benchmark's bare version has them, against our walk through the queue."""
    ours, theirs = (build(name, skus=60, units_per_bin=units) for name in ("ours", "theirs"))
    for world in (ours, theirs):
        queue(world, orders(world, lines=600, hot_share=0.3), name=f"q{world.hub_id}")
    with connection.cursor() as cursor:
        cursor.execute(ALLOCATOR)
        cursor.execute("SELECT bench_allocate(%s, 10000)", [theirs.hub_id])
        (served,) = cursor.fetchone()

    allocate_page(hub_id=ours.hub_id, groups=10_000)

    assert 0 < served < 600
    assert held(ours) == held(theirs)


def held(world: World) -> list[int]:
    return list(Reservation.objects.filter(hub=world.hub_id).order_by("pk").values_list("held", flat=True))

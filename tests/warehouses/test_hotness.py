"""Hot items: found by the newest demand, locked last, and marked only while nobody holds stock."""

import pytest
from django.db import connection, transaction

from tests.crowd import at_once, while_it_waits
from tests.factories import demand, make_hub, make_seller, make_sku, queued, stock
from warehouses.locks import lock_balances, lock_out_stock
from warehouses.models import Balance, Hub, Sku
from warehouses.services.hotness import COOL_LINES, HOT_LINES, WINDOW, HotChange, mark_hot


def hot() -> set[int]:
    return set(Balance.objects.filter(is_hot=True).values_list("sku_id", flat=True))


def test_hot_items_are_locked_last(hub: Hub) -> None:
    seller = make_seller()
    skus = [make_sku(seller) for _ in range(4)]
    for sku in skus:
        stock(hub, sku, 1)
    assert lock_out_stock(wait_ms=1_000)
    Balance.objects.filter(sku__in=skus[:2]).update(is_hot=True)

    locked = lock_balances(hub.pk, [sku.pk for sku in reversed(skus)])

    assert list(locked) == [skus[2].pk, skus[3].pk, skus[0].pk, skus[1].pk]


def test_an_item_much_in_demand_becomes_hot_and_cools_down(hub: Hub, sku: Sku) -> None:
    other = make_sku()
    stock(hub, sku, 1)
    stock(hub, other, 1)
    queued(hub, *(demand(sku, 1) for _ in range(HOT_LINES)), *(demand(other, 1) for _ in range(HOT_LINES - 1)))

    assert mark_hot() == HotChange(heated=1)
    assert hot() == {sku.pk}
    assert mark_hot() == HotChange()

    third = make_sku()
    queued(hub, *(demand(third, 1) for _ in range(WINDOW - HOT_LINES - COOL_LINES + 1)))
    assert mark_hot() == HotChange()
    queued(hub, *(demand(third, 1) for _ in range(HOT_LINES)))
    assert mark_hot() == HotChange(cooled=1)
    assert hot() == set()


def test_demand_in_another_hub_heats_nothing_here(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 1)
    queued(make_hub(), *(demand(sku, 1) for _ in range(HOT_LINES)))

    assert mark_hot() == HotChange()


@pytest.mark.django_db(transaction=True)
def test_nothing_is_marked_while_somebody_holds_stock() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 1)
    queued(hub, *(demand(sku, 1) for _ in range(HOT_LINES)))

    with transaction.atomic():
        lock_balances(hub.pk, [sku.pk])
        assert at_once([mark_hot]) == [HotChange()]
    assert hot() == set()
    assert mark_hot() == HotChange(heated=1)


@pytest.mark.django_db(transaction=True)
def test_who_waited_for_the_marking_locks_in_the_new_order() -> None:
    hub, seller = make_hub(), make_seller()
    skus = [make_sku(seller) for _ in range(2)]
    for sku in skus:
        stock(hub, sku, 1)
    queued(hub, *(demand(skus[0], 1) for _ in range(HOT_LINES)))

    def locked() -> list[int]:
        with transaction.atomic():
            return list(lock_balances(hub.pk, [sku.pk for sku in skus], known=True))

    assert while_it_waits(mark_hot, locked) == [skus[1].pk, skus[0].pk]


@pytest.mark.parametrize(
    ("table", "changing"),
    [
        ("warehouses_balance", {"on_hand", "sellable", "reserved", "is_hot"}),
        ("warehouses_binbalance", {"on_hand", "reserved", "since"}),
    ],
)
def test_balances_are_updated_in_place(db, table: str, changing: set[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT unnest(reloptions) FROM pg_class WHERE relname = %s", [table])
        options = {option for (option,) in cursor.fetchall()}
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE tablename = %s", [table])
        indexes = [definition for (definition,) in cursor.fetchall()]

    assert options & {f"fillfactor={n}" for n in range(40, 51)}
    assert [text for text in indexes if any(column in text.split(" USING ")[1] for column in changing)] == []

"""The watch sees what it is there for, and only that: controls with the safety taken out."""

import pytest
from django.db import transaction
from django.db.models import F

from tests.crowd import while_it_waits
from tests.factories import bin_of, demand, make_hub, make_seller, make_sku, promised, queued, stock
from tests.watching import balances, order
from tests.watching.sabotage import balances_only_read
from warehouses.locks import BinKey, lock_allocator, lock_balances, lock_bin_balances, lock_reservations
from warehouses.models import Balance, BinBalance, Hub, Sku
from warehouses.services.reserving import allocate_page
from warehouses.services.sums import HubDelta, change_balances

pytestmark = pytest.mark.django_db


def stocked() -> tuple[Hub, Sku]:
    """A hub with five units on a shelf."""
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 5)
    return hub, sku


# --- balances --------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_hub_balance_written_without_its_lock_is_found() -> None:
    hub, sku = stocked()

    change_balances(hub.pk, {sku.pk: HubDelta(on_hand=1, sellable=1)})

    row = Balance.objects.get()
    assert balances.take_findings() == [f"UPDATE of warehouses_balance without its lock: row {row.pk}"]
    change_balances(hub.pk, {sku.pk: HubDelta(on_hand=-1, sellable=-1)})
    assert len(balances.take_findings()) == 1


@pytest.mark.django_db(transaction=True)
def test_a_service_whose_lock_only_reads_is_found() -> None:
    hub, sku = stocked()
    queued(hub, demand(sku, 2))

    with balances_only_read():
        allocate_page(hub_id=hub.pk)

    assert len(balances.take_findings()) == 1


@pytest.mark.django_db(transaction=True)
def test_a_bin_needs_its_own_lock_and_that_of_its_hub_balance() -> None:
    stocked()
    row = BinBalance.objects.get()

    with transaction.atomic():
        BinBalance.objects.update(on_hand=F("on_hand"))

    assert sorted(balances.take_findings()) == [
        f"UPDATE of warehouses_binbalance without its lock: row {row.pk}",
        f"UPDATE of warehouses_binbalance without the lock on its hub balance: row {row.pk}",
    ]


@pytest.mark.django_db(transaction=True)
def test_a_bin_locked_without_its_hub_balance_is_found() -> None:
    hub, sku = stocked()
    key = BinKey(bin_of(hub, "01-01").pk, sku.pk, None, "sellable")

    with transaction.atomic():
        lock_bin_balances([key], since=BinBalance.objects.get().since)
        BinBalance.objects.update(on_hand=F("on_hand"))

    assert len(balances.take_findings()) == 1


@pytest.mark.django_db(transaction=True)
def test_a_deleted_balance_is_a_written_one() -> None:
    hub, sku = make_hub(), make_sku()
    with transaction.atomic():
        lock_balances(hub.pk, [sku.pk])

    Balance.objects.all().delete()

    assert len(balances.take_findings()) == 1


@pytest.mark.django_db(transaction=True)
def test_a_lock_of_somebody_else_is_no_lock_of_ours() -> None:
    hub, sku = stocked()

    while_it_waits(
        lambda: lock_balances(hub.pk, [sku.pk]),
        lambda: Balance.objects.update(on_hand=F("on_hand")),
    )

    assert len(balances.take_findings()) == 1


@pytest.mark.django_db(transaction=True)
def test_a_lock_let_go_by_a_savepoint_is_gone_and_one_from_before_it_is_not() -> None:
    hub, sku = stocked()

    with transaction.atomic():
        with transaction.atomic():
            lock_balances(hub.pk, [sku.pk])
            transaction.set_rollback(True)
        Balance.objects.update(on_hand=F("on_hand"))
    assert len(balances.take_findings()) == 1

    with transaction.atomic():
        lock_balances(hub.pk, [sku.pk])
        with transaction.atomic():
            Balance.objects.update(on_hand=F("on_hand"))
            transaction.set_rollback(True)
        Balance.objects.update(on_hand=F("on_hand"))
    assert balances.take_findings() == []


# --- order -----------------------------------------------------------------------------------------------


def test_balances_locked_one_after_the_other_against_the_order_are_found() -> None:
    hub, seller = make_hub(), make_seller()
    low, high = make_sku(seller), make_sku(seller)

    with transaction.atomic():
        lock_balances(hub.pk, [high.pk])
        lock_balances(hub.pk, [low.pk])

    (finding,) = order.take_findings()
    assert finding == f"Balance ({hub.pk}, False, {low.pk}) after Balance ({hub.pk}, False, {high.pk}) in a test"


def test_a_promise_locked_after_a_balance_is_found_and_one_held_before_is_not() -> None:
    hub, sku = stocked()
    (row,) = promised(hub, demand(sku, 1))

    with transaction.atomic():
        lock_balances(hub.pk, [sku.pk])
        lock_reservations([row.pk])
    assert len(order.take_findings()) == 1

    with transaction.atomic():
        lock_reservations([row.pk])
        lock_balances(hub.pk, [sku.pk])
        lock_reservations([row.pk])
    assert order.take_findings() == []


def test_the_allocator_comes_before_its_promises() -> None:
    hub, sku = stocked()
    (row,) = promised(hub, demand(sku, 1))

    with transaction.atomic():
        lock_reservations([row.pk])
        lock_allocator(hub.pk)

    assert len(order.take_findings()) == 1


def test_what_a_savepoint_let_go_may_be_locked_again_in_order() -> None:
    hub, sku = stocked()
    (row,) = promised(hub, demand(sku, 1))

    with transaction.atomic():
        with transaction.atomic():
            lock_balances(hub.pk, [sku.pk])
            transaction.set_rollback(True)
        lock_reservations([row.pk])
        lock_balances(hub.pk, [sku.pk])

    assert order.take_findings() == []


def test_the_next_transaction_begins_at_the_beginning() -> None:
    hub, sku = stocked()
    (row,) = promised(hub, demand(sku, 1))

    with transaction.atomic():
        lock_balances(hub.pk, [sku.pk])
    with transaction.atomic():
        lock_reservations([row.pk])

    assert order.take_findings() == []

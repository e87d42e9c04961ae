"""Numbering: a seller reads every move once, in an order that never changes, however transactions end."""

import random
from collections.abc import Callable
from time import monotonic, sleep

import pytest
from django.db import ProgrammingError, connection, transaction

from foundation.errors import Invalid
from tests.crowd import at_once
from tests.factories import make_hub, make_sku, stock
from tests.refusals import refused
from warehouses.models import Hub, Move, MoveNumber, Numbering, Seller, Sku
from warehouses.services.numbering import ledger_of, number_moves, sellers_to_number


def read(seller: Seller, after: int = 0, limit: int = 500) -> list[tuple[int, int]]:
    return [(row.number, row.move_id) for row in ledger_of(seller_id=seller.pk, after=after, limit=limit)]


def test_moves_are_numbered_from_one_and_page_by_page(hub: Hub, sku: Sku) -> None:
    for _ in range(5):
        stock(hub, sku, 1)
    ids = list(Move.objects.order_by("pk").values_list("pk", flat=True))

    assert read(sku.seller, limit=2) == [(1, ids[0]), (2, ids[1])]
    assert read(sku.seller, after=2) == [(3, ids[2]), (4, ids[3]), (5, ids[4])]
    assert read(sku.seller, after=5) == []


def test_each_seller_counts_alone(hub: Hub, sku: Sku) -> None:
    other = make_sku()
    for each in (sku, other, other, sku):
        stock(hub, each, 1)
    a, b, c, d = Move.objects.order_by("pk").values_list("pk", flat=True)

    assert sellers_to_number() == sorted([sku.seller_id, other.seller_id])
    assert read(sku.seller) == [(1, a), (2, d)]
    assert read(other.seller) == [(1, b), (2, c)]
    assert sellers_to_number() == []


@pytest.mark.parametrize(
    ("asked", "code"),
    [({"after": -1}, "after_invalid"), ({"after": True}, "after_invalid"), ({"after": 2**63}, "after_invalid"),
     ({"limit": 0}, "limit_invalid"), ({"limit": 1_001}, "limit_invalid"), ({"limit": "5"}, "limit_invalid")],
)  # fmt: skip
def test_wrong_questions_are_refused(sku: Sku, asked: dict[str, object], code: str) -> None:
    refused(Invalid, code, lambda: ledger_of(seller_id=sku.seller_id, **asked))


def test_a_number_is_never_changed(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 1)
    ledger_of(seller_id=sku.seller_id)

    for change in (lambda: MoveNumber.objects.update(number=7), lambda: MoveNumber.objects.all().delete()):
        with (
            pytest.raises(ProgrammingError, match="permission denied for table"),
            transaction.atomic(),
        ):
            change()


def done_in_the_end(seller: Seller) -> int:
    """How far the numbering is done once the server's transactions of now have ended; other tests have some too."""
    deadline = monotonic() + 60
    while number_moves(seller_id=seller.pk) or not (done := Numbering.objects.get().done_to):
        assert monotonic() < deadline
        sleep(0.05)
    return done


def beside(work: Callable[[], None], meanwhile: Callable[[], None]) -> None:
    """`work` in a transaction of another session, which commits only after `meanwhile`."""
    with transaction.atomic():
        work()
        at_once([meanwhile])


@pytest.mark.django_db(transaction=True)
def test_a_move_that_commits_late_comes_after_those_read_before() -> None:
    hub, early = make_hub(), make_sku()
    late = make_sku(early.seller)
    seen: list[list[tuple[int, int]]] = []

    def meanwhile() -> None:
        stock(hub, early, 1, place="02-01")
        seen.extend(read(early.seller) for _ in range(3))

    beside(lambda: stock(hub, late, 1), meanwhile)
    smaller, larger = Move.objects.order_by("pk").values_list("pk", flat=True)

    assert seen == [[(1, larger)]] * 3
    assert Numbering.objects.get().done_to < smaller
    assert [read(early.seller) for _ in range(3)] == [[(1, larger), (2, smaller)]] * 3
    assert done_in_the_end(early.seller) == larger


@pytest.mark.django_db(transaction=True)
def test_a_move_that_never_commits_leaves_no_gap() -> None:
    hub, sku = make_hub(), make_sku()
    other = make_sku(sku.seller)

    with transaction.atomic():
        stock(hub, other, 1)
        at_once([lambda: stock(hub, sku, 1, place="02-01")])
        transaction.set_rollback(True)

    assert [number for number, _ in read(sku.seller)] == [1]


@pytest.mark.django_db(transaction=True)
def test_writers_and_readers_at_once_see_one_growing_list() -> None:
    hub, sku = make_hub(), make_sku()
    skus = [sku, *(make_sku(sku.seller) for _ in range(3))]

    def write(seed: int) -> list[list[tuple[int, int]]]:
        chance = random.Random(seed)
        for _ in range(12):
            with transaction.atomic():
                stock(hub, skus[seed], 1, place=f"01-0{seed + 1}")
                if chance.random() < 0.2:
                    transaction.set_rollback(True)
        return []

    def follow() -> list[list[tuple[int, int]]]:
        return [read(sku.seller) for _ in range(25)]

    answers = at_once([*(lambda n=n: write(n) for n in range(4)), follow, follow])

    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    final = read(sku.seller)
    assert sorted(move for _, move in final) == sorted(Move.objects.values_list("pk", flat=True))
    assert [number for number, _ in final] == list(range(1, len(final) + 1))
    for seen in [each for answer in answers for each in answer]:
        assert seen == final[: len(seen)]


@pytest.mark.django_db(transaction=True)
def test_how_far_it_is_done_follows_the_ledger() -> None:
    hub, sku = make_hub(), make_sku()
    for _ in range(3):
        stock(hub, sku, 1)

    assert [number_moves(seller_id=sku.seller_id) for _ in range(3)] == [3, 0, 0]

    assert done_in_the_end(sku.seller) == Move.objects.order_by("-pk")[0].pk
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM warehouses_movenumber")
        assert cursor.fetchone() == (3,)

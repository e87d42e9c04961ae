"""One seller's rows for a while, and then everybody's again: whatever happens in between."""

import random

import pytest
from django.db import ProgrammingError, connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from foundation.jobs import enqueue
from foundation.tenancy import READER, SELLER, STAFF, for_seller, hub_wide, is_refusal, reading
from tests.factories import make_seller, make_sku
from tests.roles import as_role
from warehouses.models import Seller, Sku

pytestmark = pytest.mark.django_db


@pytest.fixture
def sellers() -> list[Seller]:
    """Two, with an item each."""
    return [make_sku(make_seller(code)).seller for code in ("ada", "bo")]


def role() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return cursor.fetchone()[0]


def seen() -> list[int]:
    """Of which sellers items are seen."""
    return sorted(Sku.objects.values_list("seller", flat=True))


def test_inside_there_is_one_seller_and_outside_there_are_all(sellers) -> None:
    ada, bo = (seller.pk for seller in sellers)

    assert (role(), seen()) == (STAFF, [ada, bo])
    with for_seller(ada):
        assert (role(), seen()) == (SELLER, [ada])
        with for_seller(bo):
            assert (role(), seen()) == (SELLER, [bo])
        assert (role(), seen()) == (SELLER, [ada])
    assert (role(), seen()) == (STAFF, [ada, bo])


def test_without_a_seller_there_are_no_rows(sellers) -> None:
    with as_role(SELLER):
        assert seen() == []
    with as_role(SELLER, ""), pytest.raises(ProgrammingError) as refusal, transaction.atomic():
        Sku.objects.update(code="mine")
    assert is_refusal(refusal.value)


def test_the_hubs_own_work_is_a_way_out_and_back(sellers) -> None:
    ada, bo = (seller.pk for seller in sellers)

    with for_seller(ada):
        with hub_wide(), hub_wide():
            assert (role(), seen()) == (STAFF, [ada, bo])
            with for_seller(bo):
                assert (role(), seen()) == (SELLER, [bo])
            assert (role(), seen()) == (STAFF, [ada, bo])
        assert (role(), seen()) == (SELLER, [ada])


def test_outside_of_the_walls_hub_wide_asks_nothing_of_the_database(django_assert_num_queries) -> None:
    with django_assert_num_queries(0), hub_wide():
        pass


def test_an_error_in_the_hubs_work_leads_back_into_the_walls(sellers) -> None:
    ada = sellers[0].pk

    with for_seller(ada):
        with pytest.raises(ZeroDivisionError), hub_wide():
            raise ZeroDivisionError
        assert (role(), seen()) == (SELLER, [ada])
        with pytest.raises(ProgrammingError), transaction.atomic(), hub_wide(), connection.cursor() as cursor:
            cursor.execute("SELECT * FROM nowhere")
        assert (role(), seen()) == (SELLER, [ada])


def test_an_error_inside_leads_out_and_undoes(sellers) -> None:
    ada, bo = (seller.pk for seller in sellers)

    with pytest.raises(ProgrammingError), for_seller(ada), connection.cursor() as cursor:
        cursor.execute("SELECT * FROM nowhere")

    assert (role(), seen()) == (STAFF, [ada, bo])


def test_a_reader_reads_all_and_writes_nothing(sellers) -> None:
    with reading():
        assert (role(), len(seen())) == (READER, 2)
        with pytest.raises(ProgrammingError) as refusal, transaction.atomic():
            Sku.objects.update(code="mine")

    assert is_refusal(refusal.value)
    assert role() == STAFF
    assert not Sku.objects.filter(name="mine").exists()


def test_a_sellers_request_adds_to_the_queue_and_sees_nothing_of_it(sellers) -> None:
    enqueue("fulfillment.allocate", once="allocate:1", hub_id=1)

    with for_seller(sellers[0].pk):
        for _ in range(2):
            enqueue("fulfillment.allocate", once="allocate:1", hub_id=1)
            enqueue("fulfillment.allocate", once="allocate:2", hub_id=2)
        with pytest.raises(ProgrammingError) as refusal, transaction.atomic():
            ProcrastinateJob.objects.exists()

    assert is_refusal(refusal.value)
    assert sorted(ProcrastinateJob.objects.values_list("queueing_lock", flat=True)) == ["allocate:1", "allocate:2"]


class Dropped(Exception):
    """A request that ends in the middle."""


@pytest.mark.django_db(transaction=True)
def test_a_thousand_requests_of_two_sellers_over_one_connection_never_mix() -> None:
    """Attack 9: some requests write, some break off, some do a piece of the hub's work, some run inside others."""
    ada, bo = (make_sku(make_seller(code)).seller.pk for code in ("ada", "bo"))
    chance = random.Random(9)
    connection.ensure_connection()
    session = connection.connection.info.backend_pid

    def request(seller: int, depth: int = 0) -> None:
        with for_seller(seller):
            assert seen() == [seller]
            step = chance.randrange(6 if depth < 2 else 5)
            if step == 0:
                raise Dropped
            if step == 1:
                with hub_wide():
                    assert seen() == [ada, bo]
            if step == 2:
                with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute("SELECT * FROM procrastinate_jobs")
            if step == 5:
                request(bo if seller == ada else ada, depth + 1)
            assert seen() == [seller]

    dropped = 0
    for _ in range(1_000):
        try:
            request(chance.choice([ada, bo]))
        except Dropped:
            dropped += 1
        assert not connection.in_atomic_block

    assert 150 < dropped < 300
    assert (role(), seen()) == (STAFF, [ada, bo])
    assert connection.connection.info.backend_pid == session

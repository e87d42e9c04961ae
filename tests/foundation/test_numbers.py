"""Numbers that people read out, made by the database from the row's own id."""

from django.db import connection

from tests.factories import announced, make_hub, make_sku
from tests.roles import as_owner
from warehouses.models import Inbound


def test_a_number_is_the_id_with_its_prefix(db) -> None:
    (carton,) = announced(make_hub(), [{make_sku(): 1}])

    inbound = Inbound.objects.get()
    assert inbound.number == f"IN-{inbound.pk:07d}"
    assert Inbound.objects.get(number=inbound.number) == inbound
    assert str(carton.inbound) == inbound.number


def test_a_number_with_more_than_seven_digits_is_not_cut(db) -> None:
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT setval(pg_get_serial_sequence('warehouses_inbound', 'id'), 123456788)")
    announced(make_hub(), [{make_sku(): 1}])

    assert Inbound.objects.get().number == "IN-123456789"

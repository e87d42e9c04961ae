"""Every table that belongs to sellers, whatever floor it is on: nobody reads or takes another's row (attacks 7, 8)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import ProgrammingError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import ForeignKey, Model
from pytest_django.plugin import DjangoDbBlocker

from config.database.roles import SHARED
from config.database.tenants import house_models, ownerships
from foundation.tenancy import SELLER, for_seller, is_refusal
from fulfillment.models import CarrierRule, IdempotencyRecord, Member, Order
from fulfillment.services.tokens import issue_token
from fulfillment.services.trading import set_trader_number
from shipping.models import Parcel, Shipment, TrackingAnomaly, TrackingScan
from tests.house.source import FLOORS
from tests.roles import as_owner, as_role
from tests.verify.world import build
from warehouses.models import Hub, InboundParcel, Seller, Sku

THE_HUBS = {
    *("labels.Printer", "labels.PrintJob", "labels.PrintAgent"),
    *("warehouses.Hub", "warehouses.FloorPlan", "warehouses.Zone", "warehouses.Bin", "warehouses.CartType"),
    *("warehouses.TrafficRule", "warehouses.Level", "warehouses.Stairs"),
    *("warehouses.DockDoor", "warehouses.DockHours", "warehouses.DockClosure"),
    *("warehouses.Worker", "warehouses.PickList", "warehouses.CartTote"),
    *("warehouses.Instruction", "warehouses.HubStop", "warehouses.HubSpeeds"),
    *("shipping.Carrier", "shipping.CarrierAccount", "shipping.Service", "shipping.RateTier", "shipping.Box"),
    *("shipping.Manifest", "shipping.Trailer", "shipping.Pickup", "shipping.WebhookDelivery"),
    *("shipping.Lane", "shipping.Embargo", "shipping.HazardSticker"),
    *("fulfillment.Wave", "fulfillment.RateCard", "fulfillment.Rate"),
}
"""Tables that are of no seller. A new table is here, or it has a policy; there is no third way."""

TENANTS = [model for model in house_models() if model._meta.label not in THE_HUBS]
NAMES = [model._meta.label for model in TENANTS]


@dataclass(frozen=True)
class Two:
    """Two sellers with something of everything, each in a hub of their own, and whose each row is."""

    ada: Seller
    bo: Seller
    rows: dict[type[Model], dict[int, set[int]]]

    def of(self, seller: Seller, model: type[Model]) -> set[int]:
        return self.rows[model][seller.pk]


@pytest.fixture(scope="module")
def two(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Two]:
    """Built once for the module, in a transaction that is rolled back at its end."""
    with django_db_blocker.unblock(), transaction.atomic():
        ada, bo = (_furnished(build().sku.seller) for _ in range(2))
        yield Two(ada, bo, {model: {seller.pk: _rows_of(seller, model) for seller in (ada, bo)} for model in TENANTS})
        transaction.set_rollback(True)


def _furnished(seller: Seller) -> Seller:
    """The seller with what no day at a hub brings: people, machines, an odd scan."""
    Member.objects.create(seller=seller, user=User.objects.create(username=seller.code))
    issue_token(seller=seller)
    IdempotencyRecord.objects.create(seller=seller, key="k", path="/", body_sha256="0" * 64)
    shipment = Shipment.objects.filter(order__seller=seller).first()
    assert shipment is not None
    TrackingAnomaly.objects.create(
        kind=TrackingAnomaly.Kind.BEFORE_LABEL, carrier=shipment.service.carrier, tracking_no=shipment.number,
        shipment=shipment,
    )  # fmt: skip
    CarrierRule.objects.create(seller=seller, verb="never", carrier=shipment.service.carrier)
    set_trader_number(seller=seller, kind="eori", area="EU", number="NL123456789")
    InboundParcel.objects.create(inbound=seller.inbounds.all()[0], carrier="postnl", tracking_no=f"3S{seller.pk}")
    return seller


def _rows_of(seller: Seller, model: type[Model]) -> set[int]:
    """By a way of its own: along the foreign keys, in the rights of staff."""
    if model is TrackingScan:
        numbers = Parcel.objects.filter(shipment__order__seller=seller).values("tracking_no")
        return set(TrackingScan.objects.filter(tracking_no__in=numbers).values_list("pk", flat=True))
    path = _way_to_seller(model)
    assert path is not None, f"{model.__name__} leads to no seller"
    return set(model._default_manager.filter(**{path: seller.pk}).values_list("pk", flat=True))


def _way_to_seller(model: type[Model]) -> str | None:
    """The lookup of the shortest chain of foreign keys, first through those that are never empty."""
    paths: list[tuple[str, type[Model]]] = [("", model)]
    for path, here in paths:
        if here is Seller:
            return f"{path}pk"
        if here._meta.label == "shipping.Address":
            return f"{path}tenant_id"
        if path.count("__") < 5:
            keys = [field for field in here._meta.concrete_fields if isinstance(field, ForeignKey)]
            keys.sort(key=lambda field: field.null)
            paths += [(f"{path}{key.name}__", key.related_model) for key in keys if key.related_model in TENANTS]
    return None


def seen(model: type[Model]) -> set[int]:
    return set(model._default_manager.order_by().values_list("pk", flat=True))


# --- no table without a policy ---------------------------------------------------------------------------


def test_every_table_is_a_sellers_or_the_hubs() -> None:
    ours = {model for model in apps.get_models() if model._meta.app_label in FLOORS}

    assert ours == set(house_models())
    assert set(TENANTS) == set(ownerships())
    assert set(SHARED) <= THE_HUBS


@pytest.mark.django_db
@pytest.mark.parametrize("model", TENANTS, ids=NAMES)
def test_a_sellers_table_has_its_walls(model: type[Model]) -> None:
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = %s", [table])
        assert cursor.fetchone() == (True, True)
        cursor.execute(
            """SELECT policyname, permissive, roles::text[], cmd, qual = 'true', with_check = 'true', with_check IS NULL
               FROM pg_policies WHERE tablename = %s ORDER BY 1""",
            [table],
        )
        allocates = model._meta.label in {"warehouses.Reservation", "warehouses.Balance"}
        assert cursor.fetchall() == [
            *[("pakhuis_allocator", "PERMISSIVE", ["pakhuis_allocator"], "ALL", True, True, False)] * allocates,
            ("pakhuis_reader", "PERMISSIVE", ["pakhuis_reader"], "SELECT", True, None, True),
            ("pakhuis_seller", "PERMISSIVE", ["pakhuis_seller"], "ALL", False, False, False),
            ("pakhuis_staff", "PERMISSIVE", ["pakhuis_staff"], "ALL", True, True, False),
        ]


@pytest.mark.django_db
def test_a_seller_has_no_right_to_a_table_without_walls_but_to_look_at_what_is_shared() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT relname FROM pg_class
               WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
               AND NOT relrowsecurity AND has_any_column_privilege('pakhuis_seller', oid, 'SELECT, INSERT, UPDATE')"""
        )
        open_tables = {name for (name,) in cursor.fetchall()}
        cursor.execute(
            "SELECT t FROM unnest(%s::text[]) t WHERE has_any_column_privilege('pakhuis_seller', t, 'INSERT, UPDATE')",
            [sorted(open_tables)],
        )
        assert cursor.fetchall() == []

    assert open_tables == {apps.get_model(label)._meta.db_table for label in SHARED}


@pytest.mark.django_db
def test_staffs_plans_know_nothing_of_walls() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # of an empty table the statistics would choose that
        cursor.execute("EXPLAIN (COSTS OFF) SELECT * FROM warehouses_move WHERE id = 1")
        assert [line for (line,) in cursor.fetchall()] == [
            "Index Scan using warehouses_move_pkey on warehouses_move",
            "  Index Cond: (id = 1)",
        ]


# --- attack 7: reading -----------------------------------------------------------------------------------


@pytest.mark.parametrize("model", TENANTS, ids=NAMES)
def test_a_seller_sees_all_of_his_rows_and_no_other(two: Two, model: type[Model]) -> None:
    his, hers = two.of(two.bo, model), two.of(two.ada, model)
    assert his, "two sellers with rows in each table, or this proves nothing: see _furnished"
    assert hers
    assert not his & hers

    for seller in (two.ada, two.bo):
        with for_seller(seller.pk):
            assert seen(model) == two.of(seller, model)


@pytest.mark.parametrize("model", TENANTS, ids=NAMES)
def test_nobody_in_particular_sees_nothing(two: Two, model: type[Model]) -> None:
    for seller in ("", "0", "-1"):
        with as_role(SELLER, seller):
            assert seen(model) == set()


@pytest.mark.parametrize("model", TENANTS, ids=NAMES)
def test_without_his_filter_a_seller_changes_and_deletes_nothing_of_anothers(two: Two, model: type[Model]) -> None:
    """The rights are given for this test, so that it is the policy that holds."""
    with every_right(model) as cursor:
        for statement in ("UPDATE {} SET id = id WHERE id = ANY (%s)", "DELETE FROM {} WHERE id = ANY (%s)"):
            with as_role(SELLER, str(two.ada.pk)):
                cursor.execute(statement.format(model._meta.db_table), [sorted(two.of(two.bo, model))])
                assert cursor.rowcount == 0


@contextmanager
def every_right(model: type[Model]) -> Iterator[CursorWrapper]:
    """Sellers may do all with this table and no trigger stands before its policy. All of it is undone at the end."""
    with transaction.atomic():
        with as_owner(), connection.cursor() as cursor:
            cursor.execute(f"GRANT ALL ON {model._meta.db_table} TO {SELLER}")
            cursor.execute("SET LOCAL session_replication_role = replica")
            yield cursor
        transaction.set_rollback(True)


# --- attack 8: a row for somebody else -------------------------------------------------------------------


def links(model: type[Model]) -> list[tuple[str, type[Model]]]:
    """Columns that say whose a row is, and what they point at.

    Not a row's link to its own table: no policy can read the table it stands on, an invariant looks after those.
    """
    found = [
        (field.column, field.related_model)
        for field in model._meta.concrete_fields
        if isinstance(field, ForeignKey) and field.related_model in TENANTS and field.related_model is not model
    ]
    return [("tenant_id", Seller)] if model._meta.label == "shipping.Address" else found


LINKS = [(model, column, parent) for model in TENANTS for column, parent in links(model)]


@pytest.mark.parametrize(("model", "column", "parent"), LINKS, ids=[f"{m._meta.label}.{c}" for m, c, _ in LINKS])
def test_no_row_is_moved_to_another_seller(two: Two, model: type[Model], column: str, parent: type[Model]) -> None:
    """By each of its links, also to things that only belong to a thing of the other's."""
    table, mine, theirs = model._meta.db_table, min(two.of(two.ada, model)), min(two.of(two.bo, parent))
    with every_right(model) as cursor:
        with pytest.raises(ProgrammingError, match="violates row-level security") as refusal:  # noqa: SIM117
            with as_role(SELLER, str(two.ada.pk)):
                cursor.execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", [theirs, mine])

        assert is_refusal(refusal.value)
        with as_role(SELLER, str(two.ada.pk)):
            cursor.execute(f"UPDATE {table} SET {column} = {column} WHERE id = %s", [mine])
            assert cursor.rowcount == 1


def test_no_order_is_handed_over_or_made_in_anothers_name_with_the_rights_there_are(two: Two) -> None:
    before = list(Order.objects.order_by("pk").values())

    with for_seller(two.ada.pk):
        order = Order.objects.select_related("ship_to").earliest("pk")
        order.pk, order.seller, order.state, order.hold = None, two.bo, Order.State.RECEIVED, ""
        order.shipment = order.wave = None
        with pytest.raises(ProgrammingError, match="violates row-level security"), transaction.atomic():
            Order.objects.update(seller=two.bo)
        with pytest.raises(ProgrammingError, match="violates row-level security"), transaction.atomic():
            order.save(force_insert=True)
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            Sku.objects.update(seller=two.bo)
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            Hub.objects.update(name="mine")

    assert list(Order.objects.order_by("pk").values()) == before

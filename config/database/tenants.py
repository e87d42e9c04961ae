"""Which tables belong to a seller, and how a row says to whom.

Found by following foreign keys, so a table that is added later has its policy with the next `migrate`: it belongs
to a seller if it points at one, or at a table that does. The rest is the hub's, shared by all sellers.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from django.apps import apps
from django.db.models import ForeignKey, Model

from foundation.tenancy import SETTING
from warehouses.models import Seller

FLOORS = ("labels", "warehouses", "shipping", "fulfillment")

OPAQUE = {"shipping.Address": "tenant_id"}
"""Tables of a floor that does not know sellers, with the column in which it keeps whose a row is."""

BY_HAND = {
    "shipping.TrackingScan": (
        "shipping.Parcel",
        """EXISTS (SELECT FROM shipping_parcel AS p
                   WHERE p.carrier_id = {table}.carrier_id AND p.tracking_no = {table}.tracking_no)""",
    )
}
"""Tables that are joined to their parent by something else than a key: the parent, and the condition."""

ME = f"nullif(current_setting('{SETTING}', true), '')::bigint"
"""The seller of the transaction in SQL; NULL, which equals nothing, while nobody has said who it is."""


@dataclass(frozen=True, slots=True)
class Link:
    """One column that leads towards a seller: `column` points at `parent`, or holds the seller's id (None)."""

    column: str
    parent: type[Model] | None
    is_optional: bool
    depth: int


@dataclass(frozen=True, slots=True)
class Ownership:
    """How the rows of one table belong to sellers, as conditions in SQL: to be seen, and to be written."""

    model: type[Model]
    depth: int
    using: str
    check: str


def house_models() -> list[type[Model]]:
    """Every table of the floors, in a stable order."""
    return sorted(
        (model for floor in FLOORS for model in apps.get_app_config(floor).get_models(include_auto_created=True)),
        key=lambda model: model._meta.label,
    )


@cache
def ownerships() -> dict[type[Model], Ownership]:
    """The tables that belong to a seller, nearest to the seller first."""
    found: dict[type[Model], Ownership] = {}
    # A link that may be empty says little: it counts only where there is no other.
    while fresh := _next(found, optional=False) or _next(found, optional=True):
        found |= fresh
    # Once more, now that all parents are known: a link may lead to a table that was found later.
    return {model: _with_every_link(how, found) for model, how in found.items()}


def _next(found: dict[type[Model], Ownership], *, optional: bool) -> dict[type[Model], Ownership]:
    """The tables one step further from the seller than those found."""
    hows = ((model, _ownership(model, found, optional)) for model in house_models() if model not in found)
    return {model: how for model, how in hows if how}


def _ownership(model: type[Model], found: dict[type[Model], Ownership], optional: bool) -> Ownership | None:
    """How this table belongs, given those of which it is known already; None while it does not."""
    table = model._meta.db_table
    if model is Seller:
        return Ownership(model, 0, f"{table}.id = {ME}", "")
    if by_hand := BY_HAND.get(model._meta.label):
        parent, condition = apps.get_model(by_hand[0]), by_hand[1].format(table=table)
        return Ownership(model, found[parent].depth + 1, condition, condition) if parent in found else None
    links = [link for link in _links(model, found) if link.is_optional == optional]
    nearest = min(links, key=lambda link: link.depth, default=None)
    return Ownership(model, nearest.depth, _holds(table, nearest), "") if nearest else None


def _with_every_link(how: Ownership, found: dict[type[Model], Ownership]) -> Ownership:
    """The same, with a check that a row which is written leads to its seller by each of its links."""
    table = how.model._meta.db_table
    others = [
        f"({table}.{link.column} IS NULL OR {_holds(table, link)})" if link.is_optional else _holds(table, link)
        for link in _links(how.model, found)
    ]
    check = " AND ".join(dict.fromkeys([how.using, *others]))
    return Ownership(how.model, how.depth, how.using, check)


def _links(model: type[Model], found: dict[type[Model], Ownership]) -> Iterator[Link]:
    if column := OPAQUE.get(model._meta.label):
        yield Link(column, None, is_optional=False, depth=1)
    for field in model._meta.concrete_fields:
        parent = field.related_model
        if not isinstance(field, ForeignKey) or not isinstance(parent, type) or parent is model:
            continue
        if parent is Seller:
            yield Link(field.column, None, is_optional=field.null, depth=1)
        elif parent in found:
            yield Link(field.column, parent, is_optional=field.null, depth=found[parent].depth + 1)


def _holds(table: str, link: Link) -> str:
    """True for a row that leads to the seller. A parent's own policy decides whether it can be seen."""
    if link.parent is None:
        return f"{table}.{link.column} = {ME}"
    parent = link.parent._meta
    assert parent.pk is not None, "every table has a key"
    return f"EXISTS (SELECT FROM {parent.db_table} AS p WHERE p.{parent.pk.column} = {table}.{link.column})"

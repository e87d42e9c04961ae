"""The trail: on every object's page, where it came from and what became of it, both ways along the flow.

A floor that sees a model writes its trail (`@trail(Inbound)`); the page's template asks for it here. So lower
floors' pages show what happens upstairs without knowing it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Model, QuerySet

from foundation.admin.links import User, list_url, may_see, page_url


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop of a trail. `count` None: a single thing; 0: not there yet. `is_here`: the page one is on."""

    label: str
    text: str
    url: str
    model: type[Model]
    count: int | None = None
    is_here: bool = False


Trail = Callable[[Any], Iterable[Stop | None]]

_trails: Final[dict[type[Model], Trail]] = {}


def trail(*models: type[Model]) -> Callable[[Trail], Trail]:
    """Decorates the function that lists the stops of these models' pages, upstream first; None is left out."""

    def register(function: Trail) -> Trail:
        for model in models:
            _trails[model] = function
        return function

    return register


def trail_of(obj: Model, user: User) -> list[Stop]:
    """The stops that this user may look at; empty when nobody wrote a trail for the object's model."""
    function = _trails.get(type(obj))
    stops = [stop for stop in function(obj) if stop is not None] if function else []
    return [stop for stop in stops if may_see(user, stop.model)]


def one(label: str, obj: Model | None, text: str = "") -> Stop | None:
    """A single thing up or down the flow, by its own name if not by `text`; None when it is not there."""
    if obj is None:
        return None
    return Stop(label, text or str(obj), page_url(obj), type(obj))


def here(obj: Model) -> Stop:
    """The page one is on."""
    return Stop(str(obj._meta.verbose_name), str(obj), "", type(obj), is_here=True)


def many(rows: QuerySet[Any], **lookup: object) -> Stop | None:
    """So many rows, with a link to their list filtered by `lookup`; None where their model has no list."""
    url = list_url(rows.model, **lookup)
    return Stop(str(rows.model._meta.verbose_name_plural), "", url, rows.model, count=rows.count()) if url else None

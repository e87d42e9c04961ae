"""Once more: a whole call is repeated when the database gave up on it for a reason that passes by itself.

Three reasons pass: another transaction came in between (40001), two waited for each other and this one was chosen to
give way (40P01), the connection was lost. Everything else would only fail again. After a lost connection nobody knows
whether the COMMIT came through, so only a call with a key of its own may be repeated: an idempotency key, an order's
reference, a scan's id. Jobs have their own: see the `RetryStrategy` of each.
"""

import random
import time
from collections.abc import Callable
from typing import Final, TypeVar

import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, connection

T = TypeVar("T")

log = structlog.get_logger("pakhuis.retry")

ATTEMPTS: Final = 5
FIRST_WAIT_S: Final = 0.05
"""At most so long before the second attempt; twice as long before each next one."""

GAVE_WAY: Final = frozenset({"40001", "40P01"})
"""SQLSTATEs of a serialization failure and a deadlock."""

GOING_AWAY: Final = ("08", "57P01", "57P02", "57P03")
"""How the SQLSTATEs of a server begin that has lost the connection, or is stopping, crashing, or starting."""


class InsideTransaction(RuntimeError):
    """A programmer's error: what is repeated would not be the whole transaction."""


def retrying(call: Callable[[], T], *, attempts: int = ATTEMPTS) -> T:
    """What `call` returns, asked up to `attempts` times while it fails for a reason that passes.

    `call` opens its own transaction and carries its own key, the same each time. Raises what the last attempt raised,
    and `InsideTransaction` when a transaction is open already.
    """
    # A test's own transaction, as for Django's durable blocks, does not count.
    if connection.in_atomic_block and not connection.atomic_blocks[-1]._from_testcase:  # type: ignore[attr-defined]  # noqa: SLF001
        raise InsideTransaction("Only a whole transaction can be repeated, and one is open already.")
    for attempt in range(1, attempts):
        try:
            return call()
        except (OperationalError, InterfaceError) as error:
            if not passes(error):
                raise
            wait_s = random.uniform(0, FIRST_WAIT_S * 2 ** (attempt - 1))
            log.warning("retry", attempt=attempt, wait_s=round(wait_s, 3), reason=str(error).strip().split("\n")[0])
            connection.close_if_unusable_or_obsolete()
            time.sleep(wait_s)
    return call()


def passes(error: DatabaseError | InterfaceError) -> bool:
    """Whether the failure may be gone at the next attempt: the database gave way, or the connection was lost."""
    state = getattr(error.__cause__, "sqlstate", None)
    if state is None:  # not from the server: it could not be reached, or went away in mid-sentence
        return isinstance(error, (OperationalError, InterfaceError))
    return state in GAVE_WAY or state.startswith(GOING_AWAY)

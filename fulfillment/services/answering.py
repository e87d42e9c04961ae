"""Answering once: a call that carries a key is done once, and its answer is kept for whoever asks again.

The key's row, the effect and the answer are one transaction. So a run that dies leaves nothing behind and may
be repeated at once, and there is no row that says "running" for ever. Two runs at the same time meet at an
advisory lock: the second waits for the first and gets its answer, or is told that the first still runs.
Only answers that did something are kept: a refused call changed nothing and may be mended under the same key.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now

from foundation.errors import Conflict, Invalid
from fulfillment.locks import lock_call
from fulfillment.models import IdempotencyRecord
from warehouses.models import Seller

KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call answered: HTTP status, the body's JSON text byte for byte, where the new thing is."""

    status: int
    body: str
    location: str = ""
    is_repeat: bool = False


def answer_once(
    *,
    seller: Seller,
    key: str,
    path: str,
    fingerprint: str,
    perform: Callable[[], Answer],
    wait_ms: int,
) -> Answer:
    """Runs `perform`, unless this seller's `key` was answered before: then that answer, with `is_repeat`.

    `fingerprint` is the hex SHA-256 of method, path and body. Whatever `perform` raises goes through and
    undoes everything. Raises `Invalid` (`idempotency_key_reused`) when the key was used for another call,
    `Conflict` (`call_running`) when the first run takes longer than `wait_ms`.
    """
    with transaction.atomic():
        if not lock_call(seller_id=seller.pk, key=key, wait_ms=wait_ms):
            raise Conflict("The first call with this key is still running; ask again.", code="call_running")
        known = IdempotencyRecord.objects.filter(seller=seller, key=key)
        known.filter(created_at__lte=Now() - KEPT).delete()
        record = known.first()
        if record is not None:
            return _repeat(record, fingerprint)
        answer = perform()
        IdempotencyRecord.objects.create(
            seller=seller,
            key=key,
            path=path,
            body_sha256=fingerprint,
            status=answer.status,
            # As text: a JSON column would reorder the keys, and the repeat must be the same to the byte.
            response={"body": answer.body, "location": answer.location},
        )
        return answer


def _repeat(record: IdempotencyRecord, fingerprint: str) -> Answer:
    if record.body_sha256 != fingerprint:
        raise Invalid(
            "This Idempotency-Key was used for another call. A new call needs a new key.",
            code="idempotency_key_reused",
        )
    assert record.status is not None, "a record is written with its answer"
    assert record.response is not None, "a record is written with its answer"
    return Answer(record.status, record.response["body"], record.response["location"], is_repeat=True)


def forget_answers() -> int:
    """Deletes answers older than `KEPT`; returns how many. For a daily job."""
    deleted, _by_model = IdempotencyRecord.objects.filter(created_at__lte=Now() - KEPT).delete()
    return deleted

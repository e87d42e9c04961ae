"""The inbox of carriers' webhooks: checked and stored at the door, read later, never lost and never counted twice."""

import hashlib
import json
import logging
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from django.db.models.functions import Now

from foundation.batching import Batcher
from foundation.errors import Conflict, DomainError, NotFound
from shipping.carriers.base import ScanEvent, WebhookMalformed
from shipping.carriers.registry import WEBHOOKS
from shipping.locks import lock_delivery, lock_waiting_deliveries
from shipping.models import Carrier, WebhookDelivery
from shipping.services.accounts import webhook_door
from shipping.services.tracking import Recorded, record_scans

log = logging.getLogger("shipping.webhooks")

MAX_TRIES = 5
"""A webhook that fails this often is parked for a person; the others go on."""

_KEPT_HEADERS = ("content-type", "user-agent")
_STORED = ["state", "attempts", "error", "next_try_at", "finished_at"]


class Unsigned(DomainError):
    """A webhook without a signature of ours that holds. No detail: it would teach a forger."""

    status = 401
    code = "unsigned"


@dataclass(frozen=True, slots=True)
class ProcessReport:
    """One round through the inbox: webhooks read, to be tried again, set aside, and what their scans did."""

    done: int
    failed: int
    parked: int
    recorded: Recorded


def receive_webhook(*, carrier_code: str, headers: Mapping[str, str], body: bytes, now_s: float) -> bool:
    """Stores one webhook whose signature holds. Header names are lower case; `now_s` is real time.

    The body is not looked into. The same body again is counted, not stored twice. Webhooks that come at once are stored
    by one of them; answers whether it was this one, who then sees to it that they are read. Raises `NotFound` for a
    carrier that does not exist or does not push, `Unsigned` otherwise.
    """
    door = webhook_door(carrier_code)
    reader = WEBHOOKS.get(door.adapter) if door is not None else None
    if door is None or reader is None:
        raise NotFound("There is no such endpoint.", code="carrier_unknown")
    secrets = door.live_secrets(datetime.fromtimestamp(now_s, UTC))
    if not reader.is_signed(headers=headers, body=body, secrets=secrets, now_s=now_s):
        log.warning("webhook_unsigned", extra={"carrier": carrier_code, "bytes": len(body)})
        raise Unsigned("Unauthorised.")
    kept = {name: headers[name][:200] for name in _KEPT_HEADERS if name in headers}
    return _incoming.submit(_Incoming(door.carrier_id, hashlib.sha256(body).hexdigest(), body, json.dumps(kept)))


@dataclass(frozen=True, slots=True)
class _Incoming:
    """One webhook on its way into the inbox."""

    carrier_id: int
    digest: str
    body: bytes
    headers: str


def _store(batch: Sequence[_Incoming]) -> None:
    """All of them in one statement, in one order, so that two processes never wait for each other crosswise."""
    copies = Counter((each.carrier_id, each.digest) for each in batch)
    rows = {(each.carrier_id, each.digest): each for each in batch}
    keys = sorted(rows)
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO shipping_webhookdelivery AS row
                   (carrier_id, body_sha256, body, headers, copies, state, attempts, error)
               SELECT *, 'waiting', 0, '' FROM unnest(%s::bigint[], %s::text[], %s::bytea[], %s::jsonb[], %s::int[])
               ON CONFLICT (carrier_id, body_sha256) DO UPDATE SET copies = row.copies + excluded.copies""",
            [
                [carrier_id for carrier_id, _ in keys],
                [digest for _, digest in keys],
                [rows[key].body for key in keys],
                [rows[key].headers for key in keys],
                [copies[key] for key in keys],
            ],
        )


_incoming = Batcher(_store)


def process_deliveries(*, limit: int = 500) -> ProcessReport:
    """Reads up to `limit` waiting webhooks together. Several workers may do so at once; running twice is safe.

    A body that is not as agreed is parked at once. When storing fails, each webhook is tried alone, so one that
    always fails is tried `MAX_TRIES` times, ever later, and then parked, and the others go on.
    """
    recorded = Recorded()
    with transaction.atomic():
        rows = lock_waiting_deliveries(limit)
        readable = _read(rows)
        try:
            recorded = _record(list(readable))
            failed: list[WebhookDelivery] = []
        except Exception:
            log.exception("webhook_batch_failed", extra={"webhooks": len(readable)})
            failed = _record_alone(readable, recorded)
        for row, _scans in readable:
            if row not in failed:
                row.mark_done()
                row.error, row.finished_at = "", Now()
        WebhookDelivery.objects.bulk_update(rows, _STORED, batch_size=200)
    parked = sum(row.state == WebhookDelivery.State.PARKED for row in rows)
    done = sum(row.state == WebhookDelivery.State.DONE for row in rows)
    return ProcessReport(done=done, failed=len(rows) - done - parked, parked=parked, recorded=recorded)


def replay_delivery(*, delivery_id: int) -> WebhookDelivery:
    """Puts a webhook that was read or parked back among the waiting. Raises `NotFound`, `Conflict` (`waiting`)."""
    with transaction.atomic():
        row = lock_delivery(delivery_id)
        if row is None:
            raise NotFound("There is no such webhook.", code="delivery_unknown")
        if row.state == WebhookDelivery.State.WAITING:
            raise Conflict("This webhook is already waiting.", code="waiting")
        row.replay()
        row.attempts, row.error, row.next_try_at, row.finished_at = 0, "", Now(), None
        row.save(update_fields=_STORED)
    return row


Work = tuple[WebhookDelivery, list[ScanEvent]]


def _read(rows: Sequence[WebhookDelivery]) -> list[Work]:
    """Each webhook with its scans; those whose body is not as agreed are parked."""
    adapters = dict(Carrier.objects.filter(pk__in={row.carrier_id for row in rows}).values_list("pk", "adapter"))
    readable = []
    for row in rows:
        try:
            readable.append((row, WEBHOOKS[adapters[row.carrier_id]].parse(bytes(row.body))))
        except WebhookMalformed as fault:
            row.park()
            row.error, row.finished_at = fault.message[:300], Now()
    return readable


def _record(work: Sequence[Work]) -> Recorded:
    """Stores the scans of several webhooks, a batch per carrier, or nothing at all."""
    recorded = Recorded()
    by_carrier: dict[int, list[ScanEvent]] = defaultdict(list)
    for row, scans in work:
        by_carrier[row.carrier_id] += scans
    codes = dict(Carrier.objects.filter(pk__in=by_carrier).values_list("pk", "code"))
    with transaction.atomic():
        for carrier_id, scans in sorted(by_carrier.items()):
            recorded.add(record_scans(carrier_code=codes[carrier_id], scans=scans))
    return recorded


def _record_alone(work: Sequence[Work], recorded: Recorded) -> list[WebhookDelivery]:
    """Stores each webhook's scans by itself, adding to `recorded`; answers those that fail even so."""
    failed = []
    for row, scans in work:
        try:
            recorded.add(_record([(row, scans)]))
        except Exception as fault:  # noqa: BLE001 - whatever it is, the other webhooks must go on
            row.attempts += 1
            row.error = type(fault).__name__
            row.next_try_at = Now() + timedelta(seconds=10 * 2**row.attempts)
            if row.attempts >= MAX_TRIES:
                row.park()
            failed.append(row)
    return failed

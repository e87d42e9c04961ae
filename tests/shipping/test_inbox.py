"""The inbox behind the carriers' door: read once, tried again, set aside, replayed."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from foundation import clock
from foundation.errors import Conflict
from shipping.models import Parcel, Shipment, WebhookDelivery
from shipping.services.inbox import MAX_TRIES, replay_delivery
from shipping.services.projecting import project_shipments
from shipping.signals import TrackedChange, shipment_tracked
from shipping.tasks import process_webhook_deliveries
from tests.shipping.conftest import NOW, MakeShipment
from tests.shipping.webhook_tools import Post, body_of, process, state_of


def test_a_webhook_whose_handler_always_fails_is_parked_and_the_others_go_on(
    shipment: Shipment, make_shipment: MakeShipment, post: Post
) -> None:
    poison = make_shipment()
    Parcel.objects.filter(shipment=poison).update(tracking_no="T2", labelled_at=NOW)
    with clock.playing(NOW):
        project_shipments({poison.pk: poison})

    def fail(sender: type, changes: list[TrackedChange], **_more: object) -> None:
        if any(change.shipment_id == poison.pk for change in changes):
            raise ZeroDivisionError

    shipment_tracked.connect(fail)
    try:
        post(body_of(("PU", 1), number="T2"))
        post(body_of(("PU", 1)))
        reports = []
        for _try in range(MAX_TRIES):
            WebhookDelivery.objects.update(next_try_at=timezone.now() - timedelta(seconds=1))
            reports.append(process())
    finally:
        shipment_tracked.disconnect(fail)

    assert [(r.done, r.failed, r.parked) for r in reports] == [(1, 1, 0), *[(0, 1, 0)] * (MAX_TRIES - 2), (0, 0, 1)]
    assert state_of(shipment) == "handed_over"
    assert state_of(poison) == "label_created"
    parked = WebhookDelivery.objects.get(state="parked")
    assert (parked.attempts, parked.error) == (MAX_TRIES, "ZeroDivisionError")

    replay_delivery(delivery_id=parked.pk)
    process()
    assert state_of(poison) == "handed_over"


def test_a_failed_webhook_waits_before_it_is_tried_again(shipment: Shipment, post: Post) -> None:
    def fail(sender: type, changes: list[TrackedChange], **_more: object) -> None:
        raise ZeroDivisionError

    post(body_of(("PU", 1)))
    shipment_tracked.connect(fail)
    try:
        first, second = process(), process()
    finally:
        shipment_tracked.disconnect(fail)

    assert (first.failed, second.failed) == (1, 0)
    assert WebhookDelivery.objects.get().attempts == 1


def test_a_replay_of_a_read_webhook_changes_nothing(shipment: Shipment, post: Post) -> None:
    post(body_of(("PU", 1)))
    process()
    delivery = WebhookDelivery.objects.get()

    replay_delivery(delivery_id=delivery.pk)
    with pytest.raises(Conflict):
        replay_delivery(delivery_id=delivery.pk)
    report = process()

    assert (report.done, report.recorded.new, report.recorded.duplicates) == (1, 0, 1)


def test_many_webhooks_make_one_job(shipment: Shipment, post: Post) -> None:
    for hours in range(1, 6):
        post(body_of(("DP", hours)))

    jobs = ProcrastinateJob.objects.filter(task_name=process_webhook_deliveries.name)
    assert jobs.count() == 1
    assert "T1" not in json.dumps(list(jobs.values_list("args", flat=True)))


def test_the_task_drains_the_inbox_and_may_run_twice(shipment: Shipment, post: Post) -> None:
    post(body_of(("PU", 1)))
    post(body_of(("DP", 3)))

    with clock.playing(NOW + timedelta(days=1)):
        process_webhook_deliveries()
        process_webhook_deliveries()

    assert state_of(shipment) == "in_transit"
    assert WebhookDelivery.objects.filter(state="waiting").count() == 0

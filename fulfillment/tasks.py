"""The top floor's jobs. Each may run twice: what they call is safe to call again."""

import structlog
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from foundation.jobs import enqueue
from fulfillment.models import Order
from fulfillment.services.allocation import allocate_hub
from fulfillment.services.answering import forget_answers
from fulfillment.services.completing import let_completed_go
from fulfillment.services.daily_pickups import book_daily_pickups
from fulfillment.services.documents import print_parcels
from fulfillment.services.following import follow_inbounds
from fulfillment.services.labelling import buy_order_labels, next_unlabelled
from fulfillment.services.recalling import note_recalls
from fulfillment.services.waving import left_unlisted
from fulfillment.services.waving import release_wave as release_planned_wave
from fulfillment.services.waving import replan_wave as replan_released_wave
from warehouses.models import Hub

log = structlog.get_logger("pakhuis.jobs")

AGAIN = RetryStrategy(max_attempts=5, exponential_wait=3)


@app.task(name="fulfillment.allocate", retry=AGAIN)
def allocate(hub_id: int) -> None:
    """Promises stock to the hub's queue. Woken by new orders and by new stock."""
    if allocate_hub(hub_id=hub_id).is_stopped:
        log.warning("allocation is stopped", hub=hub_id)


@app.task(name="fulfillment.release_wave", retry=AGAIN)
def release_wave(wave_id: int) -> None:
    """Plans the walks of a wave and gives its carts to the pickers."""
    release_planned_wave(wave_id=wave_id, seed=wave_id)


@app.task(name="fulfillment.replan_wave", retry=AGAIN)
def replan_wave(wave_id: int) -> None:
    """Plans anew what nobody has started of a wave."""
    replan_released_wave(wave_id=wave_id, seed=wave_id)


@app.task(name="fulfillment.label_packed", retry=AGAIN)
def label_packed(hub_id: int) -> None:
    """Buys labels for all that is packed in the hub by now, page by page. One waiting job serves any number."""
    last = 0
    while page := next_unlabelled(hub_id=hub_id, after=last):
        buy_order_labels(shipment_ids=page)
        last = page[-1]


@app.task(name="fulfillment.print_parcels", retry=AGAIN)
def print_labelled(shipment_ids: list[int]) -> None:
    """Sends labels and slips of shipments to the hub's printers, while the next labels are bought."""
    print_parcels(shipment_ids=shipment_ids)


@app.task(name="fulfillment.note_recalls", retry=AGAIN)
def note_recalled(lot_ids: list[int]) -> None:
    """Stops the orders that hold units of recalled lots, and lets those go whose lots were released."""
    note_recalls(lot_ids=lot_ids)


@app.periodic(cron="* * * * *")
@app.task(name="fulfillment.look_again", queueing_lock="fulfillment.look_again")
def look_again(timestamp: int) -> None:
    """Every minute: what came in, was packed, or joined a wave, just as a running job had looked past it."""
    states = Order.objects.filter(state__in=[Order.State.RECEIVED, Order.State.PACKED]).order_by()
    for hub_id, state in states.values_list("hub_id", "state").distinct():
        if state == Order.State.RECEIVED:
            enqueue("fulfillment.allocate", once=f"allocate:{hub_id}", hub_id=hub_id)
        elif next_unlabelled(hub_id=hub_id):
            enqueue("fulfillment.label_packed", once=f"labels:{hub_id}", hub_id=hub_id)
    for wave_id in left_unlisted():
        enqueue("fulfillment.replan_wave", once=f"replan:{wave_id}", wave_id=wave_id)


@app.periodic(cron="* * * * *")
@app.task(name="fulfillment.let_completed_go", queueing_lock="fulfillment.let_completed_go")
def let_completed_orders_go(timestamp: int) -> None:
    """Every minute: orders whose customs data came, or whose destination a carrier serves by now."""
    for hub in Hub.objects.all():
        let_completed_go(hub=hub)


@app.periodic(cron="* * * * *")
@app.task(name="fulfillment.follow_inbounds", queueing_lock="fulfillment.follow_inbounds")
def follow_parcels_of_inbounds(timestamp: int) -> None:
    """Every minute: what carriers delivered to the docks by now."""
    follow_inbounds()


@app.periodic(cron="7 * * * *")
@app.task(name="fulfillment.book_daily_pickups", queueing_lock="fulfillment.book_daily_pickups")
def book_todays_pickups(timestamp: int) -> None:
    """Every hour: the day's pick-ups that are not asked for yet."""
    book_daily_pickups()


@app.periodic(cron="23 4 * * *")
@app.task(name="fulfillment.forget_answers", queueing_lock="fulfillment.forget_answers")
def forget_old_answers(timestamp: int) -> None:
    """Every night: answers kept for callers who might have asked again, and no longer will."""
    forget_answers()

"""The first floor's jobs. Each may run twice, and two at once: what they call is safe to call again."""

from procrastinate.contrib.django import app

from warehouses.models import Hub
from warehouses.services.calling_off import expire_inbound, overdue_inbounds
from warehouses.services.cases import answer_by_silence, overdue_cases
from warehouses.services.docking import mark_no_show, overdue_appointments
from warehouses.services.expiring import expire_stock, hubs_with_expired
from warehouses.services.hotness import mark_hot
from warehouses.services.numbering import number_moves, sellers_to_number
from warehouses.services.scheduling import hubs_with_waiting_carts, schedule_carts
from warehouses.services.speeds import learn_speeds


@app.periodic(cron="* * * * *")
@app.task(name="warehouses.mark_hot", queueing_lock="warehouses.mark_hot")
def mark_hot_items(timestamp: int = 0) -> None:
    """Every minute: which items are locked last from now on."""
    mark_hot()


@app.periodic(cron="1,31 * * * *")
@app.task(name="warehouses.expire_stock", queueing_lock="warehouses.expire_stock")
def expire(timestamp: int) -> None:
    """Every half hour, since midnight comes at another time in every zone: goods past their last good day."""
    for hub in hubs_with_expired():
        expire_stock(hub=hub)


@app.periodic(cron="* * * * *")
@app.task(name="warehouses.schedule_carts", queueing_lock="warehouses.schedule_carts")
def schedule(timestamp: int) -> None:
    """Every minute: carts come back sooner or later than was thought; who takes which next is looked at again."""
    for hub in hubs_with_waiting_carts():
        schedule_carts(hub=hub)


@app.periodic(cron="*/5 * * * *")
@app.task(name="warehouses.number_moves", queueing_lock="warehouses.number_moves")
def number(timestamp: int) -> None:
    """Every five minutes: numbers what is new in the ledger, so that readers find little left to do."""
    for seller_id in sellers_to_number():
        number_moves(seller_id=seller_id)


@app.periodic(cron="47 2 * * *")
@app.task(name="warehouses.learn_speeds", queueing_lock="warehouses.learn_speeds")
def learn(timestamp: int) -> None:
    """Every night, when few walk: how fast the pickers of each hub were, for the plans of the day."""
    for hub in Hub.objects.all():
        learn_speeds(hub)


@app.periodic(cron="*/15 * * * *")
@app.task(name="warehouses.answer_overdue_cases", queueing_lock="warehouses.answer_overdue_cases")
def answer_overdue_cases(timestamp: int) -> None:
    """Every quarter of an hour, since midnight comes at another time in every zone: silence answers what is due."""
    for case_id in overdue_cases():
        answer_by_silence(case_id=case_id)


@app.periodic(cron="*/5 * * * *")
@app.task(name="warehouses.mark_no_shows", queueing_lock="warehouses.mark_no_shows")
def mark_no_shows(timestamp: int) -> None:
    """Every five minutes: appointments that are over, though nothing came."""
    for appointment_id in overdue_appointments():
        mark_no_show(appointment_id=appointment_id)


@app.periodic(cron="20 * * * *")
@app.task(name="warehouses.expire_inbounds", queueing_lock="warehouses.expire_inbounds")
def expire_inbounds(timestamp: int) -> None:
    """Every hour, since midnight comes at another time in every zone: inbounds that nobody waits for any longer."""
    for hub in Hub.objects.order_by("pk"):
        for inbound_id in overdue_inbounds(hub):
            expire_inbound(inbound_id=inbound_id)

"""What the worker does for this floor. Every task may run twice, and two at once."""

from procrastinate.contrib.django import app

from warehouses.services.hotness import mark_hot


@app.periodic(cron="* * * * *")
@app.task(name="warehouses.mark_hot", queueing_lock="warehouses.mark_hot")
def mark_hot_items(timestamp: int = 0) -> None:
    """Every minute: which items are locked last from now on."""
    mark_hot()

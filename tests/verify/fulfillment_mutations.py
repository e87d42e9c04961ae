"""Lies about orders, packs and waves. See `mutations`."""

from tests.verify.mutations import BIN_IS_MOVES, IN_LESS_OUT, LIST, MOVE, PROMISE, TASK, drop, lie, one, put

CHARGE, CHARGED = "fulfillment_charge", "settled_case_has_its_charge"
TAKEN_BACK = "counter_charge_takes_back_its_charge"
ADDS_UP = (CHARGE, "charge_amount_is_quantity_times_price")
ORDER, LINE, WAVE = "fulfillment_order", "fulfillment_orderline", "fulfillment_wave"
TOLD = "order_state_is_told_by_its_events"


def of(state: str) -> str:
    """Lines of an order in this state."""
    return f"order_id = {order(state)}"


def order(state: str) -> str:
    """The first order in this state."""
    return one(ORDER, f"state = '{state}'")


def promise(state: str) -> str:
    """Reservations of an order in this state."""
    return f"id IN (SELECT reservation_id FROM {LINE} WHERE {of(state)})"


FULFILLMENT = [
    lie("order_line_has_its_promise", put(LINE, "reservation_id = NULL", of("received"))),
    lie("order_line_has_its_promise", put(LINE, "quantity = quantity + 1", of("backordered"))),
    lie("order_line_adds_up", put(LINE, "cancelled = cancelled + 1", of("backordered"))),
    lie("order_line_adds_up", put(LINE, "shipped = 1", of("packed")), "packing_and_leaving_are_in_the_ledger"),
    lie("order_has_lines", drop(LINE, of("received"))),
    lie(
        "nothing_is_held_for_an_order_that_is_through",
        put(PROMISE, "wanted = wanted + 1", promise("picked")),
        "order_line_has_its_promise",
    ),
    lie(
        "nothing_is_picked_for_an_order_before_its_wave",
        put(ORDER, "state = 'allocated'", "state = 'released'"),
        TOLD,
    ),
    lie("order_on_the_floor_is_in_a_wave", put(ORDER, "wave_id = NULL", "state = 'picked'")),
    lie(
        "order_on_the_floor_has_something_to_fetch",
        drop(TASK, f"closed_at IS NULL AND reservation_id IN (SELECT id FROM {PROMISE} WHERE {promise('released')})"),
        "bin_reserved_is_what_pick_tasks_will_fetch",
        "reservation_is_what_its_tasks_say",
    ),
    lie(TOLD, drop("fulfillment_event", "kind = 'order.shipped'")),
    lie(TOLD, put(ORDER, "state = 'received'", "state = 'backordered'")),
    lie(
        "order_goes_to_a_buyer_of_its_seller",
        put("shipping_address", "tenant_id = {other_seller}", "id IN (SELECT ship_to_id FROM fulfillment_order)"),
    ),
    lie("order_goes_where_its_shipment_goes", put(ORDER, "shipment_id = NULL", "state = 'packed'")),
    lie("parcels_hold_what_was_picked", put("fulfillment_packline", "lot_id = NULL", "lot_id IS NOT NULL")),
    lie(
        "pack_record_is_of_one_order",
        put("fulfillment_packline", f"line_id = {one(LINE, of('received'))}"),
        "parcels_hold_what_was_picked",
        "packing_and_leaving_are_in_the_ledger",
    ),
    lie(
        "packing_and_leaving_are_in_the_ledger",
        drop(MOVE, "kind = 'ship'"),
        BIN_IS_MOVES,
        IN_LESS_OUT,
        "seller_reads_every_move_once_and_in_order",
    ),
    lie("wave_is_the_sum_of_its_carts", put(WAVE, "walk_mm = walk_mm + 1", "state = 'picked'")),
    lie("wave_is_the_sum_of_its_carts", put(LIST, "bound_mm = bound_mm - 1")),
    lie(
        "ended_wave_has_no_open_task",
        put(WAVE, "state = 'picked'", f"id = (SELECT wave_id FROM {ORDER} WHERE id = {order('picking')})"),
    ),
    lie("order_is_of_one_seller", put("fulfillment_event", "seller_id = {other_seller}")),
    lie("intake_loses_no_row", drop("fulfillment_intakerefusal")),
    lie("intake_loses_no_row", put("fulfillment_intakerun", "refused = 2, accepted = 0")),
    lie(CHARGED, drop(CHARGE, "corrects_id IS NULL")),
    lie(CHARGED, put(CHARGE, "occurred_at = occurred_at - interval '1 hour'", "corrects_id IS NULL")),
    lie(CHARGED, put(CHARGE, "amount_cents = amount_cents + 1", "corrects_id IS NULL"), TAKEN_BACK, drops=(ADDS_UP,)),
    lie(CHARGED, put("fulfillment_rate", "price = 0.0851")),
    lie(CHARGED, put("fulfillment_ratecard", "valid_from = valid_from + interval '2 hours'")),
    lie(CHARGED, put("fulfillment_ratecard", "hub_id = {other_hub}")),
    lie(TAKEN_BACK, put(CHARGE, "seller_id = {other_seller}", "corrects_id IS NOT NULL")),
    lie(TAKEN_BACK, put(CHARGE, "quantity = -1, amount_cents = -9", "corrects_id IS NOT NULL"), drops=(ADDS_UP,)),
]

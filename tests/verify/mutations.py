"""Lies in the warehouse's books: one broken row each, by SQL, with triggers and constraints out of the way."""

from dataclasses import dataclass

Constraint = tuple[str, str]
"""A table and the name of a constraint or unique index on it."""


@dataclass(frozen=True)
class Mutation:
    """A lie. `finds` is the invariant it is meant for, `also` those that the same lie breaks as well.

    `drops` are constraints that would not have let it in.
    """

    finds: str
    sql: str
    also: frozenset[str] = frozenset()
    drops: tuple[Constraint, ...] = ()


def lie(finds: str, sql: str, *also: str, drops: tuple[Constraint, ...] = ()) -> Mutation:
    """A mutation, written short."""
    return Mutation(finds, sql, frozenset(also), drops)


def one(table: str, where: str = "true") -> str:
    """The id of the first such row."""
    return f"(SELECT id FROM {table} WHERE {where} ORDER BY id LIMIT 1)"


def put(table: str, change: str, where: str = "true") -> str:
    """Changes the first such row."""
    return f"UPDATE {table} SET {change} WHERE id = {one(table, where)}"


def drop(table: str, where: str = "true") -> str:
    """Deletes the first such row."""
    return f"DELETE FROM {table} WHERE id = {one(table, where)}"


BALANCE, BIN, MOVE = "warehouses_balance", "warehouses_binbalance", "warehouses_move"
PROMISE, TASK, LIST, TOTE = (f"warehouses_{name}" for name in ("reservation", "picktask", "picklist", "carttote"))
LINE, SCAN, PUTAWAY, COUNT = (f"warehouses_{name}" for name in ("cartonline", "receiptscan", "putawaytask", "count"))

CASE, STEP, FINDING = "warehouses_case", "warehouses_caseevent", "warehouses_finding"
APPOINTMENT = "warehouses_appointment"
HAS_A_PLACE = f"id = (SELECT inbound_id FROM {APPOINTMENT} WHERE state = 'booked' LIMIT 1)"
PLACE, NUMBER = "warehouses_bin", "warehouses_movenumber"

SHELVES = "bin_id IN (SELECT id FROM warehouses_bin WHERE kind = 'storage')"
HAS_GOOD_UNITS = f"kind = 'storage' AND id IN (SELECT bin_id FROM {BIN} GROUP BY 1 HAVING sum(on_hand) > 0)"
FREE_ON_SHELF = f"on_hand > reserved AND {SHELVES}"
FREE_IN_HUB = "sellable > reserved AND on_hand > sellable"
ALONE_IN_TOTE = f"id IN (SELECT cart_tote_id FROM {TASK} GROUP BY 1 HAVING count(*) = 1)"
FULL_TOTE = f"freed_at IS NULL AND tote_id IN (SELECT bin_id FROM {BIN} WHERE on_hand > 0)"

UNUSED_TOTE = (
    "(SELECT b.id FROM warehouses_bin b JOIN warehouses_bin p ON p.hub_id = b.hub_id AND p.id = tote_id "
    f"WHERE b.kind = 'tote' AND b.id NOT IN (SELECT tote_id FROM {TOTE} WHERE tote_id IS NOT NULL) LIMIT 1)"
)

BIN_IS_MOVES, BINS_ARE_HUB = "bin_is_the_sum_of_its_moves", "hub_is_the_sum_of_its_bins"
IN_LESS_OUT = "hub_holds_what_came_in_and_did_not_leave"

LEDGER = [
    lie(BIN_IS_MOVES, put(BIN, "on_hand = on_hand + 1", FREE_ON_SHELF), BINS_ARE_HUB),
    lie(BIN_IS_MOVES, put(BIN, "on_hand = on_hand - 1", FREE_ON_SHELF), BINS_ARE_HUB),
    lie(BIN_IS_MOVES, drop(BIN, "on_hand > 0 AND condition = 'damaged' AND reserved = 0"), BINS_ARE_HUB),
    lie(IN_LESS_OUT, put(BALANCE, "on_hand = on_hand + 1", FREE_IN_HUB), BINS_ARE_HUB),
    lie(IN_LESS_OUT, drop(MOVE, "kind = 'count' AND from_bin_id IS NULL"), BIN_IS_MOVES),
    lie(BINS_ARE_HUB, put(BALANCE, "sellable = sellable - 1", FREE_IN_HUB)),
    lie("good_units_are_blocked_where_their_lot_or_bin_is", put(PLACE, "blocked_at = now()", HAS_GOOD_UNITS)),
    lie("good_units_are_blocked_where_their_lot_or_bin_is", put("warehouses_lot", "blocked_at = now()")),
    lie("seller_reads_every_move_once_and_in_order", put(NUMBER, "number = number + 1000", "number > 1")),
    lie(
        "seller_reads_every_move_once_and_in_order",
        drop(NUMBER, "number > 1"),
        "no_move_is_passed_over_by_its_numbering",
    ),
    lie("seller_reads_every_move_once_and_in_order", put(NUMBER, "seller_id = {other_seller}, number = 1000")),
    lie("no_move_is_passed_over_by_its_numbering", drop(NUMBER, f"id = (SELECT max(id) FROM {NUMBER})")),
    lie(
        "move_stays_in_one_hub",
        put(
            MOVE,
            "from_bin_id = (SELECT id FROM warehouses_bin WHERE hub_id = {other_hub} AND kind = 'quarantine')",
            "kind = 'pack'",
        ),
        BIN_IS_MOVES,
    ),
    lie("lot_is_of_its_sku", put(COUNT, "lot_id = (SELECT id FROM warehouses_lot LIMIT 1)")),
]

PROMISES = [
    lie(
        "hub_never_promises_more_than_it_has",
        put(BALANCE, "reserved = sellable + 1", FREE_IN_HUB),
        "hub_reserved_is_what_reservations_hold",
        drops=((BALANCE, "balance_never_oversold"),),
    ),
    lie(
        "bin_never_promises_more_than_it_has",
        put(BIN, "reserved = on_hand + 1", FREE_ON_SHELF),
        "bin_reserved_is_what_pick_tasks_will_fetch",
        drops=((BIN, "bin_never_oversold"),),
    ),
    lie("hub_reserved_is_what_reservations_hold", put(BALANCE, "reserved = reserved + 1", FREE_IN_HUB)),
    lie("bin_reserved_is_what_pick_tasks_will_fetch", put(BIN, "reserved = reserved + 1", FREE_ON_SHELF)),
    lie(
        "reservation_adds_up",
        put(PROMISE, "cancelled = wanted", "held > 0 AND picked = 0 AND assigned = 0"),
        "order_line_adds_up",
        drops=((PROMISE, "reservation_adds_up"),),
    ),
    lie("reservation_is_what_its_tasks_say", put(PROMISE, "assigned = assigned - 1", "assigned > 0")),
]

WORK = [
    lie(
        "pick_task_adds_up",
        put(TASK, "closed_at = NULL", "closed_at IS NOT NULL"),
        "ended_walk_has_nothing_left_to_fetch",
        "nothing_is_held_for_an_order_that_is_through",
        "ended_wave_has_no_open_task",
    ),
    lie(
        "pick_task_adds_up",
        put(TASK, "quantity = quantity - 1", "picked = quantity AND quantity > 1"),
        drops=((TASK, "pick_task_adds_up"),),
    ),
    lie("picks_are_in_the_ledger", put(MOVE, "reservation_id = NULL", "kind = 'pick'")),
    lie("pick_task_fetches_what_was_promised", put(TOTE, "demand_group = 'nobody'", ALONE_IN_TOTE)),
    lie(
        "ended_walk_has_nothing_left_to_fetch",
        put(LIST, "state = 'picked'", "state = 'picking'"),
        "emptied_tote_is_free",
    ),
    lie("ended_walk_has_nothing_left_to_fetch", put(LIST, "state = 'picking'", "state = 'picked'")),
    lie("pick_task_fetches_what_was_promised", put(TOTE, "demand_group = ''", FULL_TOTE)),
    lie("tote_with_goods_is_on_a_cart", put(TOTE, "freed_at = now()", FULL_TOTE)),
    lie("emptied_tote_is_free", put(TOTE, f"freed_at = NULL, tote_id = {UNUSED_TOTE}", "freed_at IS NOT NULL")),
    lie("count_is_in_the_ledger", put(COUNT, "counted = counted + 1")),
    lie("count_is_in_the_ledger", put(COUNT, "state = 'open'")),
]

INBOUND = [
    lie(
        "carton_conserves_units",
        put(LINE, "missing = missing + 1", "is_closed"),
        "difference_has_its_case",
        drops=((LINE, "carton_line_conserves_units"),),
    ),
    lie("carton_conserves_units", put(LINE, "surplus = 1", "NOT is_closed")),
    lie("carton_stands_on_a_pallet_of_its_inbound", put("warehouses_carton", "pallet_id = NULL", "pallet_id > 0")),
    lie("carton_stands_on_a_pallet_of_its_inbound", put("warehouses_inbound", "freight = 'pallet'")),
    lie("carton_line_is_the_sum_of_its_scans", put(LINE, "good = good + 1, missing = missing - 1", "missing > 0"),
        "difference_has_its_case"),
    lie("dock_scan_is_in_the_ledger", put(SCAN, "quantity = quantity + 1"), "carton_line_is_the_sum_of_its_scans"),
    lie("dock_scan_is_in_the_ledger", put(MOVE, "source = 'receipt:nobody'", "kind = 'receive'")),
    lie("putaway_is_in_the_ledger", put(MOVE, "kind = 'pack'", "kind = 'putaway'")),
    lie(
        "putaway_is_in_the_ledger",
        put(PUTAWAY, "state = 'proposed'", "state = 'done' AND work_ref IN (SELECT number FROM warehouses_inbound "
            "WHERE state <> 'closed')"),
    ),
    lie("putaway_is_what_was_counted", put(PUTAWAY, "quantity = quantity + 1", "state = 'proposed'")),
    lie(
        "inbound_is_as_far_as_its_cartons",
        put("warehouses_inbound", "state = 'cancelled'", "state = 'closed'"),
    ),
    lie("goods_belong_to_one_seller", put("warehouses_barcode", "seller_id = {other_seller}")),
    lie("work_stays_in_its_hub", put(COUNT, "hub_id = {other_hub}")),
]  # fmt: skip

CASES = [
    lie("undo_takes_back_what_was_scanned", put(FINDING, "code = 'something else'", "undoes_id IS NOT NULL")),
    lie("undo_takes_back_what_was_scanned", put(SCAN, f"line_id = {one(LINE)}", "undoes_id IS NOT NULL"),
        "carton_line_is_the_sum_of_its_scans", "dock_scan_is_in_the_ledger"),
    lie("dock_scan_is_in_the_ledger", drop(SCAN, "undoes_id IS NOT NULL"), "carton_line_is_the_sum_of_its_scans"),
    lie("difference_has_its_case", drop(CASE, "state = 'open'")),
    lie("difference_has_its_case", put(CASE, "units = units + 1", "state = 'open'")),
    lie("difference_has_its_case", drop(FINDING, "undoes_id IS NULL")),
    lie("case_is_of_its_cartons_seller", put(CASE, "seller_id = {other_seller}")),
    lie("case_is_of_its_cartons_seller", put(CASE, "inbound_id = inbound_id + 1", "kind = 'unknown'")),
    lie(
        "case_is_of_its_cartons_seller",
        put(CASE, "book_lot_id = (SELECT id FROM warehouses_lot LIMIT 1)", "choice = 'book_to'"),
        "settled_case_moved_its_units",
    ),
    lie("settled_case_moved_its_units", put(CASE, "instruction_id = NULL", "choice = 'dispose'")),
    lie(
        "settled_case_moved_its_units",
        put(CASE, "choice = 'accept'", "choice = 'dispose'"),
        "settled_case_has_its_charge",
    ),
    lie(
        "closed_inbound_has_no_unsettled_case",
        put("warehouses_inbound", "state = 'closed'", f"id IN (SELECT inbound_id FROM {CASE} WHERE kind = 'unknown')"),
    ),
    lie("case_tells_its_story", drop(STEP, "what = 'settled'")),
    lie("case_tells_its_story", drop(STEP, "what = 'opened'")),
    lie("case_tells_its_story", put(CASE, "by_silence = true", "state = 'resolved'")),
]  # fmt: skip

DOCKING = [
    lie("dock_is_not_overbooked", put(APPOINTMENT, "load = 7", "state = 'booked'")),
    lie("appointment_is_of_its_inbound", put(APPOINTMENT, "seller_id = {other_seller}")),
    lie("appointment_is_of_its_inbound", put("warehouses_dockdoor", "hub_id = {other_hub}")),
    lie("appointment_is_of_its_inbound", put("warehouses_dockdoor", "freight = 'parcel'")),
    lie("appointment_is_as_far_as_its_inbound", put(APPOINTMENT, "state = 'booked'", "state = 'done'")),
    lie("appointment_is_as_far_as_its_inbound", put("warehouses_inbound", "state = 'expired'", HAS_A_PLACE)),
    lie("appointment_is_as_far_as_its_inbound", put(APPOINTMENT, "state = 'arrived'", "state = 'done'")),
    lie("appointment_is_as_far_as_its_inbound", put(APPOINTMENT, "state = 'arrived'", "state = 'booked'")),
    lie("appointment_is_as_far_as_its_inbound", put(APPOINTMENT, "state = 'done'", "state = 'arrived'")),
]

MEASURING = [
    lie("item_is_as_measured_last", put("warehouses_sku", "weight_g = weight_g + 1", "measured_at IS NOT NULL")),
    lie("item_is_as_measured_last", put("warehouses_sku", "height_mm = height_mm + 1", "measured_at IS NOT NULL")),
    lie(
        "item_is_as_measured_last",
        put("warehouses_sku", "measured_at = measured_at - interval '1 s'", "measured_at IS NOT NULL"),
    ),
    lie(
        "item_is_as_measured_last",
        "DELETE FROM warehouses_measurement WHERE id = (SELECT max(id) FROM warehouses_measurement)",
    ),
    lie("measurement_is_of_its_item", put("warehouses_measurement", "seller_id = {other_seller}")),
    lie("measurement_is_of_its_item", put("warehouses_measurement", "weight_g = weight_g + 1")),
]

WAREHOUSES = [*LEDGER, *PROMISES, *WORK, *INBOUND, *CASES, *DOCKING, *MEASURING]

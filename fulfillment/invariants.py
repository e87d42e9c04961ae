"""What must be true of orders, waves, packs and charges at any moment. Run by `manage.py verify`."""

from foundation.invariants import Invariant
from fulfillment.invariants_of_charges import CHARGES

_LINES = (
    Invariant(
        name="order_line_has_its_promise",
        promise="Each order line has one reservation: of its SKU, its quantity, its order's hub and number.",
        sql="""
            SELECT l.id AS order_line_id, l.quantity, r.id AS reservation_id, r.wanted, r.sku_id, r.hub_id,
                   r.demand_group
            FROM fulfillment_orderline l
            JOIN fulfillment_order o ON o.id = l.order_id
            LEFT JOIN warehouses_reservation r ON r.id = l.reservation_id
            WHERE (r.wanted, r.sku_id, r.hub_id, r.demand_group)
                  IS DISTINCT FROM (l.quantity, l.sku_id, o.hub_id, o.number::varchar)
        """,
    ),
    Invariant(
        name="order_line_adds_up",
        promise="A line's units are open, held, picked, shipped or cancelled, each exactly once.",
        sql="""
            SELECT l.id AS order_line_id, o.state, l.quantity, l.cancelled, l.shipped, r.held, r.picked,
                   r.cancelled AS promise_cancelled
            FROM fulfillment_orderline l
            JOIN fulfillment_order o ON o.id = l.order_id
            LEFT JOIN warehouses_reservation r ON r.id = l.reservation_id
            WHERE l.quantity < l.cancelled + l.shipped
               OR l.cancelled <> coalesce(r.cancelled, l.cancelled)
               OR (o.state IN ('shipped', 'delivered', 'returned')
                   AND (l.shipped <> l.quantity - l.cancelled OR l.shipped <> coalesce(r.picked, 0)))
               OR (o.state NOT IN ('shipped', 'delivered', 'returned') AND l.shipped <> 0)
               OR (o.state = 'cancelled' AND l.cancelled <> l.quantity)
        """,
    ),
    Invariant(
        name="order_has_lines",
        promise="No order is empty.",
        sql="""
            SELECT o.id AS order_id, o.number, o.state FROM fulfillment_order o
            WHERE NOT EXISTS (SELECT FROM fulfillment_orderline l WHERE l.order_id = o.id)
        """,
    ),
)

_STATES = (
    Invariant(
        name="nothing_is_held_for_an_order_that_is_through",
        promise="An order that is picked, packed, gone or cancelled holds, awaits and fetches no unit any more.",
        sql="""
            SELECT o.id AS order_id, o.state, r.id AS reservation_id, r.wanted, r.held, r.picked, r.cancelled
            FROM fulfillment_order o
            JOIN fulfillment_orderline l ON l.order_id = o.id
            JOIN warehouses_reservation r ON r.id = l.reservation_id
            WHERE o.state IN ('picked', 'packed', 'shipped', 'delivered', 'returned', 'cancelled')
              AND (r.held <> 0 OR r.wanted <> r.picked + r.cancelled
                   OR EXISTS (SELECT FROM warehouses_picktask t
                              WHERE t.reservation_id = r.id AND t.closed_at IS NULL))
        """,
    ),
    Invariant(
        name="nothing_is_picked_for_an_order_before_its_wave",
        promise="An order that was never released has no unit picked and no pick task open.",
        sql="""
            SELECT o.id AS order_id, o.state, r.id AS reservation_id, r.picked, r.assigned
            FROM fulfillment_order o
            JOIN fulfillment_orderline l ON l.order_id = o.id
            JOIN warehouses_reservation r ON r.id = l.reservation_id
            WHERE o.state IN ('received', 'on_hold', 'backordered', 'allocated') AND (r.picked <> 0 OR r.assigned <> 0)
        """,
    ),
    Invariant(
        name="order_on_the_floor_is_in_a_wave",
        promise="An order that is released or further is in a wave of its hub; a cancelled one may be.",
        sql="""
            SELECT o.id AS order_id, o.state, o.hub_id, o.wave_id, w.hub_id AS wave_hub_id
            FROM fulfillment_order o LEFT JOIN fulfillment_wave w ON w.id = o.wave_id
            WHERE w.hub_id <> o.hub_id
               OR (o.state NOT IN ('received', 'on_hold', 'backordered', 'allocated', 'cancelled')
                   AND o.wave_id IS NULL)
        """,
    ),
    Invariant(
        name="order_on_the_floor_has_something_to_fetch",
        promise="An order that is released or being picked has an open pick task, or its hold says what it waits for.",
        sql="""
            SELECT o.id AS order_id, o.number, o.state, o.hold, w.number AS wave, w.state AS wave_state
            FROM fulfillment_order o LEFT JOIN fulfillment_wave w ON w.id = o.wave_id
            WHERE o.state IN ('released', 'picking') AND o.hold = ''
              AND NOT EXISTS (SELECT FROM fulfillment_orderline l
                              JOIN warehouses_picktask t ON t.reservation_id = l.reservation_id
                              WHERE l.order_id = o.id AND t.closed_at IS NULL)
        """,
    ),
    Invariant(
        name="order_state_is_told_by_its_events",
        promise="The last event about an order's progress is the one its state needs.",
        sql="""
            WITH told AS (
                SELECT DISTINCT ON (order_id) order_id, kind
                FROM fulfillment_event
                WHERE kind IN ('order.received', 'order.on_hold', 'order.resumed', 'order.requeued', 'order.allocated',
                               'order.backordered', 'order.released', 'order.picking', 'order.picked', 'order.packed',
                               'order.shipped', 'order.delivered', 'order.returned', 'order.cancelled')
                ORDER BY order_id, id DESC
            )
            SELECT o.id AS order_id, o.state, t.kind AS last_event
            FROM fulfillment_order o LEFT JOIN told t ON t.order_id = o.id
            WHERE t.kind IS DISTINCT FROM 'order.' || o.state
              AND NOT (o.state = 'received' AND coalesce(t.kind, '') IN ('order.resumed', 'order.requeued'))
              AND NOT (o.state = 'picking' AND t.kind IS NOT DISTINCT FROM 'order.released')
        """,
    ),
    Invariant(
        name="order_goes_to_a_buyer_of_its_seller",
        promise="The address of an order is marked with the order's seller: nobody else's door shows it.",
        sql="""
            SELECT o.id AS order_id, o.seller_id, a.id AS address_id, a.tenant_id
            FROM fulfillment_order o JOIN shipping_address a ON a.id = o.ship_to_id
            WHERE a.tenant_id IS DISTINCT FROM o.seller_id
        """,
    ),
    Invariant(
        name="order_goes_where_its_shipment_goes",
        promise="An order's shipment is its own, from its hub to its address; from packed on it has one.",
        sql="""
            SELECT o.id AS order_id, o.state, o.shipment_id, s.reference, s.site
            FROM fulfillment_order o
            JOIN warehouses_hub h ON h.id = o.hub_id
            LEFT JOIN shipping_shipment s ON s.id = o.shipment_id
            WHERE (s.id IS NULL AND o.state IN ('packed', 'shipped', 'delivered', 'returned'))
               OR s.reference <> o.number OR s.site <> h.code OR s.ship_to_id <> o.ship_to_id
        """,
    ),
)

_PACKS = (
    Invariant(
        name="parcels_hold_what_was_picked",
        promise="The units in an order's parcels are those that were picked for it, line by line and lot by lot.",
        sql="""
            WITH packed AS (
                SELECT pl.line_id, pl.lot_id, sum(pl.quantity) AS units
                FROM fulfillment_packline pl GROUP BY pl.line_id, pl.lot_id
            ), picked AS (
                SELECT l.id AS line_id, t.lot_id, sum(t.picked) AS units
                FROM fulfillment_pack p
                JOIN fulfillment_orderline l ON l.order_id = p.order_id
                JOIN warehouses_picktask t ON t.reservation_id = l.reservation_id
                WHERE t.picked > 0
                GROUP BY l.id, t.lot_id
            )
            SELECT coalesce(a.line_id, b.line_id) AS order_line_id, coalesce(a.lot_id, b.lot_id) AS lot_id,
                   a.units AS packed, b.units AS picked
            FROM packed a
            FULL JOIN picked b ON b.line_id = a.line_id AND coalesce(b.lot_id, 0) = coalesce(a.lot_id, 0)
            WHERE coalesce(a.units, 0) <> coalesce(b.units, 0)
        """,
    ),
    Invariant(
        name="pack_record_is_of_one_order",
        promise="A pack record's lines and parcels are those of its order, and there is one from packed on.",
        sql="""
            SELECT 'line' AS what, pl.id AS row_id, p.order_id FROM fulfillment_packline pl
            JOIN fulfillment_pack p ON p.id = pl.pack_id
            JOIN fulfillment_order o ON o.id = p.order_id
            JOIN fulfillment_orderline l ON l.id = pl.line_id
            JOIN shipping_parcel c ON c.id = pl.parcel_id
            JOIN shipping_shipment s ON s.id = c.shipment_id
            WHERE l.order_id <> p.order_id OR s.reference <> o.number
            UNION ALL
            SELECT 'order', o.id, o.id FROM fulfillment_order o LEFT JOIN fulfillment_pack p ON p.order_id = o.id
            WHERE (o.state IN ('packed', 'shipped', 'delivered', 'returned')) <> (p.id IS NOT NULL)
        """,
    ),
    Invariant(
        name="packing_and_leaving_are_in_the_ledger",
        promise="Units packed for a line moved to the dispatch dock; once shipped, as many left the building.",
        sql="""
            WITH moved AS (
                SELECT reservation_id, sum(quantity) FILTER (WHERE kind = 'pack') AS packed,
                       sum(quantity) FILTER (WHERE kind = 'ship') AS shipped
                FROM warehouses_move WHERE kind IN ('pack', 'ship') GROUP BY reservation_id
            ), packs AS (
                SELECT line_id, sum(quantity) AS units FROM fulfillment_packline GROUP BY line_id
            )
            SELECT l.id AS order_line_id, o.state, k.units AS in_parcels, m.packed, l.shipped, m.shipped AS gone
            FROM fulfillment_orderline l
            JOIN fulfillment_order o ON o.id = l.order_id
            LEFT JOIN packs k ON k.line_id = l.id
            LEFT JOIN moved m ON m.reservation_id = l.reservation_id
            WHERE coalesce(k.units, 0) <> coalesce(m.packed, 0) OR l.shipped <> coalesce(m.shipped, 0)
        """,
    ),
)

_WAVES = (
    Invariant(
        name="wave_is_the_sum_of_its_carts",
        promise="A released wave's walk and its bound are the sums over its pick lists.",
        sql="""
            SELECT w.id AS wave_id, w.state, w.walk_mm, coalesce(sum(l.walk_mm), 0) AS carts_walk_mm,
                   w.bound_mm, coalesce(sum(l.bound_mm), 0) AS carts_bound_mm
            FROM fulfillment_wave w LEFT JOIN warehouses_picklist l ON l.work_ref = w.number
            WHERE w.state <> 'planned'
            GROUP BY w.id, w.state, w.walk_mm, w.bound_mm
            HAVING w.walk_mm <> coalesce(sum(l.walk_mm), 0) OR w.bound_mm <> coalesce(sum(l.bound_mm), 0)
        """,
    ),
    Invariant(
        name="ended_wave_has_no_open_task",
        promise="Nothing is left to fetch for a wave that is picked, and its tasks serve orders of its hub.",
        sql="""
            SELECT w.id AS wave_id, w.state, t.id AS pick_task_id
            FROM warehouses_picktask t
            JOIN fulfillment_wave w ON w.number = t.work_ref
            JOIN warehouses_reservation r ON r.id = t.reservation_id
            WHERE (w.state = 'picked' AND t.closed_at IS NULL) OR r.hub_id <> w.hub_id
        """,
    ),
)

_TENANTS = (
    Invariant(
        name="order_is_of_one_seller",
        promise="An order's SKUs, events and intake belong to its seller.",
        sql="""
            SELECT 'line' AS what, l.id AS row_id, o.seller_id, s.seller_id AS other_seller_id
            FROM fulfillment_orderline l
            JOIN fulfillment_order o ON o.id = l.order_id
            JOIN warehouses_sku s ON s.id = l.sku_id
            WHERE s.seller_id <> o.seller_id
            UNION ALL
            SELECT 'event', e.id, e.seller_id, coalesce(o.seller_id, i.seller_id)
            FROM fulfillment_event e
            LEFT JOIN fulfillment_order o ON o.id = e.order_id
            LEFT JOIN warehouses_inbound i ON i.id = e.inbound_id
            WHERE e.seller_id <> o.seller_id OR e.seller_id <> i.seller_id
        """,
    ),
    Invariant(
        name="intake_loses_no_row",
        promise="Every row of a file that was read to its end is an order line, a duplicate or a kept refusal.",
        sql="""
            SELECT r.id AS run_id, r.read, r.accepted, r.duplicate, r.refused, count(f.id) AS refusals
            FROM fulfillment_intakerun r LEFT JOIN fulfillment_intakerefusal f ON f.run_id = r.id
            WHERE r.finished_at IS NOT NULL
            GROUP BY r.id
            HAVING r.read <> r.accepted + r.duplicate + r.refused OR r.refused <> count(f.id)
        """,
    ),
)

INVARIANTS: tuple[Invariant, ...] = (*_LINES, *_STATES, *_PACKS, *_WAVES, *_TENANTS, *CHARGES)

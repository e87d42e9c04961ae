"""Appointments at the dock: no place is given away twice, and none says else than its inbound."""

from foundation.invariants import Invariant

DOCKING: tuple[Invariant, ...] = (
    Invariant(
        name="dock_is_not_overbooked",
        promise="At no moment is more booked at a door than a slot of it took when that was booked.",
        sql="""
            SELECT a.id AS appointment_id, a.door_id, a.starts_at, sum(least(b.load, b.slot_capacity)) AS booked,
                   max(b.slot_capacity) AS capacity
            FROM warehouses_appointment a
            JOIN warehouses_appointment b
              ON b.door_id = a.door_id AND b.starts_at <= a.starts_at AND a.starts_at < b.ends_at
            WHERE a.state IN ('booked', 'arrived', 'done') AND b.state IN ('booked', 'arrived', 'done')
            GROUP BY a.id
            HAVING sum(least(b.load, b.slot_capacity)) > max(b.slot_capacity)
        """,
    ),
    Invariant(
        name="appointment_is_of_its_inbound",
        promise="An appointment is its inbound's seller's, at a door of its hub that takes its freight.",
        sql="""
            SELECT a.id AS appointment_id, a.seller_id, i.seller_id AS inbound_seller_id, d.hub_id,
                   i.hub_id AS inbound_hub_id, d.freight, i.freight AS inbound_freight
            FROM warehouses_appointment a
            JOIN warehouses_inbound i ON i.id = a.inbound_id
            JOIN warehouses_dockdoor d ON d.id = a.door_id
            WHERE (a.seller_id, d.hub_id, d.freight) <> (i.seller_id, i.hub_id, i.freight)
        """,
    ),
    Invariant(
        name="appointment_is_as_far_as_its_inbound",
        promise="An appointment is booked while its inbound is coming, arrived until all is counted, and done then.",
        sql="""
            SELECT a.id AS appointment_id, a.state, i.id AS inbound_id, i.state AS inbound_state
            FROM warehouses_appointment a JOIN warehouses_inbound i ON i.id = a.inbound_id
            WHERE (a.state = 'booked' AND i.state NOT IN ('planned', 'in_transit'))
               OR (a.state = 'arrived' AND i.state NOT IN ('arrived', 'receiving'))
               OR (a.state = 'done' AND i.state NOT IN ('received', 'closed'))
        """,
    ),
)

"""Measures: what the hubs go by is what was measured last, or what was declared."""

from foundation.invariants import Invariant

MEASURING: tuple[Invariant, ...] = (
    Invariant(
        name="item_is_as_measured_last",
        promise="An item's measures are those of its last measurement; without one nothing was measured.",
        sql="""
            SELECT s.id AS sku_id, s.measured_at, m.id AS measurement_id
            FROM warehouses_sku s
            LEFT JOIN LATERAL (
                SELECT * FROM warehouses_measurement m WHERE m.sku_id = s.id ORDER BY m.id DESC LIMIT 1
            ) m ON true
            WHERE (m.id IS NOT NULL OR s.measured_at IS NOT NULL)
              AND (m.measured_at, m.weight_g, m.length_mm, m.width_mm, m.height_mm)
                  IS DISTINCT FROM (s.measured_at, s.weight_g, s.length_mm, s.width_mm, s.height_mm)
        """,
    ),
    Invariant(
        name="measurement_is_of_its_item",
        promise="A measurement is its item's seller's, and one unit's weight is its share of the scale's.",
        sql="""
            SELECT m.id AS measurement_id, m.seller_id, s.seller_id AS item_seller_id, m.weight_g, m.scale_g, m.units
            FROM warehouses_measurement m JOIN warehouses_sku s ON s.id = m.sku_id
            WHERE m.seller_id <> s.seller_id OR m.weight_g <> greatest(1, (2 * m.scale_g + m.units) / (2 * m.units))
        """,
    ),
)

"""Whose goods, and in which hub: nothing is mixed."""

from foundation.invariants import Invariant

BELONGING: tuple[Invariant, ...] = (
    Invariant(
        name="goods_belong_to_one_seller",
        promise="A barcode's seller is its SKU's, and a carton's SKUs are the inbound's seller's.",
        sql="""
            SELECT 'barcode' AS in_table, b.id AS row_id, b.seller_id, s.seller_id AS sku_seller_id
            FROM warehouses_barcode b JOIN warehouses_sku s ON s.id = b.sku_id WHERE b.seller_id <> s.seller_id
            UNION ALL
            SELECT 'cartonline', l.id, i.seller_id, s.seller_id
            FROM warehouses_cartonline l
            JOIN warehouses_carton c ON c.id = l.carton_id
            JOIN warehouses_inbound i ON i.id = c.inbound_id
            JOIN warehouses_sku s ON s.id = l.sku_id
            WHERE i.seller_id <> s.seller_id
        """,
    ),
    Invariant(
        name="work_stays_in_its_hub",
        promise="Zones, putaway tasks, counts and totes name bins of their own hub.",
        sql="""
            SELECT 'bin' AS in_table, b.id AS row_id, b.hub_id, z.hub_id AS other_hub_id
            FROM warehouses_bin b JOIN warehouses_zone z ON z.id = b.zone_id WHERE z.hub_id <> b.hub_id
            UNION ALL
            SELECT 'putawaytask', t.id, t.hub_id, b.hub_id
            FROM warehouses_putawaytask t JOIN warehouses_bin b ON b.id IN (t.from_bin_id, t.to_bin_id)
            WHERE b.hub_id <> t.hub_id
            UNION ALL
            SELECT 'count', c.id, c.hub_id, b.hub_id
            FROM warehouses_count c JOIN warehouses_bin b ON b.id = c.bin_id WHERE b.hub_id <> c.hub_id
            UNION ALL
            SELECT 'carttote', c.id, l.hub_id, b.hub_id
            FROM warehouses_carttote c
            JOIN warehouses_picklist l ON l.id = c.pick_list_id
            JOIN warehouses_bin b ON b.id = c.tote_id
            WHERE b.hub_id <> l.hub_id OR b.kind <> 'tote'
        """,
    ),
)

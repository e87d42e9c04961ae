"""What must be true of shipments, labels and hand-overs at any moment. Run by `manage.py verify`."""

from foundation.invariants import Invariant

_NET_LOADS = """
    SELECT s.id, s.parcel_id, s.trailer_id FROM shipping_loadscan s
    WHERE s.refusal = '' AND s.undoes_id IS NULL
      AND NOT EXISTS (SELECT FROM shipping_loadscan u WHERE u.undoes_id = s.id)
"""
"""Scans onto a trailer that were neither refused nor taken back."""

INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        name="one_active_label_per_parcel",
        promise="A parcel has at most one label that is bought or being bought.",
        sql="""
            SELECT parcel_id, count(*) AS alive FROM shipping_labelpurchase
            WHERE state IN ('intended', 'bought') GROUP BY parcel_id HAVING count(*) > 1
        """,
    ),
    Invariant(
        name="one_parcel_per_tracking_number",
        promise="A carrier's tracking number is on one parcel.",
        sql="""
            SELECT carrier_id, tracking_no, count(*) AS parcels FROM shipping_parcel
            WHERE tracking_no <> '' GROUP BY carrier_id, tracking_no HAVING count(*) > 1
        """,
    ),
    Invariant(
        name="labelled_parcel_owns_its_label",
        promise="A parcel is labelled exactly if a label was bought for it, with the same tracking number.",
        sql="""
            WITH owned AS (
                SELECT parcel_id, max(tracking_no) AS tracking_no, bool_or(state = 'bought') AS is_bought
                FROM shipping_labelpurchase WHERE state IN ('bought', 'voided') GROUP BY parcel_id
            )
            SELECT p.id AS parcel_id, p.tracking_no, p.labelled_at, p.voided_at, o.tracking_no AS bought_tracking_no
            FROM shipping_parcel p LEFT JOIN owned o ON o.parcel_id = p.id
            WHERE (p.labelled_at IS NOT NULL AND p.tracking_no IS DISTINCT FROM o.tracking_no)
               OR (p.labelled_at IS NOT NULL AND p.voided_at IS NULL AND o.is_bought IS NOT TRUE)
               OR (p.labelled_at IS NULL AND o.is_bought)
        """,
    ),
    Invariant(
        name="shipment_beyond_draft_is_labelled",
        promise="Every parcel of a shipment that is neither a draft nor cancelled has its label.",
        sql="""
            SELECT s.id AS shipment_id, s.state, p.id AS parcel_id
            FROM shipping_shipment s JOIN shipping_parcel p ON p.shipment_id = s.id
            WHERE s.state NOT IN ('draft', 'cancelled') AND p.labelled_at IS NULL AND p.voided_at IS NULL
            UNION ALL
            SELECT s.id, s.state, NULL FROM shipping_shipment s
            WHERE NOT EXISTS (SELECT FROM shipping_parcel p WHERE p.shipment_id = s.id)
        """,
    ),
    Invariant(
        name="shipment_is_where_its_last_change_says",
        promise="A shipment's state is the one its last recorded change led to, and the changes form a chain.",
        sql="""
            WITH chain AS (
                SELECT id, shipment_id, from_state, to_state,
                       lag(to_state, 1, 'draft') OVER (PARTITION BY shipment_id ORDER BY id) AS before,
                       row_number() OVER (PARTITION BY shipment_id ORDER BY id DESC) AS age
                FROM shipping_shipmentchange
            )
            SELECT s.id AS shipment_id, s.state, c.id AS change_id, c.from_state, c.to_state, c.before
            FROM shipping_shipment s LEFT JOIN chain c ON c.shipment_id = s.id
            WHERE c.from_state <> c.before
               OR (c.age = 1 AND c.to_state <> s.state)
               OR (c.id IS NULL AND s.state <> 'draft')
        """,
    ),
    Invariant(
        name="handed_over_means_scanned",
        promise="A parcel on a handed-over manifest has our hand-over scan, unless it was voided.",
        sql="""
            SELECT p.id AS parcel_id, p.tracking_no, m.number AS manifest
            FROM shipping_parcel p JOIN shipping_manifest m ON m.id = p.manifest_id
            WHERE m.state = 'handed_over' AND p.voided_at IS NULL
              AND NOT EXISTS (
                  SELECT FROM shipping_trackingscan t
                  WHERE t.carrier_id = p.carrier_id AND t.tracking_no = p.tracking_no AND t.source = 'hub'
              )
        """,
    ),
    Invariant(
        name="manifest_is_of_one_hub_and_carrier",
        promise="A manifest's parcels are labelled, of its carrier, and sent from its hub.",
        sql="""
            SELECT p.id AS parcel_id, p.manifest_id, p.carrier_id, s.site, m.carrier_id AS manifest_carrier_id,
                   m.site AS manifest_site
            FROM shipping_parcel p
            JOIN shipping_manifest m ON m.id = p.manifest_id
            JOIN shipping_shipment s ON s.id = p.shipment_id
            WHERE p.carrier_id <> m.carrier_id OR s.site <> m.site OR p.labelled_at IS NULL
        """,
    ),
    Invariant(
        name="parcel_is_where_its_load_scans_say",
        promise="A parcel is on the trailer onto which it was scanned and not taken off, and on no other.",
        sql=f"""
            WITH net AS ({_NET_LOADS}),
            held AS (
                SELECT parcel_id, count(*) AS scans, max(trailer_id) AS trailer_id FROM net GROUP BY parcel_id
            )
            SELECT p.id AS parcel_id, p.tracking_no, p.trailer_id, h.trailer_id AS scanned_onto, h.scans
            FROM shipping_parcel p LEFT JOIN held h ON h.parcel_id = p.id
            WHERE h.scans > 1 OR p.trailer_id IS DISTINCT FROM h.trailer_id
        """,  # noqa: S608 - a constant of this module
    ),
    Invariant(
        name="no_parcel_on_two_departed_trailers",
        promise="A parcel has left with one trailer.",
        sql=f"""
            WITH net AS ({_NET_LOADS})
            SELECT n.parcel_id, count(*) AS trailers
            FROM net n JOIN shipping_trailer t ON t.id = n.trailer_id WHERE t.state = 'departed'
            GROUP BY n.parcel_id HAVING count(*) > 1
        """,  # noqa: S608 - a constant of this module
    ),
    Invariant(
        name="departed_trailer_is_on_paper",
        promise="A departed trailer has a handed-over manifest of its hub and carrier, with just the parcels on it.",
        sql="""
            SELECT t.id AS trailer_id, t.plate, m.number AS manifest, m.state, p.id AS parcel_id
            FROM shipping_trailer t
            LEFT JOIN shipping_manifest m ON m.trailer_id = t.id
            LEFT JOIN shipping_parcel p ON p.trailer_id = t.id OR p.manifest_id = m.id
            WHERE t.state = 'departed'
              AND (m.state IS DISTINCT FROM 'handed_over' OR m.site <> t.site OR m.carrier_id <> t.carrier_id
                   OR p.trailer_id IS DISTINCT FROM t.id OR p.manifest_id IS DISTINCT FROM m.id)
        """,
    ),
    Invariant(
        name="required_load_scans_are_there",
        promise="Where load scans are required, a handed-over parcel has exactly one that counts, on its trailer.",
        sql=f"""
            WITH net AS ({_NET_LOADS})
            SELECT p.id AS parcel_id, p.tracking_no, m.number AS manifest, count(n.id) AS scans
            FROM shipping_manifest m
            JOIN shipping_parcel p ON p.manifest_id = m.id AND p.voided_at IS NULL
            LEFT JOIN net n ON n.parcel_id = p.id AND n.trailer_id = m.trailer_id
            WHERE m.state = 'handed_over' AND m.load_scans_required
            GROUP BY p.id, p.tracking_no, m.number HAVING count(n.id) <> 1
        """,  # noqa: S608 - a constant of this module
    ),
    Invariant(
        name="parcel_goes_by_its_shipments_carrier",
        promise="A shipment's parcels all go by the carrier of its service.",
        sql="""
            SELECT p.id AS parcel_id, p.carrier_id, v.carrier_id AS service_carrier_id
            FROM shipping_parcel p
            JOIN shipping_shipment s ON s.id = p.shipment_id
            JOIN shipping_service v ON v.id = s.service_id
            WHERE p.carrier_id <> v.carrier_id
        """,
    ),
)

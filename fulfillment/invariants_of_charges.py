"""What must be true of charges at any moment. Run by `manage.py verify`.

The rows are shown by number and name no hub: a wrong charge is no reason to promise nothing.
"""

from foundation.invariants import Invariant

_DONE = """
    SELECT c.id AS case_id, c.number, c.seller_id, i.hub_id, c.units, c.answered_at, c.ended_at,
           CASE c.choice WHEN 'send_back' THEN 'return_to_seller' ELSE c.choice END AS kind
    FROM warehouses_case c JOIN warehouses_inbound i ON i.id = c.inbound_id
    WHERE c.state = 'resolved' AND c.choice IN ('relabel', 'send_back', 'dispose')
"""

_DUE = f"""
    SELECT d.*, r.id AS rate_id, r.price, k.currency, r.price * d.units * 100 AS cents
    FROM ({_DONE}) AS d
    CROSS JOIN LATERAL (
        SELECT id, currency FROM fulfillment_ratecard
        WHERE valid_from <= d.answered_at AND (hub_id = d.hub_id OR hub_id IS NULL)
        ORDER BY hub_id IS NULL, valid_from DESC LIMIT 1
    ) AS k
    JOIN fulfillment_rate r ON r.card_id = k.id AND r.kind = d.kind
"""  # noqa: S608 - constants of this module

# A half goes to the even side: that of 2.5 is twice 1.25, rounded.
_HALF_EVEN = "CASE WHEN d.cents - trunc(d.cents) = 0.5 THEN 2 * round(d.cents / 2) ELSE round(d.cents) END"

CHARGES = (
    Invariant(
        name="settled_case_has_its_charge",
        promise="What was done in a case is charged once, by the rate valid when it was chosen; without one, not.",
        sql=f"""
            SELECT coalesce(d.number, c.number) AS case_number, g.number AS charge_number, d.kind, d.units, d.price,
                   d.cents, g.amount_cents, g.occurred_at, d.ended_at
            FROM ({_DUE}) AS d
            FULL JOIN (SELECT * FROM fulfillment_charge WHERE corrects_id IS NULL) AS g ON g.case_id = d.case_id
            LEFT JOIN warehouses_case c ON c.id = g.case_id
            WHERE (d.seller_id, d.hub_id, d.kind, d.units, d.rate_id, d.price, d.currency, d.ended_at, {_HALF_EVEN})
                  IS DISTINCT FROM
                  (g.seller_id, g.hub_id, g.kind::text, g.quantity, g.rate_id, g.unit_price, g.currency, g.occurred_at,
                   g.amount_cents::numeric)
        """,  # noqa: S608 - constants of this module
    ),
    Invariant(
        name="counter_charge_takes_back_its_charge",
        promise="A counter-charge is the exact opposite of one charge, later than it.",
        sql="""
            SELECT n.number AS counter_charge_number, g.number AS charge_number, n.quantity, n.amount_cents
            FROM fulfillment_charge n JOIN fulfillment_charge g ON g.id = n.corrects_id
            WHERE g.corrects_id IS NOT NULL OR n.occurred_at < g.occurred_at
               OR (n.seller_id, n.hub_id, n.case_id, n.kind, n.rate_id, n.unit_price, n.currency, -n.quantity,
                   -n.amount_cents)
                  IS DISTINCT FROM
                  (g.seller_id, g.hub_id, g.case_id, g.kind, g.rate_id, g.unit_price, g.currency, g.quantity,
                   g.amount_cents)
        """,
    ),
)

"""Cartons counted before cases were kept: their differences have cases that were called off, so that each has one."""

from django.db import migrations

DIFFERENCES = """
    INSERT INTO warehouses_case (seller_id, inbound_id, carton_id, line_id, kind, units, state, opened_at, due_at,
                                 choice, by_silence)
    SELECT i.seller_id, i.id, c.id, l.id, k.kind, k.units, 'open', coalesce(c.received_at, now()),
           coalesce(c.received_at, now()) + interval '7 days', '', false
    FROM warehouses_cartonline l
    JOIN warehouses_carton c ON c.id = l.carton_id
    JOIN warehouses_inbound i ON i.id = c.inbound_id,
    LATERAL (VALUES ('missing', l.missing), ('damaged', l.damaged),
                    (CASE WHEN l.planned > 0 THEN 'surplus' ELSE 'wrong_item' END, least(l.surplus, l.good)))
            AS k(kind, units)
    WHERE l.is_closed AND k.units > 0
    ORDER BY l.id, k.kind
    ON CONFLICT DO NOTHING
"""

OPENED = """
    INSERT INTO warehouses_caseevent (case_id, what, note, occurred_at)
    SELECT id, 'opened', '', opened_at FROM warehouses_case WHERE state = 'open'
    ON CONFLICT DO NOTHING
"""

CALLED_OFF = """
    INSERT INTO warehouses_caseevent (case_id, what, note, occurred_at)
    SELECT id, 'cancelled', 'Counted before cases were kept.', opened_at FROM warehouses_case WHERE state = 'open'
    ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):

    dependencies = [
        ('warehouses', '0015_plans'),
    ]

    operations = [
        migrations.RunSQL(
            [
                DIFFERENCES,
                OPENED,
                CALLED_OFF,
                "UPDATE warehouses_case SET state = 'cancelled', ended_at = opened_at WHERE state = 'open'",
            ],
            migrations.RunSQL.noop,
        ),
    ]

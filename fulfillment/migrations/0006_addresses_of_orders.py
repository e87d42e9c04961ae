"""Each buyer's address says whose it is: the seller's whose order goes there."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("fulfillment", "0005_events_are_never_emptied"), ("shipping", "0002_addresses_have_tenants")]

    operations = [
        migrations.RunSQL(
            """UPDATE shipping_address AS a SET tenant_id = o.seller_id
               FROM fulfillment_order AS o WHERE o.ship_to_id = a.id""",
            reverse_sql=migrations.RunSQL.noop,
        ),
    ]

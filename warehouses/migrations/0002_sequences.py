"""Serial numbers of SSCCs are never used again; balance rows leave room on the page to be updated in place."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("warehouses", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE warehouses_sscc_serial", reverse_sql="DROP SEQUENCE warehouses_sscc_serial"
        ),
        migrations.RunSQL(
            """ALTER TABLE warehouses_balance SET (fillfactor = 50);
               ALTER TABLE warehouses_binbalance SET (fillfactor = 50)""",
            reverse_sql="""ALTER TABLE warehouses_balance RESET (fillfactor);
                           ALTER TABLE warehouses_binbalance RESET (fillfactor)""",
        ),
    ]

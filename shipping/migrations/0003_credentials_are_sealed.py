"""Credentials and webhook secrets are sealed at rest: what stood there in the clear is sealed under the first key."""

import json

from django.conf import settings
from django.db import migrations, models

from foundation.sealing import Sealer


def seal(apps, schema_editor):
    sealer = Sealer(settings.CREDENTIAL_KEYS)
    for account in apps.get_model("shipping", "CarrierAccount").objects.order_by("pk"):
        if account.credentials:
            account.sealed_credentials = sealer.seal(json.dumps(account.credentials, sort_keys=True))
        account.webhook_secrets = [{**each, "secret": sealer.seal(each["secret"])} for each in account.webhook_secrets]
        account.save(update_fields=["sealed_credentials", "webhook_secrets"])


def unseal(apps, schema_editor):
    sealer = Sealer(settings.CREDENTIAL_KEYS)
    for account in apps.get_model("shipping", "CarrierAccount").objects.order_by("pk"):
        if account.sealed_credentials:
            account.credentials = json.loads(sealer.open(account.sealed_credentials))
        account.webhook_secrets = [{**each, "secret": sealer.open(each["secret"])} for each in account.webhook_secrets]
        account.save(update_fields=["credentials", "webhook_secrets"])


class Migration(migrations.Migration):
    dependencies = [("shipping", "0002_addresses_have_tenants")]

    operations = [
        migrations.AddField(
            model_name="carrieraccount",
            name="sealed_credentials",
            field=models.TextField(blank=True, default="", editable=False),
        ),
        migrations.RunPython(seal, unseal),
        migrations.RemoveField(model_name="carrieraccount", name="credentials"),
        migrations.AlterModelOptions(
            name="carrieraccount",
            options={
                "ordering": ["carrier", "site"],
                "permissions": [
                    ("rotate_secret", "Can make a new webhook secret"),
                    ("enter_credentials", "Can enter an account's credentials"),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="carrieraccount",
            constraint=models.CheckConstraint(
                condition=models.Q(("sealed_credentials", ""), ("sealed_credentials__startswith", "s1."), _connector="OR"),
                name="credentials_are_sealed",
                violation_error_message="Credentials are stored sealed only.",
            ),
        ),
        migrations.AddConstraint(
            model_name="carrieraccount",
            constraint=models.CheckConstraint(
                condition=models.Func(
                    models.F("webhook_secrets"),
                    template="""NOT jsonb_path_exists(%(expressions)s, '$[*].secret ? (!(@ starts with "s1."))')""",
                    output_field=models.BooleanField(),
                ),
                name="webhook_secrets_are_sealed",
                violation_error_message="Webhook secrets are stored sealed only.",
            ),
        ),
    ]

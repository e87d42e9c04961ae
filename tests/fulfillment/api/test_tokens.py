"""Keys to the API: issued once, kept as a digest, ended at once."""

import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings
from django.utils import timezone

from foundation.errors import Invalid, NotFound
from fulfillment.models import ApiToken
from fulfillment.services.tokens import TokenRefused, admit, issue_token, revoke_token, rotate_token
from tests.factories import make_seller
from tests.fulfillment.api.machines import Machine, order_body

pytestmark = pytest.mark.django_db


def open_with(plain: str) -> ApiToken:
    key_id, _, secret = plain.partition(".")
    return admit(key_id=key_id, secret=secret)


def test_an_issued_token_opens_the_door_and_only_its_digest_is_kept():
    seller = make_seller("ada")

    issued = issue_token(seller=seller, name="shop", scopes=["read"])

    row = ApiToken.objects.get()
    secret = issued.plain.partition(".")[2]
    assert open_with(issued.plain).seller == seller
    assert row.scopes == ["read"]
    assert len(row.digest) == 64
    assert secret not in row.digest
    assert secret not in repr(issued)
    assert len(secret) == 43


@pytest.mark.parametrize("scopes", [[], ["read", "admin"]])
def test_unknown_or_no_scopes_are_refused(scopes):
    seller = make_seller("ada")

    with pytest.raises(Invalid) as caught:
        issue_token(seller=seller, scopes=scopes)

    assert caught.value.code == "scope_unknown"
    assert not ApiToken.objects.exists()


def test_a_token_needs_a_name():
    seller = make_seller("ada")

    with pytest.raises(Invalid) as caught:
        issue_token(seller=seller, name="  ")

    assert caught.value.code == "name_missing"


def test_rotation_ends_the_old_key_at_once_and_keeps_name_and_scopes():
    old = issue_token(seller=make_seller("ada"), name="shop", scopes=["read"])

    new = rotate_token(token_id=old.token.pk)

    assert (new.token.name, new.token.scopes) == ("shop", ["read"])
    assert open_with(new.plain) == new.token
    with pytest.raises(TokenRefused) as caught:
        open_with(old.plain)
    assert caught.value.code == "token_revoked"


def test_rotation_with_overlap_lets_both_keys_work_until_it_is_over():
    old = issue_token(seller=make_seller("ada"))

    new = rotate_token(token_id=old.token.pk, overlap=timedelta(hours=1))

    assert open_with(old.plain) == old.token
    assert open_with(new.plain) == new.token
    old.token.refresh_from_db()
    assert timedelta(minutes=59) < old.token.expires_at - timezone.now() <= timedelta(hours=1)


def test_overlap_never_prolongs_a_key_that_ends_sooner():
    soon = timezone.now() + timedelta(minutes=5)
    old = issue_token(seller=make_seller("ada"), expires_at=soon)

    rotate_token(token_id=old.token.pk, overlap=timedelta(days=1))

    old.token.refresh_from_db()
    assert old.token.expires_at == soon


def test_revoking_twice_keeps_the_first_moment():
    issued = issue_token(seller=make_seller("ada"))

    first = revoke_token(token_id=issued.token.pk).revoked_at

    assert revoke_token(token_id=issued.token.pk).revoked_at == first


@pytest.mark.parametrize("act", [revoke_token, rotate_token])
def test_an_unknown_token_is_not_found(act):
    with pytest.raises(NotFound) as caught:
        act(token_id=404)

    assert caught.value.code == "token_unknown"


def test_a_key_survives_a_change_of_secret_key_and_is_renewed_on_use():
    with override_settings(SECRET_KEY="old" * 20):
        issued = issue_token(seller=make_seller("ada"))
    before = issued.token.digest

    with override_settings(SECRET_KEY="new" * 20, SECRET_KEY_FALLBACKS=["old" * 20]):
        assert open_with(issued.plain) == issued.token

    issued.token.refresh_from_db()
    assert issued.token.digest != before
    with override_settings(SECRET_KEY="new" * 20, SECRET_KEY_FALLBACKS=[]):
        assert open_with(issued.plain) == issued.token


def test_a_key_made_under_a_dropped_secret_key_opens_nothing():
    with override_settings(SECRET_KEY="old" * 20):
        issued = issue_token(seller=make_seller("ada"))

    with override_settings(SECRET_KEY="new" * 20), pytest.raises(TokenRefused):
        open_with(issued.plain)


def test_last_use_is_written_at_most_once_a_minute(hub):
    ada = Machine(make_seller("ada"))
    recent = timezone.now() - timedelta(seconds=50)
    ApiToken.objects.update(last_used_at=recent)

    ada.get("orders")

    assert ApiToken.objects.get().last_used_at == recent

    ApiToken.objects.update(last_used_at=timezone.now() - timedelta(seconds=70))
    ada.get("orders")

    assert timezone.now() - ApiToken.objects.get().last_used_at < timedelta(seconds=30)


# --- at the door ------------------------------------------------------------------------------------------


def refuse(answer, code):
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["WWW-Authenticate"].startswith('Bearer realm="pakhuis"')
    assert answer.json()["code"] == code


def test_no_token_is_asked_for(ada):
    refuse(ada.client.get("/api/v1/orders"), "not_authenticated")


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer x",
        "Bearer phk_1.short",
        "Basic YWRhOnB3",
        "Token phk_0123456789abcdef.{}".format("a" * 43),
        "Bearer phk_0123456789abcdef.{}".format("a" * 43),
        "Bearer phk_0123456789abcdef.{}".format("a" * 5_000),
        "Bearer phk_\xe90123456789abcd.{}".format("a" * 43),
    ],
)
def test_a_bad_authorization_header_is_one_and_the_same_refusal(ada, header):
    refuse(ada.get("orders", Authorization=header), "token_invalid")


def test_a_right_key_id_with_a_wrong_secret_is_refused_like_an_unknown_one(ada):
    wrong = f"Bearer {ada.token.key_id}.{'a' * 43}"
    unknown = f"Bearer phk_{'0' * 16}.{'a' * 43}"

    answers = [ada.get("orders", Authorization=header) for header in (wrong, unknown)]

    refuse(answers[0], "token_invalid")
    assert answers[0].content == answers[1].content


def test_a_revoked_token_is_refused_at_once(ada):
    revoke_token(token_id=ada.token.pk)

    refuse(ada.get("orders"), "token_revoked")


def test_an_expired_token_is_refused(ada):
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    refuse(ada.get("orders"), "token_expired")


def test_who_has_only_the_key_id_does_not_learn_that_a_token_was_revoked(ada):
    revoke_token(token_id=ada.token.pk)

    refuse(ada.get("orders", Authorization=f"Bearer {ada.token.key_id}.{'a' * 43}"), "token_invalid")


def test_a_seller_who_is_switched_off_has_no_tokens(ada):
    ada.seller.is_active = False
    ada.seller.save(update_fields=["is_active"])

    refuse(ada.get("orders"), "token_invalid")


def test_a_reading_token_may_not_write(hub):
    reader = Machine(make_seller("ada"), scopes=["read"])

    answer = reader.post("orders", order_body())

    assert answer.status_code == 403
    assert answer.json()["code"] == "scope_missing"
    assert 'error="insufficient_scope", scope="write"' in answer["WWW-Authenticate"]
    assert reader.get("orders").json() == {"results": [], "next": None}


def test_a_writing_token_may_not_read(hub):
    writer = Machine(make_seller("ada"), scopes=["write"])

    assert writer.get("orders").status_code == 403


# --- the command ------------------------------------------------------------------------------------------


def test_the_command_prints_a_working_token_alone_on_its_line():
    make_seller("ada")
    out, err = StringIO(), StringIO()

    call_command("create_token", "ada", "--name", "till", "--scopes", "read", "--days", "30", stdout=out, stderr=err)

    token = open_with(out.getvalue().strip())
    assert (token.name, token.scopes) == ("till", ["read"])
    assert timedelta(days=29) < token.expires_at - timezone.now() < timedelta(days=30)
    assert out.getvalue().strip() not in err.getvalue()


@pytest.mark.parametrize(
    "arguments, says",
    [
        (["nobody"], "There is no seller 'nobody' (there are: ada)"),
        (["ada", "--scopes", "admin"], "Scopes are read and write"),
        (["ada", "--days", "0"], "1 to 3650 days"),
        (["ada", "--name", " "], "what machine"),
    ],
)
def test_the_command_refuses_nonsense(arguments, says):
    make_seller("ada")

    with pytest.raises(CommandError, match=re.escape(says)):
        call_command("create_token", *arguments)

    assert not ApiToken.objects.exists()

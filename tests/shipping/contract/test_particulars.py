"""What is peculiar to one carrier: its clock, its letters, its numbers, its way of saying who it is."""

import json
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from config.devdb import ROOT
from shipping.carriers import moments, soap
from shipping.carriers.base import (
    Carrier,
    CarrierFault,
    CarrierRefused,
    Connection,
    LabelOrder,
    Place,
    WebhookMalformed,
)
from shipping.carriers.client import compact, kilograms, street_of
from shipping.carriers.dhl_nl import DhlNlWebhooks, shipment_id
from shipping.carriers.easypost import EasyPost, EasyPostWebhooks
from shipping.carriers.gls import clean
from shipping.carriers.registry import ADAPTERS
from shipping.carriers.sendcloud import SendcloudWebhooks
from shipping.carriers.signing import sign_plain
from shipping.carriers.ups import UpsWebhooks
from shipping.planning.rating import ParcelSize
from tests.shipping.buying_tools import ORDER
from tests.shipping.contract.fake import FakeCarrier, Reply, said, serving
from tests.shipping.contract.fake_dhl_nl import FakeDhlNl
from tests.shipping.contract.fake_dpd_nl import FakeDpdNl
from tests.shipping.contract.fake_easypost import FakeEasyPost
from tests.shipping.contract.fake_gls import FakeGls
from tests.shipping.contract.fake_postnl import FakePostNL
from tests.shipping.contract.fake_sendcloud import FakeSendcloud
from tests.shipping.contract.fake_ups import FakeUps

KNOWN = "35eb61ab10a3dd3e40172c58b2622944af705990fc8dd3d96103d8b28ca28bb1"
REFERENCE = "0b5c4a9e-51c0-4b6e-9d3c-6f2f0f7c1a11-12"


@contextmanager
def at(fake: FakeCarrier) -> Iterator[tuple[Carrier, LabelOrder]]:
    """An open account at a fake carrier, and an order it takes."""
    with serving(fake), fake.client() as carrier:
        drawn = carrier.capabilities.label_formats[0]
        yield carrier, replace(ORDER, reference=REFERENCE, service=fake.service, label_format=drawn)


# --- moments ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wanted", "assumed"),
    [
        ("2026-07-01T12:00:00", datetime(2026, 7, 1, 10, tzinfo=UTC), True),
        ("2026-12-01T12:00:00", datetime(2026, 12, 1, 11, tzinfo=UTC), True),
        ("2026-07-01T12:00:00+0200", datetime(2026, 7, 1, 10, tzinfo=UTC), False),
        ("2026-07-01T12:00:00Z", datetime(2026, 7, 1, 12, tzinfo=UTC), False),
        # the hour that comes twice is the first of the two, the one that never is counts on
        ("2026-10-25T02:30:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC), True),
        ("2026-03-29T02:30:00", datetime(2026, 3, 29, 1, 30, tzinfo=UTC), True),
    ],
)
def test_a_moment_without_an_offset_is_dutch_and_says_so(text: str, wanted: datetime, assumed: bool) -> None:
    assert moments.iso(text) == (wanted, assumed)


@pytest.mark.parametrize("text", ["", "yesterday", "0001-01-01T00:00:00", "9999-12-31T23:59:59", None, 5])
def test_a_moment_that_is_none_is_malformed(text: object) -> None:
    with pytest.raises(WebhookMalformed):
        moments.iso(text)
    with pytest.raises(WebhookMalformed):
        moments.local(text, "%d-%m-%Y")


@pytest.mark.parametrize("value", [0, -1, True, "1700000000000", 10**20, None, 1.5])
def test_a_time_stamp_that_is_none_is_malformed(value: object) -> None:
    with pytest.raises(WebhookMalformed):
        moments.unix_ms(value)


def test_ups_counts_gmt_and_falls_back_to_its_local_clock() -> None:
    told: dict[str, Any] = json.loads(FakeUps().webhook("1Z1"))
    told["localActivityTime"] = "070000"
    (gmt,) = UpsWebhooks().parse(json.dumps(told).encode())
    del told["gmtActivityTime"]
    (local,) = UpsWebhooks().parse(json.dumps(told).encode())

    assert (gmt.occurred_at, gmt.tz_assumed) == (datetime(2026, 3, 2, 18, 30, tzinfo=UTC), False)
    assert (local.occurred_at, local.tz_assumed) == (datetime(2026, 3, 2, 6, 0, tzinfo=UTC), True)


@pytest.mark.parametrize("fake", [FakeDhlNl, FakeDpdNl, FakePostNL, FakeGls])
def test_a_local_feed_says_that_its_zone_is_assumed(fake: type[FakeCarrier]) -> None:
    running = fake()
    with at(running) as (carrier, order):
        label = carrier.buy(order)
        running.scan(label.tracking_no)
        events = carrier.track(label.tracking_no)

    moved = next(each for each in events if each.code == fake.moving[0])
    assert (moved.occurred_at, moved.tz_assumed) == (datetime(2026, 3, 2, 18, 30, tzinfo=UTC), True)


# --- texts and numbers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("Kerkstraat 7", ("Kerkstraat", "7", "")),
        ("Kerkstraat 7a", ("Kerkstraat", "7", "a")),
        ("Plein 1944 12-3 hoog", ("Plein 1944", "12", "3 hoog")),
        ("Kerkstraat 7 2", ("Kerkstraat", "7", "2")),
        ("Van Woustraat 10 bis", ("Van Woustraat", "10", "bis")),
        ("Postbus", ("Postbus", "", "")),
        ("12 Rue de la Paix", ("12 Rue de la Paix", "", "")),
    ],
)
def test_a_street_is_taken_apart_or_left_whole(line: str, parts: tuple[str, str, str]) -> None:
    assert street_of(Place("A", line, "1000 AA", "B", "NL")) == parts


def test_gls_gets_none_of_the_characters_it_forbids() -> None:
    assert clean('O\'Brien, "The {Shop}"; [a|b] \\ c', 80) == "O Brien The Shop a b c"
    assert clean("x" * 100, 40) == "x" * 40
    fake = FakeGls()
    with at(fake) as (carrier, order):
        odd = replace(order.ship_to, name='O\'Brien; "Sons"', city="'s-Hertogenbosch")
        carrier.buy(replace(order, ship_to=odd))

    to = fake.parcels[0].order["Shipment"]["Consignee"]["Address"]
    assert (to["Name1"], to["City"]) == ("O Brien Sons", "s-Hertogenbosch")


def test_a_reference_fits_thirty_five_characters_and_stays_its_own() -> None:
    assert len(compact(REFERENCE)) == 34
    assert compact(f"{REFERENCE[:-2]}1") + "2" == compact(REFERENCE)
    assert shipment_id(REFERENCE) == shipment_id(REFERENCE) != shipment_id(REFERENCE[:-1])


def test_weights_and_sides_are_in_each_carriers_unit() -> None:
    size = ParcelSize(301, 200, 99, 1_005)
    dpd, dhl, ups, easypost, sendcloud = FakeDpdNl(), FakeDhlNl(), FakeUps(), FakeEasyPost(), FakeSendcloud()
    for fake in (dpd, dhl, ups, easypost, sendcloud):
        with at(fake) as (carrier, order):
            carrier.buy(replace(order, parcel=size))

    # tens of grams rounded up, and three digits of centimetres a side
    assert "<weight>101</weight>" in dpd.parcels[0].order
    assert "<volume>031020010</volume>" in dpd.parcels[0].order
    assert dhl.parcels[0].order["pieces"][0]["weight"] == 2
    assert ups.parcels[0].order["Package"][0]["PackageWeight"]["Weight"] == kilograms(1_005) == "1.005"
    assert easypost.parcels[0].order["parcel"] == {"length": 11.9, "width": 7.9, "height": 3.9, "weight": 35.5}
    assert sendcloud.parcels[0].order["parcels"][0]["dimensions"]["length"] == "30.1"


@pytest.mark.parametrize(("fake", "cents"), [(FakeUps, 785), (FakeEasyPost, 645), (FakePostNL, None)])
def test_a_price_is_told_or_left_to_our_own_list(fake: type[FakeCarrier], cents: int | None) -> None:
    with at(fake()) as (carrier, order):
        assert carrier.buy(order).price_cents == cents


def test_a_name_cannot_break_out_of_an_envelope() -> None:
    fake = FakeDpdNl()
    with at(fake) as (carrier, order):
        name = "</name1><x>&\x00\x1b\n"
        carrier.buy(replace(order, ship_to=replace(order.ship_to, name=name)))

    assert "<name1>&lt;/name1&gt;&lt;x&gt;&amp;</name1>" in fake.parcels[0].order


@pytest.mark.parametrize(
    "answer",
    [
        b"<!DOCTYPE x [<!ENTITY a 'aaaa'>]><x>&a;</x>",
        b"<x>" * 50_000,
        b"<Envelope/>",
        b"<Envelope><Body/></Envelope>",
        b"no xml",
        b"",
    ],
)
def test_an_envelope_that_is_none_is_a_fault(answer: bytes) -> None:
    with pytest.raises(CarrierFault):
        soap.parsed(answer)


# --- who we are, and who they are ------------------------------------------------------------------------


@pytest.mark.parametrize("fake", [FakeDhlNl, FakeDpdNl, FakeUps])
def test_a_token_is_fetched_once_for_the_process_and_anew_when_it_is_no_longer_taken(fake: type[FakeCarrier]) -> None:
    running = fake()
    with serving(running):
        for number in range(3):
            with running.client() as carrier:
                drawn = carrier.capabilities.label_formats[0]
                carrier.buy(replace(ORDER, reference=f"r{number}", service=fake.service, label_format=drawn))
        assert sum(running.is_login(each) for each in running.requests) == 1
        if fake is not FakeDpdNl:
            running.accidents.rude = [Reply(401)]
            with running.client() as carrier:
                carrier.buy(replace(ORDER, reference="late", service=fake.service, label_format=drawn))
            assert sum(running.is_login(each) for each in running.requests) == 2
            assert len(running.parcels) == 4


def test_sendcloud_says_what_the_carrier_behind_it_refused() -> None:
    fake = FakeSendcloud()
    error = {"code": "carrier_error", "detail": "The weight is too high.", "source": {"pointer": "/parcels/0/weight"}}
    with at(fake) as (carrier, order):
        fake.accidents.rude = [said({"data": {"id": "1", "parcels": [{"id": 1}], "errors": [error]}}, 201)]
        with pytest.raises(CarrierRefused) as refusal:
            carrier.buy(order)

    assert (refusal.value.code, refusal.value.field) == ("carrier_error", "parcel.weight_g")


def test_sendclouds_other_webhooks_hold_no_scan_and_an_unknown_number_is_kept() -> None:
    told = json.loads(FakeSendcloud().webhook("T1"))
    told["parcel"]["status"]["id"] = 77

    assert SendcloudWebhooks().parse(b'{"action": "integration_connected"}') == []
    assert SendcloudWebhooks().parse(json.dumps(told).encode())[0].code == "ID_77"


def test_sendclouds_signature_has_a_known_value() -> None:
    # openssl: printf '{"a": 1}' | openssl dgst -sha256 -hmac whsec
    assert sign_plain(secret="whsec", body=b'{"a": 1}') == KNOWN


def test_dhl_pushes_one_parcel_or_several() -> None:
    one = json.loads(FakeDhlNl().webhook("T1"))
    other = {**one, "barcode": "T2"}

    scans = DhlNlWebhooks().parse(json.dumps([one, other]).encode())

    assert [scan.tracking_no for scan in scans] == ["T1", "T2"]


def test_easyposts_older_signature_holds_alone_and_never_beside_a_wrong_newer_one() -> None:
    body, secret, now_s = b'{"description": "x"}', "schlüssel-of-this-length-é", 1_800_000_000.0
    key = unicodedata.normalize("NFKD", secret)
    older = {"x-hmac-signature": f"hmac-sha256-hex={sign_plain(secret=key, body=body)}"}
    newer = FakeEasyPost().sign(body, secret, now_s)
    is_signed = EasyPostWebhooks().is_signed

    assert is_signed(headers=older, body=body, secrets=[secret], now_s=now_s)
    assert is_signed(headers=newer, body=body, secrets=[secret], now_s=now_s + 299)
    assert not is_signed(headers=newer, body=body, secrets=[secret], now_s=now_s + 301)
    for name, value in (("x-path", "/elsewhere/"), ("x-timestamp", "never"), ("x-hmac-signature-v2", "0" * 64)):
        assert not is_signed(headers={**older, **newer, name: value}, body=body, secrets=[secret], now_s=now_s)


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "https://evil.example/label.pdf",
        "https://easypost-files.s3.us-west-2.amazonaws.com.evil.example/a.pdf",
        "https://evil.example@assets.easypost.com:99/a.pdf",
        "http://assets.easypost.com/a.pdf",
        "file:///etc/passwd",
        "//assets.easypost.com/a.pdf",
        "",
        None,
        7,
    ],
)
def test_easyposts_label_is_fetched_from_its_own_hosts_only(url: object) -> None:
    fake = FakeEasyPost()
    with at(fake) as (carrier, order):
        carrier.buy(order)
        sent = len(fake.requests)
        bought = {"id": "shp_1", "tracking_code": "T1", "postage_label": {"label_pdf_url": url}}
        fake.accidents.rude = [said(bought)]
        with pytest.raises(CarrierFault, match="we do not fetch from"):
            carrier.find(order)

    assert len(fake.requests) == sent + 1


def test_an_account_shows_no_credentials_of_its_own() -> None:
    connection = Connection("http://127.0.0.1:9", {"api_key": "canary-api-key"})
    with EasyPost(connection) as carrier:
        assert "canary" not in repr(connection) + repr(carrier) + str(vars(carrier)["_connection"])


def cells_of(row: str) -> list[str]:
    """The cells of a row of a table."""
    return [cell.strip() for cell in row.strip("|").split("|")]


def test_the_docs_say_what_each_carrier_can_do() -> None:
    rows = [line for line in (ROOT / "docs" / "adding-a-carrier.md").read_text().splitlines() if line.startswith("| `")]
    told = {cells[0].strip("`"): cells[1:] for cells in map(cells_of, rows[: len(ADAPTERS)])}

    def yes(can: bool) -> str:
        return "yes" if can else "–"

    for name, adapter in ADAPTERS.items():
        can = adapter.capabilities
        assert told[name][1:] == [
            ", ".join(can.label_formats),
            yes(can.dedupes_reference),
            yes(can.finds),
            "yes" if can.voids else "left unused",
            yes(can.pushes),
            yes(can.quotes),
            yes(can.manifests),
        ]
        assert not can.pickups
    needs = {cells[0].strip("`"): cells[1] for cells in map(cells_of, rows[len(ADAPTERS) :])}
    assert needs == {
        name: ", ".join(f"`{need}`" for need in adapter.needs)
        for name, adapter in ADAPTERS.items()
        if name != "simulator"
    }

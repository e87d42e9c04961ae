"""What is peculiar to one carrier: its clock, its letters, its numbers, its way of saying who it is."""

import json
import unicodedata
from dataclasses import replace

import pytest

from config.devdb import ROOT
from shipping.carriers import soap
from shipping.carriers.base import (
    CarrierFault,
    CarrierRefused,
    Connection,
    Place,
)
from shipping.carriers.client import compact, kilograms, street_of
from shipping.carriers.dhl_nl import DhlNlWebhooks, shipment_id
from shipping.carriers.easypost import EasyPost, EasyPostWebhooks
from shipping.carriers.gls import clean
from shipping.carriers.registry import ADAPTERS
from shipping.carriers.sendcloud import SendcloudWebhooks
from shipping.carriers.signing import sign_plain
from shipping.carriers.statuses import TABLES
from shipping.planning.rating import ParcelSize
from shipping.planning.tracking import State
from tests.shipping.buying_tools import ORDER
from tests.shipping.contract.desk import REFERENCE, at
from tests.shipping.contract.fake import FakeCarrier, Reply, said, serving
from tests.shipping.contract.fake_dhl_nl import FakeDhlNl
from tests.shipping.contract.fake_dpd_nl import FakeDpdNl
from tests.shipping.contract.fake_easypost import FakeEasyPost
from tests.shipping.contract.fake_gls import FakeGls
from tests.shipping.contract.fake_postnl import FakePostNL
from tests.shipping.contract.fake_sendcloud import FakeSendcloud
from tests.shipping.contract.fake_shipstation import FakeShipStation
from tests.shipping.contract.fake_ups import FakeUps

LONG = "NOTIFICATION_FOR_PARCELSTATION_COLLECTION_HAS_BEEN_SENT"
KNOWN = "35eb61ab10a3dd3e40172c58b2622944af705990fc8dd3d96103d8b28ca28bb1"


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
    shipstation = FakeShipStation()
    for fake in (dpd, dhl, ups, easypost, sendcloud, shipstation):
        with at(fake) as (carrier, order):
            carrier.buy(replace(order, parcel=size))

    # tens of grams rounded up, and three digits of centimetres a side
    assert "<weight>101</weight>" in dpd.parcels[0].order
    assert "<volume>031020010</volume>" in dpd.parcels[0].order
    assert dhl.parcels[0].order["pieces"][0]["weight"] == 2
    assert ups.parcels[0].order["Package"][0]["PackageWeight"]["Weight"] == kilograms(1_005) == "1.005"
    assert easypost.parcels[0].order["parcel"] == {"length": 11.9, "width": 7.9, "height": 3.9, "weight": 35.5}
    assert sendcloud.parcels[0].order["parcels"][0]["dimensions"]["length"] == "30.1"
    assert shipstation.parcels[0].order["packages"] == [
        {
            "weight": {"value": 1_005, "unit": "gram"},
            "dimensions": {"unit": "centimeter", "length": 30.1, "width": 20.0, "height": 9.9},
        }
    ]


@pytest.mark.parametrize(
    ("fake", "cents"), [(FakeUps, 785), (FakeEasyPost, 645), (FakeShipStation, 710), (FakePostNL, None)]
)
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
    ("detail", "error"),
    [
        ("", CarrierFault),
        ("<detail><faults><faultCode>COMMON_7</faultCode></faults></detail>", CarrierRefused),
    ],
)
def test_a_fault_of_dpds_is_a_refusal_only_with_a_code(detail: str, error: type[Exception]) -> None:
    envelope = '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>{}</s:Fault></s:Body>'
    content = f"{envelope.format('<faultstring>No city</faultstring>' + detail)}</s:Envelope>".encode()
    fake = FakeDpdNl()
    with at(fake) as (carrier, order):
        fake.accidents.rude = [Reply(500, content)]
        with pytest.raises(error) as trouble:
            carrier.buy(order)

    if isinstance(trouble.value, CarrierRefused):
        assert (trouble.value.code, trouble.value.field) == ("COMMON_7", "ship_to.city")


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


@pytest.mark.parametrize(
    ("category", "status", "code", "state"),
    [
        ("UNDERWAY", "PARCEL_SORTED_AT_HUB", "UNDERWAY/PARCEL_SORTED_AT_HUB", State.IN_TRANSIT),
        ("IN_DELIVERY", LONG, LONG, State.AT_PICKUP_POINT),
        ("UNDERWAY", "X" * 70, "UNDERWAY", State.IN_TRANSIT),
        ("UNDERWAY", "", "UNDERWAY", State.IN_TRANSIT),
    ],
)
def test_dhls_long_words_are_kept_whole_or_left_out(category: str, status: str, code: str, state: State) -> None:
    told = json.loads(FakeDhlNl().webhook("T1"))
    told["events"][0] |= {"category": category, "status": status}

    (scan,) = DhlNlWebhooks().parse(json.dumps(told).encode())

    assert scan.code == code
    assert TABLES["dhl_nl"].meaning(scan.code) == (True, state)


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
            yes(can.pickups),
        ]
    needs = {cells[0].strip("`"): cells[1] for cells in map(cells_of, rows[len(ADAPTERS) :])}
    assert needs == {
        name: ", ".join(f"`{need}`" for need in adapter.needs)
        for name, adapter in ADAPTERS.items()
        if name != "simulator"
    }

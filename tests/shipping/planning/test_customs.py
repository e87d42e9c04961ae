"""Which papers a parcel gets, what is missing on them, and which numbers of the seller belong there."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipping.planning.customs import (
    Consignment,
    Line,
    Papers,
    Trader,
    as_json,
    declare,
    faults_of,
    from_json,
    ioss_of,
    papers_for,
)
from shipping.planning.territories import territory_of

NL, GB, CH, US = (
    territory_of(*place) for place in [("NL", "1013 AB"), ("GB", "SW1A 1AA"), ("CH", "8001"), ("US", "10001")]
)
CANARY = territory_of("ES", "35001")

SHIRT = Line("SHIRT", "Cotton T-shirt", 2, 180, 2_500, "610910", "PT")
TRADER = Trader(
    name="Noor",
    eori_eu="NL123456789",
    eori_gb="GB123456789000",
    ioss="IM5281234567",
    vat_numbers=(("NL", "NL004495445B01"), ("GB", "GB980780684")),
)
TO_GB = Consignment(NL, GB, (SHIRT,), trader=TRADER)


@pytest.mark.parametrize(
    ("to", "weight_g", "euro_cents", "postal", "papers"),
    [
        (US, 2_000, 42_500, True, Papers("cn22", 0, False)),
        (US, 2_001, 42_500, True, Papers("cn23", 2, False)),
        (US, 2_000, 42_501, True, Papers("cn23", 2, False)),
        (US, 20_000, 100_000, True, Papers("cn23", 2, False)),
        (US, 20_000, 100_001, True, Papers("cn23", 2, True)),
        (US, 20_001, 100, True, Papers("", 2, False)),
        (US, 500, 100, False, Papers("", 2, False)),
        (GB, 500, 100, True, Papers("cn22", 2, False)),
        (CH, 500, 100, True, Papers("cn22", 2, False)),
        (CANARY, 500, 100_001, True, Papers("cn23", 2, False)),
    ],
)
def test_papers_go_by_weight_value_and_carrier(to, weight_g, euro_cents, postal, papers):
    found = papers_for(sender=NL, recipient=to, weight_g=weight_g, value_euro_cents=euro_cents, postal=postal)

    assert found == papers


def test_a_complete_consignment_has_no_faults():
    assert faults_of(TO_GB) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"hs_code": ""}, ("lines[0].hs_code", "hs_code_missing")),
        ({"hs_code": "6109"}, ("lines[0].hs_code", "hs_code_too_short")),
        ({"hs_code": "61O910"}, ("lines[0].hs_code", "hs_code_invalid")),
        ({"hs_code": "61091000999"}, ("lines[0].hs_code", "hs_code_invalid")),
        ({"origin": ""}, ("lines[0].origin", "origin_missing")),
        ({"origin": "QQ"}, ("lines[0].origin", "origin_invalid")),
        ({"value_cents": 0}, ("lines[0].value", "value_missing")),
        ({"description": " Clothing "}, ("lines[0].description", "description_vague")),
        ({"description": "4711"}, ("lines[0].description", "description_vague")),
    ],
)
def test_each_fault_of_a_line_names_its_field(change, fault):
    found = faults_of(replace(TO_GB, lines=(replace(SHIRT, **change),)))

    assert [(each.where, each.code) for each in found] == [fault]
    assert found[0].message.startswith("SHIRT:")


def test_an_hs_code_may_be_written_with_dots():
    assert faults_of(replace(TO_GB, lines=(replace(SHIRT, hs_code="6109.10.00"),))) == []


def test_great_britain_wants_the_sellers_own_numbers_up_to_135_pounds():
    nobody = replace(TO_GB, trader=Trader(eori_eu="NL123456789"))

    cheap = [(fault.where, fault.code) for fault in faults_of(nobody)]
    assert cheap == [("seller.eori_gb", "eori_missing"), ("seller.vat_numbers.GB", "vat_number_missing")]
    # GBP 135 is EUR 155.25
    at_limit = replace(nobody, lines=(replace(SHIRT, quantity=1, value_cents=15_525),))
    assert len(faults_of(at_limit)) == 2
    above = replace(nobody, lines=(replace(SHIRT, quantity=1, value_cents=15_526),))
    assert faults_of(above) == []
    assert [fault.where for fault in faults_of(replace(above, incoterm="DDP"))] == ["seller.eori_gb"]
    assert faults_of(replace(nobody, reason="gift")) == []


def test_in_pounds_the_limit_is_exact():
    nobody = replace(TO_GB, trader=Trader(eori_eu="NL123456789"), currency="GBP")

    assert len(faults_of(replace(nobody, lines=(replace(SHIRT, quantity=1, value_cents=13_500),)))) == 2
    assert faults_of(replace(nobody, lines=(replace(SHIRT, quantity=1, value_cents=13_501),))) == []


def test_switzerland_wants_an_eori_of_the_union_only():
    found = faults_of(Consignment(NL, CH, (SHIRT,)))

    assert [(fault.where, fault.code) for fault in found] == [("seller.eori_eu", "eori_missing")]


def test_a_currency_without_a_rate_is_a_fault_of_its_own():
    found = faults_of(replace(TO_GB, currency="XXX"))

    assert [(fault.where, fault.code) for fault in found] == [("currency", "currency_unknown")]


def test_ioss_only_into_the_union_and_up_to_150_euros():
    back = Consignment(GB, NL, (SHIRT,), trader=TRADER)
    dear = replace(back, lines=(replace(SHIRT, quantity=1, value_cents=15_001),))

    assert ioss_of(back) == "IM5281234567"
    assert ioss_of(replace(dear, lines=(replace(SHIRT, quantity=1, value_cents=15_000),))) == "IM5281234567"
    assert ioss_of(dear) == ""
    assert ioss_of(TO_GB) == ""
    assert ioss_of(Consignment(NL, CANARY, (SHIRT,), trader=TRADER)) == ""


def test_a_parcel_declares_its_own_lines_and_the_numbers_of_its_border():
    one = replace(SHIRT, quantity=1)

    customs = declare(TO_GB, lines=(one,), weight_g=400, postal=True)

    assert (customs.value_cents, customs.net_weight_g, customs.incoterm) == (2_500, 180, "DAP")
    assert customs.papers == Papers("cn22", 2, False)
    assert (customs.exporter_eori, customs.exporter_vat) == ("NL123456789", "NL004495445B01")
    assert (customs.importer_eori, customs.importer_vat) == ("GB123456789000", "GB980780684")
    above = replace(TO_GB, lines=(replace(SHIRT, quantity=10),))
    dap = declare(above, lines=above.lines, weight_g=2_400, postal=True)
    assert (dap.importer_eori, dap.importer_vat, dap.papers.form) == ("", "", "cn23")
    ddp = declare(replace(above, incoterm="DDP"), lines=above.lines, weight_g=2_400, postal=True)
    assert (ddp.importer_eori, ddp.importer_vat) == ("GB123456789000", "GB980780684")


def test_what_is_kept_with_a_parcel_comes_back_as_it_was():
    customs = declare(TO_GB, lines=TO_GB.lines, weight_g=400, postal=True)

    assert from_json(json.loads(json.dumps(as_json(customs)))) == customs


amounts = st.integers(min_value=0, max_value=300_000)
weights = st.integers(min_value=1, max_value=40_000)


@given(weights, amounts, weights, amounts, st.sampled_from([GB, CH, US, CANARY]))
def test_heavier_or_dearer_never_needs_fewer_papers(weight, value, more_weight, more_value, to):
    def rank(weight_g: int, cents: int) -> tuple[int, int, bool]:
        papers = papers_for(sender=NL, recipient=to, weight_g=weight_g, value_euro_cents=cents, postal=True)
        return ["cn22", "cn23", ""].index(papers.form), papers.invoice_copies, papers.export_declaration

    little, much = rank(weight, value), rank(weight + more_weight, value + more_value)

    assert all(less <= more for less, more in zip(little, much, strict=True))


lines = st.builds(
    Line,
    item=st.just("X"),
    description=st.text(max_size=20),
    quantity=st.integers(1, 9),
    net_weight_g=st.integers(1, 999),
    value_cents=st.integers(0, 9_999),
    hs_code=st.text(max_size=12),
    origin=st.text(max_size=2),
)


@given(st.lists(lines, max_size=4).map(tuple))
def test_no_text_breaks_the_check_and_every_fault_names_a_line_there_is(given_lines):
    for fault in faults_of(replace(TO_GB, lines=given_lines)):
        assert fault.where.startswith(("lines[", "seller.")) and fault.message
        if fault.where.startswith("lines["):
            assert int(fault.where[6 : fault.where.index("]")]) < len(given_lines)

"""A case is called off with a reason; an inbound closes with its last case, and not before."""

from foundation.errors import Conflict, Invalid, NotFound
from tests.factories import announced, make_user, unit_scan
from tests.refusals import refused
from tests.warehouses.test_cases import found, steps_of, the_case, unknown
from warehouses.models import Case, Hub, Inbound, Sku
from warehouses.services.cases import answer_case, cancel_case
from warehouses.services.closing import close_inbound


def test_a_case_is_called_off_with_a_reason(hub: Hub, sku: Sku) -> None:
    lead, case = make_user(), the_case(hub, sku, "damaged")
    answer_case(case_id=case.pk, choice="dispose")

    cancel_case(case_id=case.pk, reason="Counted again.", actor_id=lead.pk)
    again = cancel_case(case_id=case.pk, reason="Once more.")

    assert again.state == Case.State.CANCELLED
    assert steps_of(case)[2:] == [("cancelled", lead.pk, "Counted again.")]
    refused(Conflict, "case_answered", lambda: answer_case(case_id=case.pk, choice="dispose"))


def test_a_case_is_not_called_off_without_a_reason_or_once_it_is_resolved(hub: Hub, sku: Sku) -> None:
    case = the_case(hub, sku, "missing")

    refused(Invalid, "reason_invalid", lambda: cancel_case(case_id=case.pk, reason=" "))
    answer_case(case_id=case.pk, choice="accept")
    refused(Conflict, "case_resolved", lambda: cancel_case(case_id=case.pk, reason="No."))


def test_an_inbound_closes_with_its_last_case(hub: Hub, sku: Sku) -> None:
    carton = found(hub, {sku: 5}, [unknown()])
    missing, strange = Case.objects.get(kind="missing"), Case.objects.get(kind="unknown")

    refused(Conflict, "cases_open", lambda: close_inbound(inbound_id=carton.inbound_id))
    answer_case(case_id=missing.pk, choice="accept")
    refused(Conflict, "cases_open", lambda: close_inbound(inbound_id=carton.inbound_id))
    cancel_case(case_id=strange.pk, reason="Ours after all.")

    assert Inbound.objects.get().state == Inbound.State.CLOSED
    assert close_inbound(inbound_id=carton.inbound_id).state == Inbound.State.CLOSED


def test_an_inbound_is_not_closed_while_goods_wait_or_cartons_are_uncounted(hub: Hub, sku: Sku) -> None:
    carton = found(hub, {sku: 5}, [unit_scan(sku, 5)])
    refused(Conflict, "units_on_dock", lambda: close_inbound(inbound_id=carton.inbound_id))

    (other,) = announced(hub, [{sku: 5}])
    refused(Conflict, "inbound_not_received", lambda: close_inbound(inbound_id=other.inbound_id))
    refused(NotFound, "inbound_unknown", lambda: close_inbound(inbound_id=0))

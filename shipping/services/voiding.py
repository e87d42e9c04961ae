"""Cancelling a shipment before it leaves: its labels are given back to the carrier."""

from collections.abc import Sequence

from django.db import transaction

from foundation import clock
from foundation.errors import Conflict, NotFound, Unavailable
from labels.withdrawing import withdraw_papers
from shipping.carriers.base import CarrierError, CarrierRefused
from shipping.locks import lock_purchases, lock_shipments
from shipping.models import LabelPurchase, Parcel, Shipment
from shipping.services.accounts import account_of, open_account, refuse_in_transaction
from shipping.services.projecting import project_shipments


def void_shipment(*, shipment_id: int) -> Shipment:
    """Voids every label of a shipment that has not left, and cancels it. Cancelled already: nothing happens.

    Raises `NotFound`; `Conflict` when it has left (`already_moving`), stands on a manifest (`on_manifest`) or a
    trailer (`on_trailer`), or a label is in doubt (`label_in_doubt`: settle first); `Unavailable`
    (`carrier_unavailable`) when the carrier does not answer: the labels voided so far stay voided, calling again goes
    on. Outside a transaction.
    """
    refuse_in_transaction()
    shipment, bought = _check(shipment_id)
    if shipment.state == Shipment.State.CANCELLED:
        return shipment
    voided, trouble = _void_at_carrier(shipment, bought)
    shipment = _store(shipment_id, voided, whole=trouble is None)
    if isinstance(trouble, CarrierRefused):
        raise Conflict(trouble.message, code="already_moving", number=shipment.number) from trouble
    if trouble is not None:
        raise Unavailable(trouble.message, code="carrier_unavailable", number=shipment.number) from trouble
    return shipment


def why_not_void(shipment: Shipment) -> Conflict | None:
    """Why this shipment can't be voided now, as `void_shipment` says it; None if it can."""
    number = shipment.number
    if shipment.state not in {Shipment.State.DRAFT, Shipment.State.LABEL_CREATED}:
        message = f"Shipment {number} is already {shipment.get_state_display().lower()}."
        return Conflict(message, code="already_moving", number=number)
    if Parcel.objects.filter(shipment=shipment, manifest__isnull=False).exists():
        return Conflict(f"Shipment {number} stands on a manifest.", code="on_manifest", number=number)
    if Parcel.objects.filter(shipment=shipment, trailer__isnull=False).exists():
        message = f"Shipment {number} is on a trailer: take it off there first."
        return Conflict(message, code="on_trailer", number=number)
    purchases = LabelPurchase.objects.filter(parcel__shipment=shipment)
    if purchases.filter(state=LabelPurchase.State.INTENDED).exists():
        message = f"A label of shipment {number} is being bought, or in doubt; try again in a minute."
        return Conflict(message, code="label_in_doubt", number=number)
    return None


def _check(shipment_id: int) -> tuple[Shipment, list[LabelPurchase]]:
    """The shipment and its bought labels, if it may be voided now."""
    with transaction.atomic():
        shipment = lock_shipments([shipment_id]).get(shipment_id)
        if shipment is None:
            raise NotFound("There is no such shipment.", code="shipment_unknown")
        if shipment.state == Shipment.State.CANCELLED:
            return shipment, []
        if refusal := why_not_void(shipment):
            raise refusal
        bought = LabelPurchase.objects.filter(parcel__shipment=shipment, state=LabelPurchase.State.BOUGHT)
        return shipment, list(bought.defer("label"))


def _void_at_carrier(
    shipment: Shipment, bought: Sequence[LabelPurchase]
) -> tuple[list[LabelPurchase], CarrierError | None]:
    """The purchases the carrier took back, and what stopped it from taking back all."""
    voided: list[LabelPurchase] = []
    if not bought:
        return voided, None
    account = account_of(site=shipment.site, carrier_code=shipment.service.carrier.code)
    with open_account(account) as carrier:
        for row in bought:
            try:
                carrier.void(row.carrier_ref)
            except CarrierError as trouble:
                return voided, trouble
            voided.append(row)
    return voided, None


def _store(shipment_id: int, voided: Sequence[LabelPurchase], *, whole: bool) -> Shipment:
    """Writes the voided labels down; when it is all of them, every parcel is off and the shipment cancelled."""
    now = clock.now()
    with transaction.atomic():
        shipment = lock_shipments([shipment_id])[shipment_id]
        rows = lock_purchases([row.pk for row in voided])
        for row in rows.values():
            if row.state == LabelPurchase.State.BOUGHT:
                row.mark_voided()
                row.settled_at = now
                row.save(update_fields=["state", "settled_at"])
        keys = [row.print_key for row in rows.values()]
        withdraw_papers(keys=keys, reason="the label was voided", requested_by="voiding")
        parcels = Parcel.objects.filter(shipment=shipment, voided_at=None)
        if not whole:
            parcels = parcels.filter(pk__in=[row.parcel_id for row in rows.values()])
        parcels.update(voided_at=now)
        project_shipments({shipment_id: shipment})
    return shipment

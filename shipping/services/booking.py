"""One parcel's booking at a carrier, so that it ends with one label whatever the network does. No database.

Safe to run in threads. A purchase is never repeated blindly: after a time-out, a fault, or an earlier attempt whose end
is unknown, the carrier is asked what it has under our reference first.
"""

from dataclasses import dataclass

from labels.documents.carrier_pdf import check_pdf
from labels.documents.carrier_zpl import check_zpl
from labels.drawing import zpl
from labels.drawing.faults import DrawingError
from shipping.carriers.base import (
    Carrier,
    CarrierError,
    CarrierFault,
    CarrierRefused,
    CarrierTimeout,
    CarrierUnreachable,
    Label,
    LabelOrder,
)


@dataclass(frozen=True, slots=True)
class Booked:
    """How it ended: a `label` (and `surplus` ones the carrier made too many), a `refusal`, or neither.

    Neither means in doubt: `trouble` says why, and `unanswered` that a booking may still appear.
    """

    label: Label | None = None
    surplus: tuple[Label, ...] = ()
    refusal: CarrierRefused | None = None
    trouble: str = ""
    unanswered: bool = False


def book(carrier: Carrier, order: LabelOrder, *, look_first: bool, settling: bool) -> Booked:
    """Books `order`, looking first when an earlier attempt is open.

    `settling`: an earlier booking may still be on its way at the carrier, so finding none does not allow buying.
    """
    try:
        if look_first:
            if found := _look(carrier, order):
                return _owned(found)
            if settling and not carrier.capabilities.dedupes_reference:
                return Booked(trouble="settling", unanswered=True)
        return _buy(carrier, order, retry=True)
    except CarrierRefused as refusal:
        return Booked(refusal=refusal)
    except CarrierUnreachable:
        return Booked(trouble="carrier_unreachable", unanswered=settling)
    except CarrierError:
        # even the look-up failed: nothing new is known
        return Booked(trouble="carrier_silent", unanswered=True)


def judged(end: Booked) -> Booked:
    """The same end; but a label that should not be stored or printed is refused, and its booking given back.

    For labels with scripts or files in them, of hundreds of pages, or with commands that reach into the printer.
    """
    if end.label is None:
        return end
    check = check_zpl if end.label.content_type == zpl.CONTENT_TYPE else check_pdf
    try:
        check(end.label.content)
    except DrawingError as fault:
        message = f"The carrier's label was not taken: {fault}"
        refusal = CarrierRefused(message, code=fault.code, field="label")
        return Booked(refusal=refusal, surplus=(end.label, *end.surplus))
    return end


def _buy(carrier: Carrier, order: LabelOrder, *, retry: bool) -> Booked:
    """Buys; on a time-out or a fault looks up. After an answered fault that booked nothing it asks once more."""
    try:
        return Booked(label=carrier.buy(order))
    except CarrierTimeout:
        found = _look(carrier, order)
        return _owned(found) if found else Booked(trouble="carrier_timeout", unanswered=True)
    except CarrierFault:
        found = _look(carrier, order)
        if found:
            return _owned(found)
        return _buy(carrier, order, retry=False) if retry else Booked(trouble="carrier_fault")


def _look(carrier: Carrier, order: LabelOrder) -> list[Label]:
    """What the carrier has under our reference. Its refusal to say is no answer, and never means nothing is booked."""
    try:
        return carrier.find(order)
    except CarrierRefused as refusal:
        raise CarrierFault(refusal.message) from refusal


def _owned(found: list[Label]) -> Booked:
    """The first label found is ours; the carrier made the others too many."""
    return Booked(label=found[0], surplus=tuple(found[1:]))

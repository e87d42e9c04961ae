"""Carton labels of a seller's inbound, to stick on before anything is sent."""

from foundation.errors import Conflict
from warehouses.models import Inbound
from warehouses.services.documents import carton_labels_pdf

OVER = frozenset({Inbound.State.CANCELLED, Inbound.State.EXPIRED})


def inbound_labels_pdf(*, inbound: Inbound) -> bytes:
    """One PDF, a page per carton in their order.

    Raises `Conflict`: `inbound_not_planned` while it has no cartons, `inbound_over` once it is cancelled or
    expired, because the dock would turn such a carton away.
    """
    if inbound.state in OVER:
        raise Conflict(f"{inbound.number} is {inbound.state}: the dock would refuse it.", code="inbound_over")
    cartons = list(inbound.cartons.select_related("inbound__hub", "inbound__seller").order_by("number"))
    if not cartons:
        raise Conflict(f"{inbound.number} has no cartons yet.", code="inbound_not_planned")
    return carton_labels_pdf(cartons=cartons)

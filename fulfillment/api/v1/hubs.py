"""Hubs in the API: known by their code, and not to be named where there is only one."""

from foundation.errors import FieldFault, Invalid
from warehouses.models import Hub


def find_hub(code: str | None) -> Hub:
    """The hub of that code, or the only one there is. Raises `Invalid` (`hub_unknown`, `hub_needed`)."""
    hubs = list(Hub.objects.filter(code=code) if code else Hub.objects.order_by("code")[:2])
    if len(hubs) == 1:
        return hubs[0]
    if code:
        fault = FieldFault("hub", "hub_unknown", f"There is no hub {code!r}.")
    else:
        fault = FieldFault("hub", "hub_needed", "There is more than one hub: say which.")
    raise Invalid(fault.message, code=fault.code, field=fault.where, faults=(fault,))

"""Hubs in the API: known by their code, and not to be named where there is only one."""

from foundation.errors import FieldFault, Invalid
from warehouses.models import Hub


def find_hub(code: str | None) -> Hub:
    """The hub of that code, or the only one there is. Raises `Invalid` (`hub_unknown`, `hub_needed`)."""
    hub, faults = look_for_hub(code)
    if hub is None:
        raise Invalid(faults[0].message, code=faults[0].code, field=faults[0].where, faults=tuple(faults))
    return hub


def look_for_hub(code: object) -> tuple[Hub | None, list[FieldFault]]:
    """The same for whatever a body has there, without raising: the hub, or what is wrong."""
    code = code.strip() if isinstance(code, str) and code.isprintable() else ""
    hubs = list(Hub.objects.filter(code=code) if code else Hub.objects.order_by("code")[:2])
    if len(hubs) == 1:
        return hubs[0], []
    if code:
        fault = FieldFault("hub", "hub_unknown", f"There is no hub {code!r}.")
    else:
        fault = FieldFault("hub", "hub_needed", "There is more than one hub: say which.")
    return None, [fault]

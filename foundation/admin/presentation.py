"""The one table of looks: for every state of every thing its tone and its icon.

A tone is a meaning, not a colour: `config/static/pakhuis/tokens.css` says what each looks like, in the light
and in the dark. Icons are names of the Material Symbols that the admin's theme carries. A look is never only
a colour: badges show the state's name and an icon too.
"""

from enum import StrEnum
from typing import Final, NamedTuple

from django.db.models import Model
from django.utils.html import format_html
from django.utils.safestring import SafeString


class Tone(StrEnum):
    """What a state means to somebody who looks after the hub."""

    QUIET = "quiet"  # nothing happens, and nothing should
    ACTIVE = "active"  # on its way, by itself or in somebody's hands
    GOOD = "good"  # as it should end
    WARN = "warn"  # somebody should look
    BAD = "bad"  # something went wrong


class Look(NamedTuple):
    """How one state is shown."""

    tone: Tone
    icon: str


PLAIN: Final = Look(Tone.QUIET, "circle")
"""For a value that has no look of its own."""

_QUIET, _ACTIVE, _GOOD, _WARN, _BAD = Tone.QUIET, Tone.ACTIVE, Tone.GOOD, Tone.WARN, Tone.BAD

_CHARGED: Final = {
    "relabel": Look(_QUIET, "label"),
    "return_to_seller": Look(_QUIET, "undo"),
    "dispose": Look(_QUIET, "delete"),
}

LOOKS: Final[dict[str, dict[str, Look]]] = {
    "inbound.state": {
        "draft": Look(_QUIET, "edit_note"),
        "planned": Look(_QUIET, "event"),
        "in_transit": Look(_ACTIVE, "local_shipping"),
        "arrived": Look(_ACTIVE, "garage_door"),
        "receiving": Look(_ACTIVE, "barcode_scanner"),
        "received": Look(_ACTIVE, "inventory"),
        "closed": Look(_GOOD, "task_alt"),
        "cancelled": Look(_QUIET, "block"),
        "expired": Look(_WARN, "hourglass_disabled"),
    },
    "carrierrule.verb": {
        "never": Look(_WARN, "block"),
        "only": Look(_ACTIVE, "filter_alt"),
        "prefer": Look(_GOOD, "thumb_up"),
    },
    "carton.state": {
        "planned": Look(_QUIET, "event"),
        "arrived": Look(_ACTIVE, "garage_door"),
        "received": Look(_GOOD, "inventory"),
    },
    "appointment.state": {
        "booked": Look(_QUIET, "event"),
        "arrived": Look(_ACTIVE, "garage_door"),
        "done": Look(_GOOD, "task_alt"),
        "cancelled": Look(_QUIET, "block"),
        "no_show": Look(_BAD, "event_busy"),
    },
    "case.state": {
        "open": Look(_WARN, "help"),
        "answered": Look(_ACTIVE, "front_hand"),
        "resolved": Look(_GOOD, "task_alt"),
        "cancelled": Look(_QUIET, "block"),
    },
    "case.kind": {
        "missing": Look(_WARN, "search_off"),
        "damaged": Look(_BAD, "broken_image"),
        "surplus": Look(_WARN, "add_box"),
        "wrong_item": Look(_WARN, "swap_horiz"),
        "unknown": Look(_WARN, "question_mark"),
    },
    "caseevent.what": {
        "opened": Look(_WARN, "help"),
        "answered": Look(_ACTIVE, "forum"),
        "silence": Look(_ACTIVE, "hourglass_disabled"),
        "settled": Look(_GOOD, "task_alt"),
        "cancelled": Look(_QUIET, "block"),
    },
    "charge.kind": _CHARGED,
    "rate.kind": _CHARGED,
    "putawaytask.state": {
        "proposed": Look(_ACTIVE, "trolley"),
        "done": Look(_GOOD, "shelves"),
    },
    "picklist.state": {
        "planned": Look(_QUIET, "route"),
        "picking": Look(_ACTIVE, "shopping_cart"),
        "picked": Look(_GOOD, "task_alt"),
        "cancelled": Look(_QUIET, "block"),
    },
    "count.state": {
        "open": Look(_WARN, "pin"),
        "done": Look(_GOOD, "task_alt"),
    },
    "order.state": {
        "received": Look(_QUIET, "inbox"),
        "on_hold": Look(_WARN, "pause_circle"),
        "backordered": Look(_WARN, "production_quantity_limits"),
        "allocated": Look(_ACTIVE, "bookmark_added"),
        "released": Look(_ACTIVE, "list_alt_check"),
        "picking": Look(_ACTIVE, "shopping_cart"),
        "picked": Look(_ACTIVE, "shopping_basket"),
        "packed": Look(_ACTIVE, "package_2"),
        "shipped": Look(_GOOD, "local_shipping"),
        "delivered": Look(_GOOD, "task_alt"),
        "cancelled": Look(_QUIET, "block"),
        "returned": Look(_WARN, "assignment_return"),
    },
    "order.hold": {
        "address_unclear": Look(_WARN, "wrong_location"),
        "seller_asked": Look(_QUIET, "pan_tool"),
        "short_pick": Look(_WARN, "search_off"),
        "carrier_refused": Look(_BAD, "unpublished"),
        "stock_expired": Look(_WARN, "event_busy"),
        "lot_recalled": Look(_BAD, "assignment_late"),
    },
    "wave.state": {
        "planned": Look(_QUIET, "event"),
        "released": Look(_ACTIVE, "waves"),
        "picked": Look(_GOOD, "task_alt"),
    },
    "shipment.state": {
        "draft": Look(_QUIET, "edit_note"),
        "label_created": Look(_ACTIVE, "label"),
        "handed_over": Look(_GOOD, "output"),
        "in_transit": Look(_ACTIVE, "local_shipping"),
        "customs": Look(_WARN, "gavel"),
        "out_for_delivery": Look(_ACTIVE, "pin_drop"),
        "attempted": Look(_WARN, "doorbell"),
        "at_pickup_point": Look(_ACTIVE, "storefront"),
        "exception": Look(_BAD, "error"),
        "delivered": Look(_GOOD, "task_alt"),
        "returning": Look(_WARN, "u_turn_left"),
        "returned": Look(_QUIET, "assignment_return"),
        "lost": Look(_BAD, "search_off"),
        "cancelled": Look(_QUIET, "block"),
    },
    "labelpurchase.state": {
        "intended": Look(_ACTIVE, "pending"),
        "bought": Look(_GOOD, "label"),
        "failed": Look(_BAD, "unpublished"),
        "voided": Look(_QUIET, "block"),
    },
    "manifest.state": {
        "closing": Look(_ACTIVE, "pending"),
        "closed": Look(_ACTIVE, "lock"),
        "handed_over": Look(_GOOD, "output"),
    },
    "leftbehind.reason": {
        "not_packed": Look(_WARN, "inventory"),
        "no_label": Look(_WARN, "label_off"),
        "on_hold": Look(_WARN, "pause_circle"),
        "late": Look(_WARN, "schedule"),
        "not_scanned": Look(_WARN, "barcode_scanner"),
        "wrong_lane": Look(_BAD, "wrong_location"),
    },
    "pickup.state": {
        "requested": Look(_ACTIVE, "pending"),
        "confirmed": Look(_GOOD, "event_available"),
        "refused": Look(_BAD, "event_busy"),
        "cancelled": Look(_QUIET, "block"),
    },
    "trailer.state": {
        "open": Look(_ACTIVE, "garage_door"),
        "sealed": Look(_ACTIVE, "lock"),
        "departed": Look(_GOOD, "local_shipping"),
        "cancelled": Look(_QUIET, "block"),
    },
    "webhookdelivery.state": {
        "waiting": Look(_ACTIVE, "pending"),
        "done": Look(_GOOD, "task_alt"),
        "parked": Look(_BAD, "report"),
    },
    "printjob.state": {
        "queued": Look(_QUIET, "pending"),
        "sending": Look(_ACTIVE, "print"),
        "printed": Look(_GOOD, "task_alt"),
        "failed": Look(_BAD, "print_disabled"),
        "cancelled": Look(_QUIET, "block"),
    },
    "condition": {
        "sellable": Look(_GOOD, "sell"),
        "damaged": Look(_BAD, "broken_image"),
        "quarantine": Look(_WARN, "front_hand"),
        "expired": Look(_WARN, "event_busy"),
        "blocked": Look(_WARN, "lock"),
    },
    "bin.kind": {
        "dock": Look(_ACTIVE, "garage_door"),
        "storage": Look(_QUIET, "shelves"),
        "tote": Look(_ACTIVE, "shopping_basket"),
        "dispatch": Look(_ACTIVE, "output"),
        "quarantine": Look(_WARN, "front_hand"),
        "missing": Look(_BAD, "search_off"),
    },
    "move.kind": {
        "receive": Look(_QUIET, "input"),
        "putaway": Look(_QUIET, "shelves"),
        "pick": Look(_QUIET, "shopping_cart"),
        "missing": Look(_BAD, "search_off"),
        "pack": Look(_QUIET, "package_2"),
        "ship": Look(_GOOD, "output"),
        "count": Look(_WARN, "pin"),
        "transfer": Look(_QUIET, "swap_horiz"),
        "adjust": Look(_WARN, "tune"),
        "condition": Look(_WARN, "published_with_changes"),
    },
    "instruction.kind": {
        "transfer": Look(_QUIET, "swap_horiz"),
        "adjust": Look(_WARN, "tune"),
        "condition": Look(_WARN, "published_with_changes"),
        "block_bin": Look(_WARN, "lock"),
        "release_bin": Look(_GOOD, "lock_open"),
        "block_lot": Look(_WARN, "lock"),
        "recall_lot": Look(_BAD, "assignment_late"),
        "release_lot": Look(_GOOD, "lock_open"),
        "expire": Look(_WARN, "event_busy"),
        "set_traffic": Look(_WARN, "signpost"),
        "lift_traffic": Look(_GOOD, "signpost"),
    },
    "trafficrule.traffic": {
        "closed": Look(_BAD, "block"),
        "forward": Look(_WARN, "arrow_upward"),
        "backward": Look(_WARN, "arrow_downward"),
    },
}
"""By `<model>.<field>`; `condition` serves every model that has one."""


def look_of(model: type[Model], field: str, value: str) -> Look:
    """How `value` of a model's field is shown; `PLAIN` where the table says nothing."""
    table = LOOKS.get(f"{model._meta.model_name}.{field}") or LOOKS.get(field, {})
    return table.get(value, PLAIN)


def badge(text: str, look: Look, *, title: str = "") -> SafeString:
    """A state as a small coloured word with its icon."""
    return format_html(
        '<span class="pk-badge pk-{}"{}><span class="material-symbols-outlined" aria-hidden="true">{}</span>{}</span>',
        look.tone.value,
        format_html(' title="{}"', title) if title else "",
        look.icon,
        text,
    )


def badge_of(obj: Model, field: str) -> SafeString | str:
    """The badge of an object's choice field; a dash when it is empty."""
    value = getattr(obj, field)
    if not value:
        return "–"
    return badge(getattr(obj, f"get_{field}_display")(), look_of(type(obj), field, str(value)))

"""What a seller prints for an inbound before anything is sent: labels of items, cartons and pallets, a packing list."""

from dataclasses import dataclass
from typing import Final

from foundation.errors import Conflict, Invalid
from labels.documents import carton_label, item_label, packing_list
from labels.drawing import pdf, zpl
from labels.drawing.sheets import A4_21, A4_24
from warehouses.models import Inbound
from warehouses.services.documents import carton_labels, item_labels, packing_list_of, pallet_labels

OVER: Final = frozenset({Inbound.State.CANCELLED, Inbound.State.EXPIRED})
SHEETS: Final = {"a4-21": A4_21, "a4-24": A4_24}
PITCHES: Final = {"zpl": 8, "zpl-300": 12}
"""Dots per millimetre of the label printers that ZPL is written for: 203 and 300 dpi."""
FORMATS: Final = {
    "carton": ("thermal-pdf", *PITCHES),
    "item": ("a4-21", "a4-24", "thermal-pdf", *PITCHES),
    "pallet": ("thermal-pdf", *PITCHES),
    "packing_list": ("a4",),
}
"""What can be printed, and on what, the usual first."""

NAMES: Final = {"carton": "cartons", "item": "items", "pallet": "pallets", "packing_list": "packing-list"}
"""What a printout is called, behind the inbound's number."""

LABELS_A_PALLET: Final = 4
"""One on each side (GS1 Logistic Label Guideline asks for two; with four no truck has to turn it)."""
MOST_ITEM_LABELS: Final = 5_000


@dataclass(frozen=True, slots=True)
class Printout:
    """Bytes to print, and what they are called."""

    content: bytes
    content_type: str
    file_name: str


def print_inbound(*, inbound: Inbound, kind: str = "carton", layout: str = "", sku: str = "") -> Printout:
    """The labels of this `kind`, on `layout` (one of its `FORMATS`); of items one per unit, or those of `sku` alone.

    Raises `Invalid` (`format_unfit`), `NotFound` (`sku_unknown`), `Conflict`: `inbound_not_planned` while it has no
    cartons, `inbound_over` once it is cancelled or expired, because the dock would turn it away, `pallets_missing`,
    `barcode_missing`, `labels_too_many`.
    """
    if inbound.state in OVER:
        raise Conflict(f"{inbound.number} is {inbound.state}: the dock would refuse it.", code="inbound_over")
    layout = layout or FORMATS[kind][0]
    if layout not in FORMATS[kind]:
        text = f"This is printed as {' or '.join(FORMATS[kind])}."
        raise Invalid(text, code="format_unfit", field="format")
    if kind == "item":
        content = _items(inbound, layout, sku)
    elif kind == "packing_list":
        content = packing_list.render_pdf(_list_of(inbound))
    else:
        content = _logistic(inbound, layout, kind)
    is_zpl = layout in PITCHES
    name = f"{inbound.number}-{NAMES[kind]}.{'zpl' if is_zpl else 'pdf'}"
    return Printout(content, zpl.CONTENT_TYPE if is_zpl else pdf.CONTENT_TYPE, name)


def _items(inbound: Inbound, layout: str, sku: str) -> bytes:
    if not inbound.cartons.exists():
        raise _not_planned(inbound)
    labels = item_labels(inbound=inbound, sku=sku)
    if sum(count for _, count in labels) > MOST_ITEM_LABELS:
        text = f"More than {MOST_ITEM_LABELS:,} labels: print them item by item."
        raise Conflict(text, code="labels_too_many", field="sku")
    if layout in PITCHES:
        return item_label.render_counted_zpl(labels, dots_per_mm=PITCHES[layout])
    if layout in SHEETS:
        return item_label.render_sheets(labels, SHEETS[layout])
    return item_label.render_counted_pdf(labels)


def _logistic(inbound: Inbound, layout: str, kind: str) -> bytes:
    if kind == "pallet":
        pallets = list(inbound.pallets.select_related("inbound__hub", "inbound__seller").order_by("number"))
        if not pallets:
            raise Conflict(f"{inbound.number} comes without pallets.", code="pallets_missing")
        labels = [label for label in pallet_labels(pallets=pallets) for _ in range(LABELS_A_PALLET)]
    else:
        cartons = list(inbound.cartons.select_related("inbound__hub", "inbound__seller").order_by("number"))
        if not cartons:
            raise _not_planned(inbound)
        labels = carton_labels(cartons=cartons)
    if layout in PITCHES:
        return b"".join(carton_label.render_zpl(label, dots_per_mm=PITCHES[layout]) for label in labels)
    return carton_label.render_pdf_many(labels)


def _list_of(inbound: Inbound) -> packing_list.PackingList:
    found = packing_list_of(inbound=inbound)
    if not found.cartons:
        raise _not_planned(inbound)
    return found


def _not_planned(inbound: Inbound) -> Conflict:
    return Conflict(f"{inbound.number} has no cartons yet.", code="inbound_not_planned")

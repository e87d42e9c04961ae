"""Every document, filled with any words one likes: the plain, the longest, the empty, and the hostile."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from types import ModuleType
from typing import Any

from PIL import Image

from labels.documents import (
    bin_label,
    carton_label,
    case_file,
    cn22,
    cn23,
    commercial_invoice,
    copy_slip,
    customs_form,
    item_label,
    limited_quantity,
    manifest,
    packing_list,
    packing_slip,
    pick_list,
    return_label,
    shipping_label,
    tote_label,
    trial_label,
)
from labels.documents.address import PostalAddress

EXTREMES = {
    "plain": "Canal House",
    "empty": "",
    "blank": " \t\r\n\u00a0 ",
    "longest": "Wijk bij Duurstede " * 264,
    "one word": "W" * 3000,
    "hyphens": "-" * 60,
    "polish": "Łukasz Żółć, ul. Świętego Wawrzyńca",
    "greek": "Πάρος Ελευθερία Ωμέγα",
    "romanian": "Ștefan Țăran",
    "cyrillic": "Київ Щербаківського",
    "arabic": "أحمد محمد، شارع التحرير ١٢",
    "hebrew": "דוד בן־גוריון 12",
    "chinese": "東京都千代田区",
    "emoji": "Zoë 👩‍👩‍👧‍👦🇳🇱 ❤️ 😀",
    "marks": "Z̴̢̛̺̪a̷̡̛l̵̡̛g̸̨̛o̴̢",
    "zpl": r"^XZ^XA~JA^FD ^IDR:*.* \& _5E ^CC/ ~CT+ ~DG ~JR ^JUF >;>8_7E",
    "markup": "<img src=file:///etc/passwd><a href='javascript:alert(1)'>&lt;b&gt;</a>",
    "signs": r"""^ ~ _ \ ` | { } < > & % $ # @ ! ? ; : '""",
    "controls": "a\x00b\x1dc\x7f\u0085d\u202ee\u2066f",
    "surrogate": "lone \ud800 half",
    "digits": "1" * 40,
}

HUB = PostalAddress("Pakhuis AMS1", ("Oostelijke Handelskade 12",), "1019 BN", "Amsterdam", "Netherlands")


def address(words: str) -> PostalAddress:
    """`words` wherever an address has room."""
    return PostalAddress(words, (words, words, words, words), words, words, words, words, words, words)


def shipping(words: str) -> shipping_label.ShippingLabel:
    return shipping_label.ShippingLabel(
        carrier=words,
        service=words,
        tracking_no="3SPAKH0012345678",
        sender=address(words),
        recipient=address(words),
        routing=words,
        reference=words,
        weight_g=31_500,
        parcel_no=12,
        parcel_count=120,
        shipped_on=date(2026, 9, 30),
        notices=(words, words),
    )


def carton(words: str) -> carton_label.CartonLabel:
    return carton_label.CartonLabel(
        sscc="387123450000047116",
        ship_from=address(words),
        ship_to=address(words),
        inbound=words,
        carton_no=99_999,
        carton_count=99_999,
        seller=words,
        contents=words,
        weight_g=999_999,
    )


def slip(words: str) -> packing_slip.PackingSlip:
    line = packing_slip.SlipLine(words, words, 1_000_000, words, (words, words), 999_999)
    return packing_slip.PackingSlip(
        order_no=words,
        shop=words,
        ship_to=address(words),
        lines=(line, line),
        ordered_on=date(2026, 9, 30),
        return_instructions=words,
        return_url="https://returns.example/r/8KQ2-77AB",
        message=words,
    )


def polish_slip(words: str) -> packing_slip.PackingSlip:
    return replace(slip(words), language="pl")


def photo() -> bytes:
    """A small picture."""
    out = BytesIO()
    Image.new("RGB", (40, 30), "teal").save(out, "JPEG")
    return out.getvalue()


def case_(words: str) -> case_file.CaseFile:
    return case_file.CaseFile(
        *[words] * 10,
        lines=(case_file.CountedLine(words, words, 1_000_000, 1_000_000, 1_000_000, 1_000_000, 1_000_000),),
        scans=(case_file.ScanRow(words, words, words, words, -1_000_000, words, words),),
        steps=(case_file.StepRow(words, words, words, words),),
        photos=(case_file.PhotoRow(photo(), 40, 30, words),),
    )


def pallet(words: str) -> carton_label.CartonLabel:
    return replace(carton(words), unit="Pallet")


def contents(words: str) -> packing_list.PackingList:
    line = packing_list.PackedLine(words, words, 1_000_000, words, date(2026, 9, 30))
    boxes = tuple(
        packing_list.PackedCarton(number, "387123450000047116", (line,) * 9, weight_g=999_999, pallet=99)
        for number in range(1, 7)
    )
    return packing_list.PackingList("IN-0000045", words, address(words), address(words), boxes, date(2026, 9, 30))


def bin_(words: str) -> bin_label.BinLabel:
    return bin_label.BinLabel(words, "A-01-02-3-04", words, words, words, words, words, "47", "up")


def tote(words: str) -> tote_label.ToteLabel:
    return tote_label.ToteLabel("T1234568", words)


def item(words: str) -> item_label.ItemLabel:
    return item_label.ItemLabel("4006381333931", words, words, words, words)


def handover(words: str) -> manifest.Manifest:
    parcel = manifest.ManifestParcel(words, words, words, words, words, 31_500, True, (words, words))
    left = manifest.LeftBehind(words, words, words)
    return manifest.Manifest("MAN-0000045", words, words, words, words, words, words, (parcel,) * 60, (left,) * 3)


def diamond(words: str) -> limited_quantity.LimitedQuantityMark:
    return limited_quantity.LimitedQuantityMark(67, by_air=bool(words.strip()))


def goods(words: str) -> customs_form.CustomsLine:
    return customs_form.CustomsLine(words, 1_000_000, 99_999_999, 999_999_999, "3304100000", "NL")


def customs(words: str) -> customs_form.CustomsForm:
    return customs_form.CustomsForm(
        number="CD123456785NL",
        category=customs_form.Category.SALE,
        sender=address(words),
        recipient=address(words),
        lines=(goods(words),) * 8,
        currency="EUR",
        gross_weight_g=999_999_999,
        signed_by=words,
        signed_on=date(2026, 9, 30),
        sender_reference=words,
        ioss=words,
        importer_reference=words,
        invoice_no=words,
        comments=words,
        postal_charges_cents=1_234_567,
    )


def invoice(words: str) -> commercial_invoice.CommercialInvoice:
    party = commercial_invoice.Party(address(words), words, words)
    return commercial_invoice.CommercialInvoice(
        number=words,
        issued_on=date(2026, 9, 30),
        exporter=party,
        buyer=party,
        incoterm=commercial_invoice.Incoterm.DAP,
        place=words,
        reason=words,
        lines=(goods(words),) * 12,
        currency="GBP",
        freight_cents=999_999_999,
        importer=party,
        gross_weight_g=99_999_999,
        parcels=99_999,
        tracking_no=words,
        statement=words,
        signed_by=words,
    )


def way_back(words: str) -> return_label.ReturnLabel:
    reasons = (return_label.ReturnReason(words, words),) * 6
    return return_label.ReturnLabel("RMA-0000045-7K", address(words), address(words), words, words, reasons)


def walk(words: str) -> pick_list.PickList:
    stop = pick_list.PickStop(words, words, words, 1_000_000, words, words)
    totes = tuple(tote_label.tote_code(n) for n in range(6))
    return pick_list.PickList("PL-0000045", *[words] * 5, (stop,) * 20, totes, 1_000_000, 999_999)


def copy_(words: str) -> copy_slip.CopySlip:
    return copy_slip.CopySlip(99_999, words, words, datetime(2026, 9, 30, 17, 45, tzinfo=UTC), 999_999_999_999, words)


def trial(words: str) -> trial_label.TrialLabel:
    return trial_label.TrialLabel(words, words, words, ("a-printer-of-forty-letters-" * 2)[:40] + "-999999999999")


MAKERS: dict[str, tuple[ModuleType, Callable[[str], Any]]] = {
    "shipping_label": (shipping_label, shipping),
    "carton_label": (carton_label, carton),
    "pallet_label": (carton_label, pallet),
    "packing_list": (packing_list, contents),
    "packing_slip": (packing_slip, slip),
    "packing_slip_pl": (packing_slip, polish_slip),
    "bin_label": (bin_label, bin_),
    "case_file": (case_file, case_),
    "tote_label": (tote_label, tote),
    "item_label": (item_label, item),
    "manifest": (manifest, handover),
    "cn22": (cn22, customs),
    "cn23": (cn23, customs),
    "commercial_invoice": (commercial_invoice, invoice),
    "return_label": (return_label, way_back),
    "pick_list": (pick_list, walk),
    "limited_quantity": (limited_quantity, diamond),
    "copy_slip": (copy_slip, copy_),
    "trial_label": (trial_label, trial),
}

THERMAL = [name for name, (module, _make) in MAKERS.items() if hasattr(module, "render_zpl")]
"""Those that a label printer prints, too."""


def printed(document: str, words: str) -> bytes:
    """All that a document can be written as."""
    module, make = MAKERS[document]
    doc = make(words)
    return module.render_pdf(doc) + (module.render_zpl(doc) if document in THERMAL else b"")

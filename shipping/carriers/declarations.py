"""A parcel's customs data in each carrier's words, for its adapter. Pure; None, or nothing, where no border is crossed.

Field names are those of the public contracts that the adapters name. What they leave open: Sendcloud, whether tax
numbers may stand beside the addresses; DHL, which keys of the declaration its lanes insist on; GLS, which takes the
incoterm with the parcel and the lines on paper or by a customs service without a public contract.
"""

from typing import Any, Final

from shipping.planning.customs import Customs, Line

_OUNCE_G: Final = 28.349523

_SENDCLOUD_REASONS: Final = {
    "sale": "commercial_goods", "gift": "gift", "sample": "commercial_sample", "return": "returned_goods",
    "repair": "returned_goods",
}  # fmt: skip
_POSTNL_TYPES: Final = {
    "sale": "Commercial Goods", "gift": "Gift", "sample": "Commercial Sample", "return": "Returned Goods",
    "repair": "Returned Goods",
}  # fmt: skip
_DHL_REASONS: Final = {
    "sale": "SALE_OF_GOODS", "gift": "GIFT", "sample": "COMMERCIAL_SAMPLE", "return": "RETURN_OF_GOODS",
    "repair": "RETURN_OF_GOODS",
}  # fmt: skip
_UPS_REASONS: Final = {"sale": "SALE", "gift": "GIFT", "sample": "SAMPLE", "return": "RETURN", "repair": "REPAIR"}
_EASYPOST_TYPES: Final = {
    "sale": "merchandise", "gift": "gift", "sample": "sample", "return": "returned_goods", "repair": "other",
}  # fmt: skip
_SHIPSTATION_CONTENTS: Final = {
    "sale": "merchandise", "gift": "gift", "sample": "sample", "return": "returned_goods", "repair": "other",
}  # fmt: skip
_DPD_TERMS: Final = {"DAP": "06", "DDP": "03"}
_GLS_TERMS: Final = {"DAP": "20", "DDP": "10"}


def money(cents: int) -> str:
    """An amount as carriers write it: a decimal point and two digits."""
    return f"{cents // 100}.{cents % 100:02d}"


def kilos(grams: int) -> str:
    """A weight in kilograms, to the gram."""
    return f"{grams / 1_000:.3f}"


def sendcloud(customs: Customs, *, number: str) -> dict[str, Any]:
    """`customs_information` of a shipment, without its items."""
    numbers = [("EORI", customs.exporter_eori), ("VAT", customs.exporter_vat), ("IOSS", customs.ioss)]
    importer = [("EORI", customs.importer_eori), ("VAT", customs.importer_vat)]
    return {
        "invoice_number": number,
        "export_reason": _SENDCLOUD_REASONS[customs.reason],
        "incoterm": customs.incoterm,
        "tax_numbers": {
            "sender": [{"name": name, "value": value} for name, value in numbers if value],
            "importer_of_record": [{"name": name, "value": value} for name, value in importer if value],
        },
    }


def sendcloud_items(customs: Customs) -> list[dict[str, Any]]:
    """`parcel_items`: weight and price of one unit."""
    return [
        {
            "description": line.description[:255],
            "sku": line.item,
            "quantity": line.quantity,
            "weight": {"value": kilos(line.net_weight_g), "unit": "kg"},
            "price": {"value": money(line.value_cents), "currency": customs.currency},
            "hs_code": line.hs_code,
            "origin_country": line.origin,
        }
        for line in customs.lines
    ]


def postnl(customs: Customs, *, number: str) -> dict[str, Any]:
    """`Customs` of a shipment: weight and value of each line's units together."""
    return {
        "Currency": customs.currency,
        "HandleAsNonDeliverable": "false",
        "Invoice": "true",
        "InvoiceNr": number,
        "ShipmentType": _POSTNL_TYPES[customs.reason],
        "Content": [
            {
                "Description": line.description[:35],
                "Quantity": str(line.quantity),
                "Weight": str(line.quantity * line.net_weight_g),
                "Value": money(line.quantity * line.value_cents),
                "HSTariffNr": line.hs_code[:6],
                "CountryOfOrigin": line.origin,
            }
            for line in customs.lines
        ],
    }


def dhl_nl(customs: Customs, *, number: str) -> dict[str, Any]:
    """`customsDeclaration` of a shipment."""
    return {
        "currency": customs.currency,
        "invoiceNumber": number,
        "invoiceType": "COMMERCIAL",
        "incoTerms": customs.incoterm,
        "exportType": "PERMANENT",
        "exportReason": _DHL_REASONS[customs.reason],
        "eori": customs.exporter_eori,
        "importerEori": customs.importer_eori,
        "importerVat": customs.importer_vat,
        "customsGoods": [
            {
                "code": line.hs_code,
                "description": line.description[:40],
                "origin": line.origin,
                "quantity": line.quantity,
                "value": money(line.value_cents),
                "weight": kilos(line.net_weight_g),
            }
            for line in customs.lines
        ],
    }


def ups(customs: Customs, *, number: str, day: str) -> dict[str, Any]:
    """`InternationalForms`: an invoice, `day` as YYYYMMDD."""
    return {
        "FormType": ["01"],
        "InvoiceNumber": number[:35],
        "InvoiceDate": day,
        "ReasonForExport": _UPS_REASONS[customs.reason],
        "TermsOfShipment": customs.incoterm,
        "CurrencyCode": customs.currency,
        "Product": [_ups_product(line) for line in customs.lines],
    }


def _ups_product(line: Line) -> dict[str, Any]:
    return {
        "Description": [line.description[:35]],
        "Unit": {
            "Number": str(line.quantity),
            "UnitOfMeasurement": {"Code": "PCS"},
            "Value": money(line.value_cents),
        },
        "CommodityCode": line.hs_code,
        "OriginCountryCode": line.origin,
        "ProductWeight": {
            "UnitOfMeasurement": {"Code": "KGS"},
            "Weight": kilos(line.quantity * line.net_weight_g),
        },
    }


def easypost(customs: Customs) -> dict[str, Any]:
    """`customs_info`: ounces and value of each line's units together."""
    return {
        "contents_type": _EASYPOST_TYPES[customs.reason],
        "contents_explanation": "repair" if customs.reason == "repair" else "",
        "customs_certify": True,
        "customs_signer": customs.seller,
        "restriction_type": "none",
        "non_delivery_option": "return",
        "customs_items": [
            {
                "description": line.description[:50],
                "code": line.item[:20],
                "quantity": line.quantity,
                "weight": round(line.quantity * line.net_weight_g / _OUNCE_G, 1),
                "value": money(line.quantity * line.value_cents),
                "currency": customs.currency,
                "hs_tariff_number": line.hs_code,
                "origin_country": line.origin,
            }
            for line in customs.lines
        ],
    }


def easypost_numbers(customs: Customs) -> list[dict[str, str]]:
    """`tax_identifiers` of a shipment."""
    numbers = [
        ("SENDER", "EORI", customs.exporter_eori),
        ("SENDER", "IOSS", customs.ioss),
        ("RECEIVER", "EORI", customs.importer_eori),
    ]
    return [
        {"entity": entity, "tax_id_type": kind, "tax_id": number, "issuing_country": number[:2]}
        for entity, kind, number in numbers
        if number
    ]


def shipstation(customs: Customs) -> dict[str, Any]:
    """`customs` and `tax_identifiers` of a shipment: the value of one unit on each line."""
    numbers = [
        ("shipper", "eori", customs.exporter_eori),
        ("shipper", "ioss", customs.ioss),
        ("recipient", "eori", customs.importer_eori),
    ]
    return {
        "customs": {
            "contents": _SHIPSTATION_CONTENTS[customs.reason],
            "non_delivery": "return_to_sender",
            "terms_of_trade_code": customs.incoterm.lower(),
            "customs_items": [
                {
                    "sku": line.item,
                    "description": line.description,
                    "quantity": line.quantity,
                    "value": {"amount": line.value_cents / 100, "currency": customs.currency.lower()},
                    "harmonized_tariff_code": line.hs_code,
                    "country_of_origin": line.origin,
                }
                for line in customs.lines
            ],
        },
        "tax_identifiers": [
            {"taxable_entity_type": entity, "identifier_type": kind, "issuing_authority": number[:2], "value": number}
            for entity, kind, number in numbers
            if number
        ],
    }


def dpd_nl(customs: Customs, *, number: str) -> dict[str, Any]:
    """`international` of an order: amounts in hundredths, without a point."""
    return {
        "parcelType": "true",
        "customsAmount": str(customs.value_cents),
        "customsCurrency": customs.currency,
        "customsTerms": _DPD_TERMS[customs.incoterm],
        "customsContent": customs.lines[0].description[:35],
        "customsInvoice": number[:20],
        "numberOfArticle": str(len(customs.lines)),
        "commercialInvoiceConsignorEoriNumber": customs.exporter_eori,
        "commercialInvoiceLine": [
            {
                "customsTarif": line.hs_code,
                "content": line.description[:200],
                "grossWeight": str(max(1, line.quantity * line.net_weight_g // 10)),
                "itemsNumber": str(line.quantity),
                "amountLine": str(line.quantity * line.value_cents),
                "customsOrigin": line.origin,
                "invoicePosition": str(position),
            }
            for position, line in enumerate(customs.lines, start=1)
        ],
    }


def gls(customs: Customs) -> str:
    """`IncotermCode` of a shipment."""
    return _GLS_TERMS[customs.incoterm]

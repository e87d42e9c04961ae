"""Identifying: what a scanned code means among the things that are expected here."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass

from django.db.models.functions import Upper

from foundation.errors import Invalid
from labels.scanning import Scan, parse_scan
from warehouses.models import Barcode


def barcode_value(text: str) -> str:
    """A code as `Barcode.value` keeps it: a GTIN as 14 digits, anything else in capitals."""
    scan = parse_scan(text)
    return scan.gtin or scan.text.upper()


def items_of_seller(seller_id: int, codes: Iterable[str]) -> set[int]:
    """Ids of the seller's SKUs that carry one of these codes; codes that cannot be read carry none. One query."""
    values = set()
    for code in codes:
        with suppress(Invalid):
            values.add(barcode_value(code))
    rows = Barcode.objects.alias(code=Upper("value")).filter(seller_id=seller_id, code__in=values)
    return set(rows.order_by().values_list("sku_id", flat=True))


@dataclass(frozen=True, slots=True)
class Item:
    """What a code stands for: the SKUs that carry it (one, where sellers are not mixed) and what else it said."""

    sku_ids: frozenset[int]
    scan: Scan


class KnownItems:
    """Looks up scanned item codes among given SKUs, with one query however many codes follow."""

    def __init__(self, sku_ids: Collection[int]) -> None:
        self._by_value: dict[str, set[int]] = defaultdict(set)
        for value, sku_id in Barcode.objects.filter(sku_id__in=sku_ids).values_list("value", "sku_id"):
            self._by_value[value.upper()].add(sku_id)

    def find(self, code: str, *, field: str = "code", row: int | None = None) -> Item:
        """The item `code` names. Raises `Invalid`: `unknown_barcode`, or what `parse_scan` says of a broken code."""
        item = self.named(code)
        if item is None:
            text = parse_scan(code).text
            raise Invalid(f"Barcode {text[:40]} is not expected here.", code="unknown_barcode", field=field, row=row)
        return item

    def named(self, code: str) -> Item | None:
        """The same; None where `code` names none of them. Raises `Invalid` as `parse_scan` does."""
        scan = parse_scan(code)
        sku_ids = self._by_value.get(scan.gtin or scan.text.upper())
        return Item(frozenset(sku_ids), scan) if sku_ids else None

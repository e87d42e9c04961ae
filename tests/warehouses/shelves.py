"""What the tests of goods on shelves share: blocking and releasing in few words, and what lies where."""

from datetime import timedelta

from tests.factories import MONDAY, bin_of
from warehouses.models import Balance, BinBalance, Hub, Instruction, Lot, Sku
from warehouses.services.blocking import block_bin, block_lot, release_bin, release_lot

FAR = (MONDAY + timedelta(days=900)).date()


def block(hub: Hub, place: str = "01-01", key: str = "b1") -> Instruction:
    return block_bin(key=key, bin_id=bin_of(hub, place).pk, reason="rack bent")


def unblock(hub: Hub, place: str = "01-01", key: str = "r1") -> Instruction:
    return release_bin(key=key, bin_id=bin_of(hub, place).pk, reason="mended")


def stop(lot: Lot, key: str = "b1") -> Instruction:
    return block_lot(key=key, lot_id=lot.pk, reason="smells odd")


def free(lot: Lot, key: str = "r1") -> Instruction:
    return release_lot(key=key, lot_id=lot.pk, reason="smells fine")


def on_shelves(sku: Sku) -> dict[tuple[str, str], int]:
    rows = BinBalance.objects.filter(sku=sku, on_hand__gt=0)
    return {(code, condition): n for code, condition, n in rows.values_list("bin__code", "condition", "on_hand")}


def sums(hub: Hub, sku: Sku) -> tuple[int, int, int]:
    row = Balance.objects.get(hub=hub, sku=sku)
    return row.on_hand, row.sellable, row.reserved

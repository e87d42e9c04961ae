"""Pickers in a played day: they take carts in order, walk at walking speed, and scan what they find."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import NamedTuple

from django.db.models import Max, Sum

from foundation import clock
from foundation.errors import DomainError
from fulfillment.demo import crew
from fulfillment.demo.codes import ItemCodes
from fulfillment.demo.seeds import scan_id
from fulfillment.demo.world import World
from warehouses.models import Bin, BinBalance, CartTote, Condition, Hub, Move, PickList, PickTask
from warehouses.planning.floor.floors import AnyFloor
from warehouses.planning.floor.layout import Spot
from warehouses.services.floorplan import layout_of
from warehouses.services.picking import Pick, PickOutcome, put_tote, record_picks, start_pick_list


class Stop(NamedTuple):
    """One open task as the handheld shows it."""

    task_id: int
    bin_id: int
    bin_code: str
    aisle: int | None
    y_mm: int | None
    sku_id: int
    sku: str
    lot_id: int | None
    lot: str | None
    expires_on: date | None
    tote: str
    quantity: int

    @property
    def spot(self) -> Spot:
        """Where to stand. Storage bins have an aisle and a height in it (CHECK)."""
        return Spot(self.aisle or 0, self.y_mm or 0, self.bin_code)


@dataclass
class Walks:
    """What pickers do with a cart. `wrong` counts scans the station stopped."""

    hub: Hub
    world: World
    codes: ItemCodes
    wrong: int = 0
    _totes: list[str] = field(default_factory=list)

    def start(self, pick_list: PickList, *, worker_id: int, at: datetime) -> datetime:
        """Scans totes onto the cart and sets off at `at`; returns when the walk will be over."""
        slots = list(pick_list.totes.order_by("slot").values_list("slot", flat=True))
        with clock.playing(at):
            start_pick_list(pick_list_id=pick_list.pk, worker_id=worker_id, totes=self._take_totes(slots))
        return self.ends_at(pick_list, started_at=at)

    @cached_property
    def _layout(self) -> AnyFloor:
        return layout_of(self.hub)

    def ends_at(self, pick_list: PickList, *, started_at: datetime) -> datetime:
        """When a cart that set off at `started_at` is back; one that reported stops, counted from that report."""
        return self._walked(pick_list, started_at)[1]

    def finish(self, pick_list: PickList, *, at: datetime) -> PickOutcome:
        """Reports the whole walk, as a handheld that was out of radio reach does; other shelves may be added to it."""
        assert pick_list.started_at is not None, "a cart that is back was started"
        self._take_more_totes(pick_list, at)
        scans, _ = self._walked(pick_list, pick_list.started_at)
        return self._report(pick_list, [(stop, min(moment, at)) for stop, moment in scans], at)

    def report_part(self, pick_list: PickList, *, started_at: datetime, at: datetime) -> PickOutcome | None:
        """Reports the stops that a picker who set off at `started_at` has served by `at`; None when there are none."""
        self._take_more_totes(pick_list, at)
        scans, _ = self._walked(pick_list, started_at)
        served = [(stop, moment) for stop, moment in scans if moment <= at]
        return self._report(pick_list, served, at) if served else None

    def _walked(self, pick_list: PickList, started_at: datetime) -> tuple[list[tuple[Stop, datetime]], datetime]:
        """When each open stop is scanned, and when the picker is back at the depot, where a walk begins and reports."""
        reported = PickTask.objects.filter(pick_list=pick_list, scanned_at__isnull=False)
        before = reported.aggregate(at=Max("closed_at"))["at"]
        at = before or started_at
        at += timedelta(seconds=crew.setup_s(totes=0 if before else pick_list.totes.count()))
        stops = self._stops(pick_list)
        *legs, home_mm = self._layout.legs_mm([stop.spot for stop in stops])
        scans = []
        for stop, leg_mm in zip(stops, legs, strict=True):
            seconds = crew.stop_s(walk_mm=leg_mm, quantity=stop.quantity)
            at += timedelta(seconds=self.world.really_s(seconds, stop.task_id))
            scans.append((stop, at))
        return scans, at + timedelta(seconds=home_mm / crew.WALK_MM_S)

    @staticmethod
    def _stops(pick_list: PickList) -> list[Stop]:
        tasks = PickTask.objects.filter(pick_list=pick_list, closed_at=None).order_by("sequence", "pk")
        rows = tasks.values_list(
            "pk", "bin_id", "bin__code", "bin__aisle", "bin__y_mm", "sku_id", "sku__code", "lot_id", "lot__code",
            "lot__expires_on", "cart_tote__tote__code", "quantity",
        )  # fmt: skip
        return [Stop(*row) for row in rows]

    def _take_totes(self, slots: Sequence[int]) -> dict[int, str]:
        if len(self._totes) < len(slots):
            riding = CartTote.objects.filter(freed_at=None, tote__isnull=False).values("tote_id")
            free = Bin.objects.filter(hub=self.hub, kind=Bin.Kind.TOTE).exclude(pk__in=riding)
            self._totes = list(free.order_by("code").values_list("code", flat=True))
        taken, self._totes = self._totes[: len(slots)], self._totes[len(slots) :]
        return dict(zip(slots, taken, strict=True))

    def _take_more_totes(self, pick_list: PickList, at: datetime) -> None:
        """Orders joined the cart on its way: each gets a tote of those that every picker has with them."""
        bare = list(pick_list.totes.filter(tote=None).order_by("slot").values_list("slot", flat=True))
        assert pick_list.worker_id is not None, "a cart that was started has a picker"
        with clock.playing(at):
            for slot, code in self._take_totes(bare).items():
                put_tote(pick_list_id=pick_list.pk, worker_id=pick_list.worker_id, slot=slot, code=code)

    def _report(self, pick_list: PickList, served: Sequence[tuple[Stop, datetime]], at: datetime) -> PickOutcome:
        stops = [stop for stop, _ in served]
        shelf = self._truth(stops)
        picks = []
        for stop, scanned_at in served:
            key = stop.bin_id, stop.sku_id, stop.lot_id
            found = min(stop.quantity, shelf[key]) if key in shelf else stop.quantity
            if key in shelf:
                shelf[key] -= found
            picks.append(self._pick(stop, found, at=scanned_at))
        assert pick_list.worker_id is not None, "a cart that was started has a picker"
        with clock.playing(at):
            if stops and self.world.scans_wrong("walk", pick_list.number):
                self._slip(pick_list, pick_list.worker_id, stops)
            return record_picks(pick_list_id=pick_list.pk, worker_id=pick_list.worker_id, picks=picks)

    def _truth(self, stops: Sequence[Stop]) -> Counter[tuple[int, int, int | None]]:
        """Units really on those shelves that hold fewer than the books say."""
        haunted = {stop.sku_id: stop.sku for stop in stops if self.world.gone(sku=stop.sku)}
        if not haunted:
            return Counter()
        lost = Move.objects.filter(sku__in=haunted, to_bin__hub=self.hub, to_bin__kind=Bin.Kind.MISSING)
        known = dict(lost.values_list("sku_id").annotate(n=Sum("quantity")))
        books = BinBalance.objects.filter(bin__in={stop.bin_id for stop in stops}, sku__in=haunted)
        rows = books.filter(condition=Condition.SELLABLE).values_list("bin_id", "sku_id", "lot_id", "on_hand")
        return Counter(
            {
                (bin_id, sku_id, lot_id): self.world.on_shelf(
                    sku=haunted[sku_id], on_books=on_hand, known_gone=known.get(sku_id, 0)
                )
                for bin_id, sku_id, lot_id, on_hand in rows
            }
        )

    def _slip(self, pick_list: PickList, worker_id: int, stops: Sequence[Stop]) -> None:
        """Somebody scans a shelf that is not on the list; the handheld says where to go."""
        others = Bin.objects.filter(hub=self.hub, kind=Bin.Kind.STORAGE).exclude(pk__in={stop.bin_id for stop in stops})
        beside = others.filter(pk__gt=stops[0].bin_id).order_by("pk").first() or others.order_by("pk")[:1].get()
        wrong = self._pick(stops[0]._replace(bin_code=beside.code), stops[0].quantity, name="wrong pick")
        try:
            record_picks(pick_list_id=pick_list.pk, worker_id=worker_id, picks=[wrong])
        except DomainError:
            self.wrong += 1

    def _pick(self, stop: Stop, found: int, *, at: datetime | None = None, name: str = "pick") -> Pick:
        return Pick(
            scan_id=scan_id(name, stop.task_id),
            bin_code=stop.bin_code,
            item_code=self.codes.read(stop.sku_id, lot=stop.lot or "", expires_on=stop.expires_on),
            tote_code=stop.tote,
            quantity=found,
            short=stop.quantity - found,
            at=at,
        )


def last_return(hub: Hub) -> dict[int, datetime]:
    """When each picker came back from the last walk that is recorded."""
    lists = PickList.objects.filter(hub=hub, finished_at__isnull=False, worker__isnull=False)
    return dict(lists.values_list("worker_id").annotate(at=Max("finished_at")))

"""What came of a play: counted from the rows, and told on screen and as JSON.

Keys of the JSON: `headline`, `figures` ([[what, value]]) and `logins` for the screen of `make run`; `totals` (the
same for the same seed, broken off or not), `walks`, `seconds`, `days`, `verify`, `made_up`, and what was played.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, F, Q, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from foundation.invariants import check
from foundation.verdict import Verdict, write_verdict
from fulfillment import invariants as top
from fulfillment.demo.plays import Frame
from fulfillment.demo.schedule import StopWatch
from fulfillment.models import IntakeRun, Order, OrderLine, Wave
from fulfillment.services.importing import MADE_UP
from shipping import invariants as parcels
from shipping.models import LabelPurchase, Manifest, Parcel, TrackingScan, WebhookDelivery
from warehouses import invariants as floor
from warehouses.models import CartonLine, Hub, Inbound, PickList, PickTask

INVARIANTS = (*floor.INVARIANTS, *parcels.INVARIANTS, *top.INVARIANTS)
_GONE = (Order.State.SHIPPED, Order.State.DELIVERED, Order.State.RETURNED)


@dataclass(frozen=True, slots=True)
class Told:
    """What only the play itself knows."""

    name: str
    seed: int
    frame: Frame
    watch: StopWatch
    webhooks: int
    refused_scans: int
    left: Sequence[str]
    files: int
    resumed: bool
    logins: Sequence[Mapping[str, str]]


def make_report(*, hub: Hub, runs: Sequence[IntakeRun], told: Told) -> dict[str, Any]:
    """The whole report as JSON values."""
    totals, walks, broken = _totals(hub), _walks(hub), _broken()
    days = _days(hub, told)
    report = {
        "headline": _headline(hub, told, totals),
        "figures": _figures(totals, walks, broken, told),
        "logins": list(told.logins),
        "play": told.name,
        "hub": hub.code,
        "seed": told.seed,
        "days": days,
        "until": told.frame.until.isoformat(),
        "resumed": told.resumed,
        "totals": totals,
        "walks": walks,
        "verify": {"invariants": len(INVARIANTS), "differences": sum(broken.values()), "broken": broken},
        "seconds": {
            "wall": round(told.watch.seconds, 2),
            "by_part": {part: round(s, 2) for part, s in told.watch.by_part.items()},
        },
        "second_half_against_first": _second_half(days),
        "peak_rss_mb": round(told.watch.peak_mb(), 1),
        "intake": [_intake(run) for run in runs],
        "made_up": f"{MADE_UP}, from seed {told.seed}",
        "files": told.files,
        "left_at_the_bench": list(told.left),
    }
    return json.loads(json.dumps(report, default=str))


def _totals(hub: Hub) -> dict[str, int]:
    orders, lines = Order.objects.filter(hub=hub), OrderLine.objects.filter(order__hub=hub)
    mine = Parcel.objects.filter(shipment__site=hub.code)
    on_time = orders.filter(shipped_at__lte=F("ship_by"))
    bought = LabelPurchase.objects.filter(parcel__in=mine, state=LabelPurchase.State.BOUGHT)
    cartons = CartonLine.objects.filter(carton__inbound__hub=hub, is_closed=True)
    units = lines.aggregate(ordered=Sum("quantity"), shipped=Sum("shipped"), cancelled=Sum("cancelled"))
    counted = cartons.aggregate(
        good=Sum("good"), damaged=Sum("damaged"), missing=Sum("missing"), surplus=Sum("surplus")
    )
    tasks = PickTask.objects.filter(reservation__hub=hub)
    return {
        "orders": orders.count(),
        "lines": lines.count(),
        **{f"units_{name}": n or 0 for name, n in units.items()},
        **{
            f"orders_{row['state']}": row["n"]
            for row in orders.values("state").annotate(n=Count("pk")).order_by("state")
        },
        "orders_due": orders.filter(Q(shipped_at__isnull=False) | Q(ship_by__lte=_last_departure(hub))).count(),
        "orders_on_time": on_time.count(),
        "orders_gone": orders.filter(state__in=_GONE).count(),
        "inbounds": Inbound.objects.filter(hub=hub).count(),
        **{f"received_{name}": n or 0 for name, n in counted.items()},
        "waves": Wave.objects.filter(hub=hub).count(),
        "carts": PickList.objects.filter(hub=hub).exclude(state=PickList.State.CANCELLED).count(),
        "picks": tasks.filter(closed_at__isnull=False, picked__gt=0).count(),
        "short_picks": tasks.filter(short__gt=0).count(),
        "units_short": tasks.aggregate(n=Sum("short"))["n"] or 0,
        "parcels": mine.filter(voided_at=None).count(),
        "labels": bought.count(),
        "label_cents": bought.aggregate(n=Sum("price_cents"))["n"] or 0,
        "manifests": Manifest.objects.filter(site=hub.code).count(),
        "scans": TrackingScan.objects.count(),
        "webhooks": WebhookDelivery.objects.count(),
        "webhooks_doubled": WebhookDelivery.objects.filter(copies__gt=1).count(),
    }


def _last_departure(hub: Hub) -> Any:
    """The last hand-over: what was due by then has either gone on time or not."""
    return Manifest.objects.filter(site=hub.code).order_by("-handed_over_at").values("handed_over_at")[:1]


def _walks(hub: Hub) -> dict[str, Any]:
    """Metres of all waves: as planned, by the S-shape rule over first-come carts, and what no plan can beat."""
    sums = Wave.objects.filter(hub=hub).aggregate(
        walk=Sum("walk_mm"), rule=Sum("s_shape_mm"), bound=Sum("least_mm"), picks=Sum("picks"), ms=Sum("plan_ms")
    )
    walk, rule = sums["walk"] or 0, sums["rule"] or 0
    stops = PickList.objects.filter(hub=hub, state=PickList.State.PICKED).aggregate(n=Count("tasks"))["n"]
    return {
        "metres": round(walk / 1_000),
        "s_shape_metres": round(rule / 1_000),
        "bound_metres": round((sums["bound"] or 0) / 1_000),
        "saved_percent": round(100 * (1 - walk / rule), 1) if rule else 0.0,
        "picks_per_metre": round(stops / (walk / 1_000), 3) if walk else 0.0,
        "planning_seconds": round((sums["ms"] or 0) / 1_000, 2),
        "waves": [
            {
                "wave": wave.number,
                "metres": round(wave.walk_mm / 1_000),
                "s_shape_metres": round(wave.s_shape_mm / 1_000),
                "saved_percent": round(100 * wave.saved_share, 1),
                "method": wave.method,
            }
            for wave in Wave.objects.filter(hub=hub).order_by("pk")
        ],
    }


def _broken() -> dict[str, int]:
    """What breaks an invariant, by its name; the control room gets to know the verdict too."""
    broken = {finding.invariant.name: finding.broken for finding in check(INVARIANTS) if finding.broken}
    verdict = Verdict(timezone.now(), len(INVARIANTS), sum(broken.values()))
    write_verdict(Path(settings.VAR_DIR) / "verify.json", verdict)
    return broken


def _days(hub: Hub, told: Told) -> list[dict[str, Any]]:
    """Per played day: lines placed and lines packed on it, the real seconds it took, and milliseconds a line.

    A line counts for the day on which it is packed: what is placed in the evening is the next day's work.
    """
    zone = ZoneInfo(hub.timezone)
    placed, packed = _by_day(hub, "order__placed_at", zone), _by_day(hub, "order__packed_at", zone)
    spent = told.watch.by_day
    return [
        _day(day, placed[day], packed[day], spent.get(day, {}))
        for day in sorted({*told.frame.days, *placed, *packed, *spent})
    ]


def _by_day(hub: Hub, moment: str, zone: ZoneInfo) -> Counter[date]:
    """Order lines by the hub's day of `moment` of their order."""
    rows = OrderLine.objects.filter(order__hub=hub, **{f"{moment}__isnull": False})
    days = rows.annotate(day=TruncDate(moment, tzinfo=zone)).values_list("day").annotate(n=Count("pk"))
    return Counter(dict(days))


def _day(day: date, placed: int, packed: int, spent: Mapping[str, float]) -> dict[str, Any]:
    seconds = sum(spent.values())
    return {
        "day": day.isoformat(),
        "lines": placed,
        "lines_packed": packed,
        "seconds": round(seconds, 2),
        "ms_per_line": round(1_000 * seconds / packed, 2) if packed else None,
        "by_part": {part: round(each, 2) for part, each in sorted(spent.items(), key=lambda row: -row[1])},
    }


def _second_half(days: Sequence[Mapping[str, Any]]) -> float | None:
    """Time per line of the second half of the days with orders, against the first; the middle day counts in neither."""
    busy = [day for day in days if day["lines"] and day["lines_packed"]]
    half = len(busy) // 2
    if not half:
        return None

    def per_line(part: Sequence[Mapping[str, Any]]) -> float:
        return sum(day["seconds"] for day in part) / sum(day["lines_packed"] for day in part)

    first = per_line(busy[:half])
    return round(per_line(busy[-half:]) / first, 3) if first else None


def _intake(run: IntakeRun) -> dict[str, Any]:
    reasons = run.refusals.values_list("code").annotate(n=Count("pk")).order_by("-n", "code")
    return {
        "seller": run.seller.code,
        "file": run.file_name,
        "read": run.read,
        "accepted": run.accepted,
        "duplicate": run.duplicate,
        "refused": run.refused,
        "reasons": dict(reasons),
    }


def _headline(hub: Hub, told: Told, totals: Mapping[str, int]) -> str:
    first, last = told.frame.days[0], told.frame.days[-1]
    span = f"{first:%A %d %B %Y}" if first == last else f"{first:%a %d %b} to {last:%a %d %b %Y}"
    return f"{hub.code} on {span}: {totals['orders_gone']} of {totals['orders']} orders have left."


def _figures(
    totals: Mapping[str, int], walks: Mapping[str, Any], broken: Mapping[str, int], told: Told
) -> list[list[str]]:
    due, on_time = totals["orders_due"], totals["orders_on_time"]
    share = f" ({100 * on_time / due:.1f} %)" if due else ""
    return [
        ["Orders, lines, units", f"{totals['orders']:,}, {totals['lines']:,}, {totals['units_ordered']:,}"],
        ["Left on time", f"{on_time:,} of {due:,} due{share}"],
        ["Delivered", f"{totals.get('orders_delivered', 0):,} orders"],
        ["Labels", f"{totals['labels']:,} bought for {totals['parcels']:,} parcels"],
        ["Walked", f"{walks['metres']:,} m in {totals['carts']} carts, {walks['picks_per_metre']} picks a metre"],
        ["Against S-shape", f"{walks['saved_percent']} % fewer than {walks['s_shape_metres']:,} m"],
        ["Short picks", f"{totals['short_picks']:,} ({totals['units_short']:,} units not found)"],
        ["Goods in", _counted(totals)],
        ["Scans stopped", f"{told.refused_scans:,} wrong ones at dock, shelf and bench"],
        ["Carrier", f"{totals['webhooks']:,} webhooks, {totals['scans']:,} scans"],
        ["Ledger", f"{sum(broken.values())} differences in {len(INVARIANTS)} invariants"],
        ["Real time", f"{told.watch.seconds:.1f} s, at most {told.watch.peak_mb():.0f} MB"],
    ]


def _counted(totals: Mapping[str, int]) -> str:
    return ", ".join(f"{totals[f'received_{what}']:,} {what}" for what in ("good", "damaged", "missing", "surplus"))


def write_report(report: Mapping[str, Any], path: Path) -> None:
    """The report as a JSON file; it appears whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.part")
    draft.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    draft.replace(path)


def told_on_screen(report: Mapping[str, Any]) -> str:
    """Headline, figures and seconds by part, for a terminal."""
    lines = [report["headline"], *(f"  {what:<24} {value}" for what, value in report["figures"])]
    parts = ", ".join(f"{part} {seconds:.1f}" for part, seconds in report["seconds"]["by_part"].items())
    lines.append(f"  {'Seconds':<24} {parts}")
    for run in report["intake"]:
        if run["refused"]:
            reasons = ", ".join(f"{code} {n}" for code, n in run["reasons"].items())
            lines.append(f"  {'Rows refused':<24} {run['refused']} of {run['read']} ({reasons})")
    lines.append(f"  {'Made up':<24} {report['made_up']}")
    lines += [f"  {login['who']:<24} {login['user']} / {login['password']}" for login in report["logins"]]
    return "\n".join(lines)

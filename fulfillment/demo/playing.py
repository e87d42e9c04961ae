"""Playing: sets the stage, serves the agenda, and says what came of it. Broken off, it goes on where it was."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from foundation import clock
from foundation.verdict import Verdict, write_verdict
from fulfillment.demo.codes import ItemCodes
from fulfillment.demo.crew import People, install_people
from fulfillment.demo.dock import Dock
from fulfillment.demo.doors import Doors, open_doors
from fulfillment.demo.floor import Floor
from fulfillment.demo.logins import install_logins, install_token
from fulfillment.demo.papers import write_papers
from fulfillment.demo.plays import Play, refuse_mixed
from fulfillment.demo.report import Told, make_report
from fulfillment.demo.schedule import Agenda, Progress, StopWatch
from fulfillment.demo.stage import Stage, played_until
from fulfillment.demo.world import World
from fulfillment.models import IntakeRun
from fulfillment.services.importing import finish_intake
from warehouses.models import Hub


def finished(hub: Hub, *, layout: str, sha256: str = "") -> bool:
    """Whether this hub has played such a play to its end."""
    runs = IntakeRun.objects.filter(hub=hub, layout=layout, **({"file_sha256": sha256} if sha256 else {}))
    return runs.exists() and not runs.filter(finished_at=None).exists()


def play(*, game: Play, seed: int, progress: Progress) -> dict[str, Any]:
    """Plays `game` to its end and returns the report. Raises `Conflict` (`hub_in_use`) in a hub with other orders."""
    hub, watch = game.hub, StopWatch(game.hub.timezone)
    with watch.timing("set-up", game.frame.begin):
        runs = game.prepare()
        refuse_mixed(hub, runs)
        people = install_people(hub=hub, crew=game.frame.crew)
        logins = install_logins(hub=hub, sellers=[run.seller for run in runs])
        resumed = played_until(hub)
    journal = Path(settings.VAR_DIR) / "simulator.jsonl"
    with open_doors(hub, journal=journal) as doors:
        stage = _stage(game, seed, runs, people, doors, watch, progress, resumed)
        game.enter(stage, stage.agenda)
        stage.agenda.run(stage.floor, until=game.frame.until)
        with watch.timing("end", game.frame.until):
            game.leave(stage)
    with watch.timing("papers", game.frame.until):
        files = write_papers(hub=hub, folder=Path(settings.VAR_DIR) / "out" / hub.code.lower())
    tokens = _close(runs, game.frame.until)
    told = Told(
        name=game.name,
        seed=seed,
        frame=game.frame,
        watch=watch,
        webhooks=stage.webhooks,
        left=stage.floor.benches.left,
        refused_scans=stage.dock.refused + stage.floor.walks.wrong + stage.floor.benches.wrong,
        files=files,
        resumed=resumed is not None,
        logins=[*logins, *tokens],
    )
    report = make_report(hub=hub, runs=[IntakeRun.objects.get(pk=run.pk) for run in runs], told=told)
    found = report["verify"]
    verdict = Verdict(timezone.now(), found["invariants"], found["differences"])
    write_verdict(Path(settings.VAR_DIR) / "verify.json", verdict)
    return report


def _stage(
    game: Play,
    seed: int,
    runs: Sequence[IntakeRun],
    people: People,
    doors: Doors,
    watch: StopWatch,
    progress: Progress,
    resumed: datetime | None,
) -> Stage:
    hub, world = game.hub, World(seed, game.hub.code, game.frame.losing)
    codes = ItemCodes([run.seller for run in runs])
    return Stage(
        hub=hub,
        seed=seed,
        world=world,
        dock=Dock.of(hub, world, people, codes, game.frame.crew.dock),
        floor=Floor.of(hub, people, game.frame.shifts, world, codes, progress, since=game.frame.begin),
        doors=doors,
        agenda=Agenda(watch, progress),
        seconds_a_wave=game.frame.seconds_a_wave,
        until=game.frame.until,
        played=resumed,
    )


def _close(runs: Sequence[IntakeRun], at: datetime) -> list[dict[str, str]]:
    """The marker that it was played to its end; and, the first time, a token for the first seller's shop."""
    with clock.playing(at):
        for run in runs:
            finish_intake(run=run)
        token = install_token(runs[0].seller)
    return [token] if token and settings.DEBUG else []

"""`manage.py compile_planner`: the planner's inner loops as machine code, kept beside their source."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

from django.core.management.base import BaseCommand

from config.warming import PARTS


class Command(BaseCommand):
    """For an installation, after the code has changed: what is not compiled yet, the first process compiles."""

    help = "Compile the planner, its parts at once; about a minute on two cores, seconds when it is compiled already."
    requires_system_checks = ()

    def handle(self, *_args: str, **_options: Any) -> None:
        self.stderr.write("Compiling the planner; the first time on a machine takes a minute or two.")
        # Spawned, not forked: a forked process would share locks of threads that it does not have.
        with ProcessPoolExecutor(len(PARTS), mp_context=get_context("spawn")) as processes:
            for part in [processes.submit(part) for part in PARTS]:
                part.result()
        self.stderr.write("Ready.")

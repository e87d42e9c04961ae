"""Settings of the worker processes that test_jobs.py starts: they know one task more."""

from tests.settings import *  # noqa: F403
from tests.settings import PROCRASTINATE_IMPORT_PATHS

PROCRASTINATE_IMPORT_PATHS = [*PROCRASTINATE_IMPORT_PATHS, "tests.config.queue_tasks"]

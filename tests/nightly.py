"""How long Hypothesis plays: short in the build, long with `--hypothesis-profile nightly`."""

from typing import Final

from hypothesis import HealthCheck, settings

NIGHTLY: Final = "nightly"
TIMES: Final = 200
"""So many times the days of the build."""


def register() -> None:
    """Makes the profile known to pytest's option."""
    settings.register_profile(NIGHTLY, settings.get_profile("default"))


def days(number: int, *, steps: int = 15) -> settings:
    """For a machine that plays `number` days of so many steps in the build."""
    is_long = settings.get_current_profile_name() == NIGHTLY
    return settings(
        max_examples=number * TIMES if is_long else number,
        stateful_step_count=4 * steps if is_long else steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )

"""How long Hypothesis plays: short in the build, long with `--hypothesis-profile nightly`."""

from typing import Final

from hypothesis import HealthCheck, settings

BUILD: Final = "build"
NIGHTLY: Final = "nightly"
TIMES: Final = 200
"""So many times the days of the build."""


def register() -> None:
    """The build's own profile, and the long one for pytest's option. On a busy machine being slow is no fault."""
    here = settings.get_profile(settings.get_current_profile_name())
    settings.register_profile(BUILD, here, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.register_profile(NIGHTLY, settings.get_profile(BUILD))
    settings.load_profile(BUILD)


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

"""Orders that arrive while a wave is walked: what has not started is planned anew, what has started stays."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from foundation.errors import Invalid
from warehouses.planning.batches.batching import CartPlan, Progress, WavePlan, plan_wave
from warehouses.planning.batches.loads import Cart, Load
from warehouses.planning.floor.layout import Layout


@dataclass(frozen=True, slots=True)
class Replanned:
    """The carts that stay as they were, and the plan of all other loads."""

    started: tuple[CartPlan, ...]
    plan: WavePlan

    @property
    def length_mm(self) -> int:
        """Metres of all carts together, in mm."""
        return sum(cart.walk.length_mm for cart in self.started) + self.plan.length_mm


def replan(
    layout: Layout,
    loads: Sequence[Load],
    cart: Cart,
    *,
    started: Sequence[CartPlan],
    seed: int = 0,
    time_limit_s: float = 5.0,
    apart: Collection[tuple[str, str]] = (),
    mixing_mm: int = 0,
    progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Replanned:
    """Plan again when orders arrived: `loads` are all that are known by now, old and new.

    Those on `started` carts are left there. Raises `Invalid` as `plan_wave` does, and `cart_unknown` when a
    started cart carries a load that is not among `loads`.
    """
    known = {load.key for load in loads}
    taken = {key for one in started for key in one.loads}
    if taken - known:
        key = min(taken - known)
        raise Invalid(f"A started cart carries load {key}, which is not in the wave.", code="cart_unknown", load=key)
    plan = plan_wave(
        layout,
        [load for load in loads if load.key not in taken],
        cart,
        seed=seed,
        time_limit_s=time_limit_s,
        apart=apart,
        mixing_mm=mixing_mm,
        progress=progress,
        stop=stop,
    )
    return Replanned(tuple(started), plan)

"""The sets of loads that a search has met: the columns that a plan is put together from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from warehouses.planning.batches.improving import Pool
from warehouses.planning.batches.lengths import flattened
from warehouses.planning.batches.wave import Signs, Wave
from warehouses.planning.floor.layout import IntArray

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Columns:
    """Sets of loads, each once: `loads[starts[i]:starts[i + 1]]` ride together for `price` units of length."""

    sign: Signs
    price: IntArray
    starts: IntArray
    loads: IntArray

    def __len__(self) -> int:
        return len(self.price)

    @staticmethod
    def none() -> "Columns":
        """No sets."""
        nothing = np.zeros(0, dtype=np.int64)
        return Columns(nothing.astype(np.uint64), nothing, np.zeros(1, dtype=np.int64), nothing)

    @staticmethod
    def of_pool(pool: Pool) -> "Columns":
        """The sets a search collected."""
        number = int(pool.number[0])
        count = pool.held[:number]
        members = pool.members[:number]
        return Columns(
            sign=pool.sign[:number].copy(),
            price=pool.price[:number].copy(),
            starts=np.concatenate([[0], np.cumsum(count)]),
            loads=members[np.arange(members.shape[1]) < count[:, None]].astype(np.int64),
        )

    @staticmethod
    def of_plan(wave: Wave, plan: Sequence[Sequence[int]], price: IntArray) -> "Columns":
        """The carts of a plan."""
        starts, loads = flattened(plan)
        sign = np.add.reduceat(wave.sign[loads], starts[:-1])
        return Columns(sign, price, starts, loads)

    @staticmethod
    def joined(several: Sequence["Columns"]) -> "Columns":
        """All of them, doubles left out."""
        starts = [columns.starts[:-1] for columns in several]
        ends = np.cumsum([len(columns.loads) for columns in several])
        shifted = [start + shift for start, shift in zip(starts, [0, *ends[:-1]], strict=True)]
        all_of = Columns(
            sign=np.concatenate([columns.sign for columns in several]),
            price=np.concatenate([columns.price for columns in several]),
            starts=np.concatenate([*shifted, ends[-1:]]).astype(np.int64),
            loads=np.concatenate([columns.loads for columns in several]),
        )
        _, first = np.unique(all_of.sign, return_index=True)
        return all_of.chosen(np.sort(first))

    def renamed(self, names: IntArray) -> "Columns":
        """The same sets with load i called `names[i]`."""
        return Columns(self.sign, self.price, self.starts, names[self.loads])

    def chosen(self, which: IntArray) -> "Columns":
        """Some of the sets, in this order."""
        lengths = np.diff(self.starts)[which]
        starts = np.concatenate([[0], np.cumsum(lengths)])
        within = np.arange(starts[-1]) - np.repeat(starts[:-1], lengths)
        return Columns(
            self.sign[which], self.price[which], starts, self.loads[np.repeat(self.starts[which], lengths) + within]
        )

    def worth(self, duals: Floats) -> Floats:
        """Each set's price less what its loads are worth: its reduced cost."""
        sums = np.add.reduceat(duals[self.loads], self.starts[:-1]) if len(self) else np.zeros(0)
        return self.price - sums

    def members(self, index: int) -> list[int]:
        """The loads of one set."""
        return self.loads[self.starts[index] : self.starts[index + 1]].tolist()

"""Ruin and recreate for scattered storage: give up some bins, choose others instead, cool down slowly. Compiled.

Schrimpf et al. 2000; for `searching`. What is given up lies close together, or is all of an aisle or of a few
articles; then each article is chosen anew where it adds least to the exact walk. Greed alone never moves several
articles into an aisle that none of them is worth entering for, so at times a piece of aisle invites: while the
articles that lie in it are chosen anew, all of it counts as visited.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from warehouses.planning.chance import Chance, draw
from warehouses.planning.floor.layout import IntArray
from warehouses.planning.scattered.changing import Trail, follow, hold, length_with
from warehouses.planning.scattered.stocked import BoolArray, StockedFloor

MOST_RUINED, MOST_INVITED = 8, 6
"""Bins given up at once, and articles that an inviting piece makes choose anew."""

INVITING, BANNED = 0.6, 0.7
"""How often a piece invites, and how often an aisle that was given up is not chosen again at once."""

MOST_BLUR = 0.5
"""Share by which what a bin adds may seem more or less than it is."""


class Choice(NamedTuple):
    """Which supplies are visited: `take` is 1 for those, `missing` (articles) the units still wanted.

    `spot_of` is a supply's spot; an article's supplies are `of[first[article]]` to before `of[first[article + 1]]`.
    """

    take: IntArray
    missing: IntArray
    spot_of: IntArray
    first: IntArray
    of: IntArray


@njit(cache=True, nogil=True)
def nothing_chosen(floor: StockedFloor, wanted: IntArray) -> Choice:
    """The choice to begin with, all that is `wanted` still missing."""
    spot_of, of = np.zeros(len(floor.article), np.int64), np.argsort(floor.article, kind="mergesort")
    first = np.zeros(len(wanted) + 1, np.int64)
    for spot in range(len(floor.at)):
        spot_of[floor.supplies[spot] : floor.supplies[spot + 1]] = spot
    for article in floor.article:
        first[article + 1] += 1
    return Choice(np.zeros(len(of), np.int64), wanted.copy(), spot_of, np.cumsum(first), of)


@njit(cache=True, nogil=True)
def adopt(floor: StockedFloor, trail: Trail, choice: Choice, take: IntArray) -> None:
    """Visit exactly the supplies of `take`."""
    for supply in range(len(take)):
        if take[supply] != choice.take[supply]:
            change = take[supply] - choice.take[supply]
            choice.take[supply] = take[supply]
            choice.missing[floor.article[supply]] -= change * floor.units[supply]
            hold(floor, trail, choice.spot_of[supply], change)


@njit(cache=True, nogil=True)
def gather(floor: StockedFloor, trail: Trail, choice: Choice, reached: BoolArray, chance: Chance) -> int:
    """Choose anew while the spots that are `reached` count as visited; returns the length in mm then walked."""
    adopt(floor, trail, choice, np.zeros_like(choice.take))
    for spot in range(len(reached)):
        if reached[spot]:
            hold(floor, trail, spot, 1)
    recreate(floor, trail, choice, chance, 0.0, -1)
    for spot in range(len(reached)):
        if reached[spot]:
            hold(floor, trail, spot, -1)
    return follow(floor, trail)


@njit(cache=True, nogil=True)
def recreate(floor: StockedFloor, trail: Trail, choice: Choice, chance: Chance, blur: float, banned: int) -> None:
    """Choose supplies for all that is missing, in random order, if possible not in the `banned` aisle (-1: none)."""
    order = np.arange(len(choice.missing))
    for place in range(len(order) - 1, 0, -1):
        other = int(draw(chance) * (place + 1))
        order[place], order[other] = order[other], order[place]
    for place in range(len(order)):
        article = int(order[place])
        while choice.missing[article] > 0:
            supply = _passed(floor, trail, choice, article)
            if supply < 0:
                supply = _cheapest(floor, trail, choice, article, chance, blur, banned)
            _add(floor, trail, choice, supply)


@njit(cache=True, nogil=True)
def _passed(floor: StockedFloor, trail: Trail, choice: Choice, article: int) -> int:
    """The supply with most of an article at spots that are visited anyway; -1 if there is none."""
    best, most = -1, 0
    for supply in choice.of[choice.first[article] : choice.first[article + 1]]:
        units = min(floor.units[supply], choice.missing[article])
        if units > most and choice.take[supply] == 0 and trail.held[choice.spot_of[supply]] > 0:
            best, most = supply, units
    return best


@njit(cache=True, nogil=True)
def _cheapest(
    floor: StockedFloor, trail: Trail, choice: Choice, article: int, chance: Chance, blur: float, banned: int
) -> int:
    """The supply of an article that adds least to the walk per unit wanted, as it seems; chance between equals."""
    pieces = len(floor.long) // len(floor.ahead)
    length, best, least = follow(floor, trail), -1, np.inf
    for supply in choice.of[choice.first[article] : choice.first[article + 1]]:
        if choice.take[supply] == 0:
            spot = choice.spot_of[supply]
            adds = length_with(floor, trail, spot) - length
            if trail.piece_of[spot] // pieces == banned:
                adds += length
            units = min(floor.units[supply], choice.missing[article])
            value = (adds * (1.0 + blur * (2.0 * draw(chance) - 1.0)) + draw(chance)) / units
            if value < least:
                best, least = supply, value
    return best


@njit(cache=True, nogil=True)
def _add(floor: StockedFloor, trail: Trail, choice: Choice, supply: int) -> None:
    """Visit a supply, and no longer those of its article that this makes needless."""
    article = floor.article[supply]
    choice.take[supply] = 1
    choice.missing[article] -= floor.units[supply]
    hold(floor, trail, choice.spot_of[supply], 1)
    for other in choice.of[choice.first[article] : choice.first[article + 1]]:
        if other != supply and choice.take[other] and floor.units[other] <= -choice.missing[article]:
            _give_up(floor, trail, choice, other)


@njit(cache=True, nogil=True)
def _give_up(floor: StockedFloor, trail: Trail, choice: Choice, supply: int) -> None:
    """Visit a supply no longer."""
    choice.take[supply] = 0
    choice.missing[floor.article[supply]] += floor.units[supply]
    hold(floor, trail, choice.spot_of[supply], -1)


@njit(cache=True, nogil=True)
def _forget(floor: StockedFloor, trail: Trail, choice: Choice, article: int) -> None:
    """Give up all supplies of an article."""
    for supply in choice.of[choice.first[article] : choice.first[article + 1]]:
        if choice.take[supply]:
            _give_up(floor, trail, choice, supply)


@njit(cache=True, nogil=True)
def _ruin(floor: StockedFloor, trail: Trail, choice: Choice, chance: Chance) -> int:
    """Give up a few articles, a whole aisle, or supplies side by side; returns the aisle to be banned, or -1."""
    supplies, pieces = len(choice.take), len(floor.long) // len(floor.ahead)
    kind, most = draw(chance), 1 + int(draw(chance) * MOST_RUINED)
    if kind < 0.35:
        for _ in range(1 + most // 2):
            _forget(floor, trail, choice, int(draw(chance) * len(choice.missing)))
        return -1
    seed = int(draw(chance) * supplies)
    while choice.take[seed] == 0:
        seed = (seed + 1) % supplies
    if kind < 0.6:
        aisle = trail.piece_of[choice.spot_of[seed]] // pieces
        begin, end = floor.spots[aisle * pieces], floor.spots[(aisle + 1) * pieces]
        for supply in range(floor.supplies[begin], floor.supplies[end]):
            if choice.take[supply]:
                _give_up(floor, trail, choice, supply)
        return aisle if draw(chance) < BANNED else -1
    step = -1 if draw(chance) < 0.5 else 1
    while 0 <= seed < supplies and most > 0:
        if choice.take[seed] and draw(chance) < 0.85:
            _give_up(floor, trail, choice, seed)
            most -= 1
        seed += step
    return -1


@njit(cache=True, nogil=True)
def _invite(floor: StockedFloor, trail: Trail, choice: Choice, chance: Chance) -> int:
    """Hold all spots of a piece, and forget some articles that lie there and are fetched elsewhere; the piece."""
    piece = int(draw(chance) * len(floor.long))
    while floor.spots[piece] == floor.spots[piece + 1]:
        piece = (piece + 1) % len(floor.long)
    left = MOST_INVITED
    for spot in range(floor.spots[piece], floor.spots[piece + 1]):
        hold(floor, trail, spot, 1)
        for supply in range(floor.supplies[spot], floor.supplies[spot + 1]):
            article = floor.article[supply]
            if left > 0 and choice.take[supply] == 0 and choice.missing[article] <= 0 and draw(chance) < 0.8:
                _forget(floor, trail, choice, article)
                left -= 1
    return piece


@njit(cache=True, nogil=True)
def anneal(
    floor: StockedFloor,
    trail: Trail,
    choice: Choice,
    chance: Chance,
    rounds: int,
    heat: float,
    best: IntArray,
    shortest: int,
) -> int:
    """Some rounds at one temperature, `heat` in mm; `choice` is the last one taken.

    A choice with a walk under `shortest` mm goes into `best`. Returns the shortest length.
    """
    length = follow(floor, trail)
    take, missing, held = choice.take.copy(), choice.missing.copy(), trail.held.copy()
    costs, before, behind = trail.costs.copy(), trail.before.copy(), trail.behind.copy()
    for _ in range(rounds):
        banned = _ruin(floor, trail, choice, chance)
        inviting = _invite(floor, trail, choice, chance) if draw(chance) < INVITING else -1
        recreate(floor, trail, choice, chance, MOST_BLUR * draw(chance), banned)
        if inviting >= 0:
            for spot in range(floor.spots[inviting], floor.spots[inviting + 1]):
                hold(floor, trail, spot, -1)
        changed = follow(floor, trail)
        if changed - length < -heat * np.log(1.0 - draw(chance)):
            length = changed
            take[:], missing[:], held[:] = choice.take, choice.missing, trail.held
            costs[:], before[:], behind[:] = trail.costs, trail.before, trail.behind
            if length < shortest:
                shortest = length
                best[:] = take
        else:
            choice.take[:], choice.missing[:], trail.held[:] = take, missing, held
            trail.costs[:], trail.before[:], trail.behind[:] = costs, before, behind
    return shortest

# SPDX-License-Identifier: Apache-2.0
"""The three tests of anonymity (WP216) as code, run against each release.

Rules: an attacker knows every cell that is shown, exactly, before it is rounded or
noise is added; an attack is aimed at devices of the release; its baseline is the same
attack on the release as it would be without the device that it is aimed at, or a blind
guess among what is shown where that is better, so what is counted is what a device
gives away by taking part.
Not here: what follows from the figures (`release.py`).
Source: Article 29 Working Party, Opinion 05/2014 (WP216), section 2.2.2.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from server.anonymise.bounds import ADVANTAGE, CLOSE, DEVICES, TARGETS
from server.anonymise.cells import mean_of
from server.anonymise.fleet import Device, Fleet, Group, Path
from server.anonymise.noise import Chance
from server.anonymise.suppression import Least, shown

SINGLING_OUT = "singling-out"
LINKABILITY = "linkability"
INFERENCE = "inference"
ESTIMATE = "inference-of-a-value"


@dataclass(frozen=True, slots=True)
class Figure:
    """How often an attack succeeded.

    Attributes:
        name: of the attack.
        success: share of tries, from 0 to 1.
        baseline: the same without the devices at which it was aimed.
        tries: how many there were.
    """

    name: str
    success: float
    baseline: float
    tries: int

    @property
    def passed(self) -> bool:
        """Tell whether taking part gave nothing away."""
        return self.success <= self.baseline + ADVANTAGE


@dataclass(frozen=True)
class _View:
    """What an attacker sees: cells and their exact sizes."""

    fleet: Fleet
    shown: set[Path]

    def guesses(self, known: Path) -> tuple[list[Path], int]:
        """Return the largest shown parts of the smallest cell that is known.

        Returns:
            The parts, all alike, and how many parts are shown.
        """
        for length in range(len(known), -1, -1):
            parts = [
                path
                for path in self.fleet.children.get(known[:length], ())
                if path in self.shown
            ]
            if parts:
                sizes = {path: len(self.fleet.groups[path]) for path in parts}
                most = max(sizes.values())
                return [path for path in parts if sizes[path] == most], len(parts)
        return [], 0

    def pool(self, guess: Path) -> Group:
        """Return the devices that have the last value of a cell, wherever."""
        groups = self.fleet.groups
        return self.fleet.union(
            [one for one in groups if len(one) == len(guess) and one[-1] == guess[-1]]
        )

    def estimate(self, leaf: Path) -> float | None:
        """Return the mean of the smallest shown cell around a device."""
        for length in range(len(leaf), -1, -1):
            if leaf[:length] in self.shown:
                return mean_of(self.fleet.groups[leaf[:length]])
        return None


def attacks(
    fleet: Fleet, least: Least, chance: Chance, *, measured: bool = False
) -> tuple[Figure, ...]:
    """Attack what would be shown of a fleet.

    Args:
        fleet: the contributions.
        least: what a shown cell has.
        chance: draws the devices at which attacks are aimed.
        measured: whether means are shown.
    """
    view = _View(fleet, shown(fleet, least))
    targets = _drawn(fleet.devices, chance)
    linked, inferred, estimated = [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]
    for device in targets:
        rest = fleet.without(device)
        views = view, _View(rest, shown(rest, least))
        leaves = fleet.leaves_of(device)
        leaf = leaves[chance(len(leaves))]
        for at, one in enumerate(views):
            linked[at] += _linked(view, one, device, leaf)
            inferred[at] += _inferred(one, leaf, blind=at == 1)
            estimated[at] += _estimated(one, fleet.leaves[leaf][device], leaf)
    count = len(targets)
    found = [_singled_out(view)]
    found += [_figure(LINKABILITY, linked, count), _figure(INFERENCE, inferred, count)]
    if measured:
        found.append(_figure(ESTIMATE, estimated, count))
    return tuple(found)


def _figure(name: str, sums: Sequence[float], tries: int) -> Figure:
    return Figure(name, sums[0] / max(1, tries), sums[1] / max(1, tries), tries)


def _drawn(devices: Sequence[Device], chance: Chance) -> list[Device]:
    left = list(devices)
    count = min(TARGETS, len(left))
    return [left.pop(chance(len(left))) for _ in range(count)]


def _singled_out(view: _View) -> Figure:
    """Count what the release says of fewer devices than a cell may have.

    That is each shown cell, and of each the rest that subtracting its shown parts
    leaves. Whoever has no release has none of these.
    """
    groups, sizes = view.fleet.groups, []
    for path in view.shown:
        sizes.append(len(groups[path]))
        parts = view.fleet.children.get(path, ())
        rest = [part for part in parts if part not in view.shown]
        if rest:
            sizes.append(len(view.fleet.union(rest)))
    few = sum(size < DEVICES for size in sizes)
    return Figure(SINGLING_OUT, few / max(1, len(sizes)), 0.0, len(sizes))


def _linked(whole: _View, view: _View, device: Device, leaf: Path) -> float:
    """Return how likely an attacker finds the rest of a device among all devices.

    The attacker knows all but its last value, and picks one of those that have the
    last value which the release makes likeliest; without a release, any.
    """
    found = [1 / len(whole.fleet.devices)]
    guesses, _ = view.guesses(leaf[:-1])
    if guesses:
        pools = [whole.pool(guess) for guess in guesses]
        hits = sum(1 / len(pool) for pool in pools if device in pool)
        found.append(hits / len(pools))
    return max(found)


def _inferred(view: _View, leaf: Path, *, blind: bool) -> float:
    """Return how likely an attacker guesses the last value of a device.

    Args:
        view: what is seen.
        leaf: the device's values; the attacker knows all but the last.
        blind: whether to guess blindly among what is shown, where that is better.
    """
    guesses, parts = view.guesses(leaf[:-1])
    found = (leaf in guesses) / max(1, len(guesses))
    return max(found, 1 / parts) if blind and parts else found


def _estimated(view: _View, value: float, leaf: Path) -> float:
    found = view.estimate(leaf)
    return float(found is not None and abs(found - value) <= CLOSE * abs(value))

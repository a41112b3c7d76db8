# SPDX-License-Identifier: Apache-2.0
"""Attacks succeed where a release is bad, and then there is none.

Rules: each attack is shown to find what it is for.
Not here: good releases of random fleets (`tests/model/anonymise`).
"""

import pytest
from anonymise_fixture import TENANTS, contributions, seeded

from server.anonymise.attacks import INFERENCE, SINGLING_OUT, Figure, attacks
from server.anonymise.fleet import Contribution, Group, fleet_of
from server.anonymise.release import release
from server.anonymise.suppression import Least
from server.errors import LimitError


class _Every(Least):
    """Shows all cells."""

    __slots__ = ()

    def fits(self, group: Group) -> bool:
        """Be content with any."""
        del group
        return True


EVERY = _Every()


def figures(rows: dict[tuple[str, ...], int], least: Least) -> dict[str, Figure]:
    """Attack what would be shown of devices in cells."""
    chance = seeded(5)
    found = attacks(fleet_of(contributions(rows)), least, chance)
    return {figure.name: figure for figure in found}


def test_a_cell_of_one_is_singled_out() -> None:
    """Where small cells are shown, two of four points at one or two devices."""
    found = figures({("a",): 1, ("b",): 30, ("c",): 2}, EVERY)[SINGLING_OUT]
    assert (found.success, found.baseline, found.passed) == (0.5, 0.0, False)


def test_who_takes_part_alone_is_inferred() -> None:
    """A device whose value is shown only because of it gives its value away."""
    rows = {("a", "x"): 2, ("a", "y"): 1, ("a", "z"): 1}
    found = figures(rows, EVERY)[INFERENCE]
    assert (found.success, round(found.baseline, 4)) == (0.5, 0.4167)
    assert not found.passed


def test_large_cells_give_nobody_away() -> None:
    """Where each cell has many, a device's own part changes no guess."""
    found = figures({("a", "x"): 60, ("a", "y"): 40, ("b", "x"): 50}, Least())
    assert [one.passed for one in found.values()] == [True] * 3
    assert found[INFERENCE].success == 110 / 150


def test_cells_grow_until_no_attack_succeeds() -> None:
    """A cell of exactly ten, which one device would hide, is not shown."""
    rows = {("a", "x"): 10, ("b", "y"): 12, ("b", "x"): 11, ("c", "z"): 40}
    found = release(contributions(rows), seeded(1))
    assert found.least == 11
    shown = [cell.path for cell in found.aggregate.cells]
    assert shown == [(), ("c",), ("c", "z")]


def test_where_attacks_succeed_there_is_no_release() -> None:
    """Where one device makes a tenant the third, all that is shown tells of it."""
    rows = contributions({("a",): 59}, tenants=2)
    alone = Contribution(TENANTS[2], b"alone", ("a",), 1.0)
    with pytest.raises(LimitError, match="tells too much of single devices"):
        release([*rows, alone], seeded(1))

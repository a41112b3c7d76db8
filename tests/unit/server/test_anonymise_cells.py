# SPDX-License-Identifier: Apache-2.0
"""Which cells of a fleet are shown, and what is said of them.

Rules: fleets are small enough to be counted by hand.
Not here: random fleets (`tests/model/anonymise`).
"""

import subprocess
import sys
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import pytest
from anonymise_fixture import TENANTS, contributions, seeded

from server.anonymise.cells import Aggregate, aggregate, once
from server.anonymise.fleet import Contribution, fleet_of
from server.anonymise.suppression import Least, shown

ROOT = Path(__file__).parents[3]


def paths(rows: Iterable[Contribution]) -> set[tuple[str, ...]]:
    """Return the cells that are shown."""
    return shown(fleet_of(rows), Least())


def test_ten_devices_are_enough_and_nine_are_not() -> None:
    """A cell of nine is hidden, and so is the next smallest that would tell of it."""
    rows = contributions({("a",): 9, ("b",): 10, ("c",): 11})
    assert paths(rows) == {(), ("c",)}


def test_nothing_is_hidden_where_all_is_large() -> None:
    """Cells of ten and more are all shown, and the whole."""
    assert paths(contributions({("a",): 10, ("b",): 12})) == {(), ("a",), ("b",)}


def test_two_tenants_are_not_enough() -> None:
    """However many devices there are, two tenants show nothing."""
    assert paths(contributions({("a",): 90, ("b",): 90}, tenants=2)) == set()


def test_hidden_cells_that_are_large_together_hide_no_other() -> None:
    """Two cells of six are twelve together: who subtracts the others has no less."""
    rows = contributions({("a",): 6, ("b",): 6, ("c",): 10})
    assert paths(rows) == {(), ("c",)}


def test_the_only_other_cell_is_hidden_and_the_whole_is_shown() -> None:
    """Of two cells neither is shown where one is small: the whole is all there is."""
    assert paths(contributions({("a",): 9, ("b",): 50})) == {()}


def test_parts_of_a_hidden_cell_are_hidden() -> None:
    """What protects a small cell does not come back as the sum of its parts."""
    rows = contributions(
        {("a", "x"): 3, ("b", "x"): 20, ("b", "y"): 20, ("c", "x"): 60}
    )
    assert paths(rows) == {(), ("c",), ("c", "x")}


def test_a_value_that_makes_up_its_cell_hides_it() -> None:
    """Who has the second largest value cannot tell the largest from the mean."""
    even = contributions({("a",): 10}, value=5.0)
    one = contributions({("b",): 9}, value=5.0)
    large = Contribution(TENANTS[0], b"large", ("b",), 500.0)
    assert (paths(even), paths([*one, large])) == ({(), ("a",)}, set())


def test_counts_are_multiples_of_ten_right_on_the_average() -> None:
    """No count is exact: 14 devices are 10 or 20, and 14 on the average."""
    rows = contributions({("a",): 14})
    chance = seeded(1)
    found = [aggregate(rows, chance).cells[1].devices for _ in range(2_000)]
    assert set(found) == {10, 20}
    assert 13.5 < sum(found) / 2_000 < 14.5


def test_a_mean_has_two_digits() -> None:
    """A mean says no more than two digits, which one device does not change."""
    rows = contributions({("a",): 10}, value=123.456)
    found = aggregate(rows, seeded(1), measured=True)
    assert [cell.mean for cell in found.cells] == [120.0, 120.0]


def test_hidden_cells_are_counted_and_not_named() -> None:
    """A release says how many cells it does not show, and not which."""
    rows = contributions({("rare",): 1, ("b",): 30, ("c",): 10})
    found = aggregate(rows, seeded(1))
    assert found.suppressed == 2
    assert [cell.path for cell in found.cells] == [(), ("b",)]


def test_a_device_counts_once_however_often_it_says_it() -> None:
    """A hundred rows of one device are one device."""
    one = Contribution(TENANTS[0], b"one", ("a",), 1.0)
    assert paths([one] * 100) == set()


def test_with_noise_a_device_counts_in_one_cell() -> None:
    """Noise for one device covers all of it: it is in one of its cells, by chance."""
    rows = contributions({("a",): 12}) + contributions({("b",): 12})
    twice = [
        *rows,
        *(Contribution(row.tenant, row.token, ("c",), 1.0) for row in rows),
    ]
    chance = seeded(1)
    kept = once(twice, chance)
    assert len({(row.tenant, row.token) for row in kept}) == len(kept) == 24
    assert {row.cell for row in kept} == {("a",), ("b",), ("c",)}
    with pytest.raises(ValueError):  # noqa: PT011 - it has no words
        aggregate(twice, chance, epsilon=Fraction(1))


def test_nobody_else_makes_an_aggregate() -> None:
    """An Aggregate cannot be made of anything but contributions."""
    with pytest.raises(TypeError):
        Aggregate(object(), (), 0, Fraction(0))  # type: ignore[arg-type]


@pytest.mark.slow
def test_types_keep_pseudonyms_out(tmp_path: Path) -> None:
    """Where an Aggregate is wanted, rows with pseudonyms do not type-check."""
    script = tmp_path / "wrong.py"
    script.write_text(
        "from fractions import Fraction\n"
        "from server.anonymise.cells import Aggregate\n"
        "from server.anonymise.results import rows_of\n"
        "from wire.body_rows import Projected\n"
        "def wrong(rows: Projected) -> None:\n"
        "    rows_of(rows, 1)\n"
        "def made() -> Aggregate:\n"
        "    return Aggregate(object(), (), 0, Fraction(0))\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--cache-dir", str(tmp_path), str(script)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    said = [line.partition(": error: ")[2] for line in done.stdout.splitlines()]
    wrong = '"{}" has incompatible type "{}"; expected "{}"'.format
    assert [words.rpartition("  [")[0] for words in said if words] == [
        f"Argument 1 to {wrong('rows_of', 'Projected', 'Aggregate')}",
        f"Argument 1 to {wrong('Aggregate', 'object', '_Made')}",
    ]

# SPDX-License-Identifier: Apache-2.0
"""How much is in folders: what is counted, what is not entered, where it stops.

Rules: real files in a folder of the test's own, which stands for a place.
Not here: which places there are (`tests/unit/sidecar/test_probe_seam.py`).
"""

import os
from pathlib import Path

import pytest

from agent.errors import UnsupportedError
from agent.host.folder_sizes import measure_below

SIZE = 8_192


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a folder that stands for a place."""
    folder = tmp_path / "place"
    folder.mkdir()
    return folder


def measured(
    place: Path, depth: int = 3, entries: int = 1_000
) -> tuple[dict[str, dict[str, str]], bool]:
    """Return what is told of each folder by its path, and whether it is cut."""
    rows, cut = measure_below([str(place)], depth, entries)
    return {row["file.path"]: row for row in rows}, cut


def fill(folder: Path, *names: str) -> None:
    """Write a file of each name."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(os.urandom(SIZE))


def test_files_are_counted_and_never_named(place: Path) -> None:
    """A folder has the sum of all below it; no file's name is told."""
    fill(place / "a" / "b", "secret-one", "secret-two")
    fill(place, "own")
    found, cut = measured(place)
    top, inner = found[str(place)], found[str(place / "a" / "b")]
    assert (top["file.count"], inner["file.count"], cut) == ("3", "2", False)
    assert int(top["file.size"]) >= int(inner["file.size"]) >= 2 * SIZE
    assert top["whole"] == "True"
    assert not any("secret" in path for path in found)


def test_no_link_is_followed(place: Path, tmp_path: Path) -> None:
    """What a link leads to is no part of the folder, and a circle has an end."""
    fill(tmp_path / "elsewhere", "large")
    (place / "out").symlink_to(tmp_path / "elsewhere")
    (place / "circle").symlink_to(place)
    found, _ = measured(place)
    assert set(found) == {str(place)}


@pytest.mark.parametrize("name", [".ssh", ".GnuPG", "Maildir", ".mozilla", "Vault"])
def test_no_folder_of_secrets_is_entered(place: Path, name: str) -> None:
    """Keys, browsers and mail are not looked into, and the sum is told as a part."""
    fill(place / name / "inner", "one")
    fill(place, "two")
    found, _ = measured(place)
    assert set(found) == {str(place)}
    assert (found[str(place)]["file.count"], found[str(place)]["whole"]) == (
        "1",
        "False",
    )


def test_deeper_folders_are_told_in_sum(place: Path) -> None:
    """Below the depth folders count, and are not told apart."""
    fill(place / "a" / "b" / "c", "one")
    found, _ = measured(place, depth=1)
    assert set(found) == {str(place), str(place / "a")}
    assert found[str(place)]["file.count"] == "1"


def test_a_bound_that_ends_the_walk_is_said(place: Path) -> None:
    """With too many entries, what was not gone through is told as a part."""
    fill(place / "a", *(f"file{number}" for number in range(20)))
    found, cut = measured(place, entries=5)
    assert cut
    assert found[str(place)]["whole"] == "False"


def test_no_tree_is_too_deep(place: Path) -> None:
    """A tree that is deeper than any sound one ends the walk, not the agent."""
    here = os.open(place, os.O_RDONLY)
    for _ in range(300):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    fill(place / "zz", "beside")
    found, cut = measured(place)
    assert (found[str(place)]["whole"], cut) == ("False", True)
    assert found[str(place / "zz")]["file.count"] == "1"


def test_a_place_that_is_not_there_is_unsupported(tmp_path: Path) -> None:
    """A machine without the place says so."""
    with pytest.raises(UnsupportedError, match="no-such-folder"):
        measured(tmp_path / "none")

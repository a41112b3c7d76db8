# SPDX-License-Identifier: Apache-2.0
"""Where a result goes: a new file that is whole and its owner's, or nothing."""

from pathlib import Path

import pytest

from server.commands.writing import written
from server.errors import UsageError


def test_a_file_is_its_owners_and_whole(tmp_path: Path) -> None:
    """It appears when all of it is written, and others may not read it."""
    file = tmp_path / "file"
    with written(file) as out:
        out.write(b"half")
        assert not file.exists()
        out.write(b" whole")
    assert file.read_bytes() == b"half whole"
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_of_what_fails_nothing_stays(tmp_path: Path) -> None:
    """Ctrl-C amid the rows leaves neither a file nor a part of one."""

    def fail() -> None:
        with written(tmp_path / "file") as out:
            out.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_stays(tmp_path: Path) -> None:
    """A file, a link to one and a link to nothing are not written through."""
    held = tmp_path / "held"
    held.write_text("held")
    for name, place in (("link", held), ("dangling", tmp_path / "absent")):
        (tmp_path / name).symlink_to(place)
    for name in ("held", "link", "dangling"):
        with pytest.raises(UsageError, match="exists"), written(tmp_path / name):
            pass
    assert held.read_text() == "held"
    assert not (tmp_path / "absent").exists()

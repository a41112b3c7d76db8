# SPDX-License-Identifier: Apache-2.0
"""What root does to files outside of a collector that config.toml names.

Rules: real files, owners and lists; config.toml is the office's, so what it names may
be anybody's.
Not here: files of the collector (`test_dividing.py`).
"""

import os
from pathlib import Path

import pytest
from dividing_room import NUMBERS, OFFICE, collector, needs_root

from server import acl
from server.apart import dividing
from server.apart.places import LOOK, Allowed
from server.errors import StateError, UsageError
from server.layout import Layout
from server.users import User

READER, KEEPER = NUMBERS[User.READER], NUMBERS[User.KEEPER]
STRANGER, GROUP = 61_400, 61_401
OPENERS: Allowed = {User.READER: LOOK, User.KEEPER: LOOK}
ALONE: Allowed = {User.KEEPER: LOOK}

pytestmark = needs_root


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """Return a collector's directory that is the office's."""
    return collector(tmp_path / "collector", monkeypatch)


def made(path: Path, owner: int, mode: int) -> Path:
    """Return a file of an owner's, with a mode."""
    path.write_bytes(b"secret")
    path.chmod(mode)
    os.chown(path, owner, GROUP)
    return path


def stands(path: Path) -> tuple[int, int, bool]:
    """Return a file's owner, its mode, and whether it has a list."""
    found = path.stat()
    return found.st_uid, found.st_mode & 0o777, acl.is_shared(path)


def divided(layout: Layout, more: dict[Path, Allowed]) -> None:
    """Divide it, with files elsewhere."""
    dividing.divide(layout, layout.keyring, more, console=False, rest=lambda: None)


def test_a_secret_of_the_offices_is_let_read(layout: Layout, tmp_path: Path) -> None:
    """Who needs it reads it, and does not write; back it is as it was."""
    path = made(tmp_path / "passphrase", OFFICE, 0o600)
    divided(layout, {path: OPENERS})
    assert all(acl.admits(path, user, ()) for user in (READER, KEEPER, OFFICE))
    assert not acl.admits(path, STRANGER, (GROUP,))
    assert stands(path) == (OFFICE, 0o640, True)  # the mask: r, and no w
    dividing.join(layout, layout.keyring, {path: OPENERS})
    assert stands(path) == (OFFICE, 0o600, False)


def test_what_is_named_no_more_is_taken_back(layout: Layout, tmp_path: Path) -> None:
    """A path that was taken out of config.toml is known, once more and at the end."""
    first = made(tmp_path / "first", OFFICE, 0o600)
    second = made(tmp_path / "second", OFFICE, 0o600)
    divided(layout, {first: ALONE, second: ALONE})
    divided(layout, {second: ALONE})
    assert stands(first) == (OFFICE, 0o600, False)
    assert acl.admits(second, KEEPER, ())
    dividing.join(layout, layout.keyring, {})
    assert stands(second) == (OFFICE, 0o600, False)
    assert not (layout.directory / "apart-elsewhere").exists()


def test_a_shared_file_stays_everybodys(layout: Layout, tmp_path: Path) -> None:
    """The system's signers, which all may read, are not touched."""
    path = made(tmp_path / "ca-certificates.crt", 0, 0o644)
    link = tmp_path / "ca.pem"
    link.symlink_to(path)
    divided(layout, {path: ALONE, link: OPENERS})
    assert stands(path) == (0, 0o644, False)


def test_whoever_could_read_goes_on(layout: Layout, tmp_path: Path) -> None:
    """Its group and a list that somebody made stay what they were, also at the end."""
    path = made(tmp_path / "client.pem", OFFICE, 0o640)
    with path.open("rb") as file:
        acl.add(file.fileno(), [STRANGER])
    divided(layout, {path: ALONE})
    for more in ({path: ALONE}, {}):
        assert acl.admits(path, STRANGER, ())
        assert acl.admits(path, STRANGER + 9, (GROUP,))
        assert not acl.admits(path, STRANGER + 9, ())
        assert acl.admits(path, KEEPER, ()) is bool(more)
        dividing.join(layout, layout.keyring, {path: ALONE})


@pytest.mark.parametrize("link", [False, True])
def test_a_file_of_somebody_elses_is_refused(
    layout: Layout, tmp_path: Path, *, link: bool
) -> None:
    """What the office may not read it does not get by root, and nothing is changed."""
    path = named = made(tmp_path / "shadow", 0, 0o600)
    if link:
        named = tmp_path / "passphrase"
        named.symlink_to(path)
    with pytest.raises(UsageError, match="chown it to discreet-server"):
        divided(layout, {named: OPENERS})
    assert stands(path) == (0, 0o600, False)
    assert not acl.hands_down(layout.run / "reader")


@pytest.mark.parametrize("kind", ["root's", "link", "around", "missing"])
def test_a_master_keys_directory_is_the_offices_own(
    layout: Layout, tmp_path: Path, kind: str
) -> None:
    """`directory = "/etc"` gives nothing of it away, in either direction."""
    folder = tmp_path / "etc"
    folder.mkdir(0o755)
    path = made(folder / "shadow", 0, 0o600)
    master = folder
    if kind == "link":
        master = tmp_path / "master"
        master.symlink_to(folder)
        os.chown(master, OFFICE, OFFICE, follow_symlinks=False)
    if kind == "around":
        master = tmp_path
        os.chown(master, OFFICE, OFFICE)
    if kind == "missing":
        master = folder / "master"
    with pytest.raises(UsageError, match=r"under \[keyring\]"):
        dividing.divide(layout, master, {}, console=False, rest=lambda: None)
    with pytest.raises(UsageError, match=r"under \[keyring\]"):
        dividing.join(layout, master, {})
    assert stands(path) == (0, 0o600, False)
    assert stands(folder) == (0, 0o755, False)


def test_a_record_that_is_none_is_told(layout: Layout) -> None:
    """What was given cannot be known then, and somebody has to look."""
    (layout.directory / "apart-elsewhere").write_text("{")
    with pytest.raises(StateError, match="getfacl"):
        dividing.join(layout, layout.keyring, {})

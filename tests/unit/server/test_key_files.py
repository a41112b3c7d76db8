# SPDX-License-Identifier: Apache-2.0
"""What is left of a file whose writing failed or was cut off.

Rules: real files; the disk is full by this process's own limit.
Not here: what the files are for (`test_authority_server.py`).
"""

import resource
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from authority_acts import NOW

from server import configuration, tls
from server.access.register import open_people
from server.authority import open_authority
from server.errors import StateError
from server.key_files import (
    have_directory,
    read_signing_key,
    replace_file,
    write_new,
)
from server.layout import Layout
from server.roots import Role
from wire.crypto.certificates import Credential


@contextmanager
def full_disk(room: int) -> Iterator[None]:
    """Let no file of this process grow beyond a few bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_what_does_not_fit_is_not_left_behind(tmp_path: Path) -> None:
    """After a full disk the place is free, and can be written when there is room."""
    path = tmp_path / "key"
    with full_disk(10), pytest.raises(StateError, match="cannot write"):
        write_new(path, bytes(100))
    assert list(tmp_path.iterdir()) == []
    write_new(path, b"whole")
    assert path.read_bytes() == b"whole"


def test_many_may_be_the_first_at_once(tmp_path: Path) -> None:
    """Of processes that all want the same registers none fails, whoever makes them."""
    places = [tmp_path / str(number) / "register" for number in range(20)]
    with ThreadPoolExecutor(8) as pool:
        for path in places:
            opened = [pool.submit(open_people, path) for _ in range(8)]
            opened += [pool.submit(have_directory, path.parent) for _ in range(8)]
            for one in opened:
                if register := one.result():
                    register.close()
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in places)
    assert all(path.parent.stat().st_mode & 0o777 == 0o700 for path in places)


def test_a_file_in_a_directorys_place_is_told(tmp_path: Path) -> None:
    """What is no directory is not taken for one."""
    (tmp_path / "keeper").write_bytes(b"")
    with pytest.raises(StateError, match="cannot make"):
        have_directory(tmp_path / "keeper")


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    """On a full disk the file from before stays as it was."""
    path = tmp_path / "key"
    write_new(path, b"before")
    with full_disk(10), pytest.raises(StateError, match="cannot write"):
        replace_file(path, bytes(100))
    assert path.read_bytes() == b"before"
    (tmp_path / "key.new").write_bytes(b"left by a cra")
    replace_file(path, b"after")
    assert [item.read_bytes() for item in tmp_path.iterdir()] == [b"after"]


def _certifier(layout: Layout) -> Credential:
    """Return the installation's CA."""
    certificate, key = (
        (layout.authority / f"authority.{end}").read_bytes() for end in ("der", "key")
    )
    return Credential(certificate, key)


def test_half_a_new_key_stops_nothing(layout: Layout) -> None:
    """A power cut while a role's next key is written leaves the role as it was."""
    (layout.authority / "keys.key.new").write_bytes(b"0123")
    (layout.authority / "keys.key.new").chmod(0o600)
    key = read_signing_key(layout.offline / "root.key")
    with open_authority(layout) as authority:
        assert authority.ensure_epochs(NOW + 40 * 86_400)
        assert authority.renew_root(key, [Role.KEYS], NOW, "amelie").version == 2
    assert not list(layout.authority.glob("*.new"))


def test_half_a_root_is_written_again(layout: Layout) -> None:
    """A root that a power cut left in parts is whole for the next gate that starts."""
    path = layout.gate / "roots" / "0001.cbor"
    whole = path.read_bytes()
    path.write_bytes(whole[:50])
    with open_authority(layout) as authority:
        authority.ensure_epochs(NOW)
    assert path.read_bytes() == whole


def test_a_certificate_of_the_future_is_made_anew(layout: Layout) -> None:
    """One that was made while the clock was ahead does not stay when it is right."""
    settings = configuration.read(layout)
    tls.make(layout, settings, _certifier(layout), NOW + 1000 * 86_400)
    assert tls.ensure(layout, settings, NOW)
    assert not tls.ensure(layout, settings, NOW)

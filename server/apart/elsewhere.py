# SPDX-License-Identifier: Apache-2.0
"""Files outside of an installation that config.toml names: who is let read them.

Rules: config.toml is the office's, and root does what it says here: so a file of
anybody else is left as it is, and refused where who needs it cannot read it; nobody is
let write; whoever could read goes on; what was given is written down, to be taken back.
Not here: files of the installation (`places.py`).
"""

import json
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from server import acl
from server.apart.held import held, own
from server.apart.places import GIVEN, LOOK, Allowed
from server.configuration import Configuration
from server.errors import StateError, UsageError
from server.key_files import write_new
from server.layout import Layout
from server.users import User, groups

_GIVEN_BYTES_MAXIMUM = 65_536
_OPENERS: Allowed = {User.READER: LOOK, User.KEEPER: LOOK}
_CONSOLE: Allowed = {User.CONSOLE: LOOK}
_KEEPER: Allowed = {User.KEEPER: LOOK}
Files = Mapping[Path, Allowed]
Numbers = Mapping[User, int]


def files(settings: Configuration) -> Files:
    """Return the files that are there, and who beside the office reads each."""
    found: dict[Path, dict[User, str]] = {}
    for path, allowed in _named(settings):
        if path is not None and path.is_file():
            found.setdefault(path, {}).update(allowed)
    return found


def require(more: Files, numbers: Numbers) -> None:
    """Refuse files that somebody needs, cannot read, and root must not give away.

    Args:
        more: files, and who reads each.
        numbers: of the users.

    Raises:
        UsageError: there is one.
        OSError: one cannot be looked at.
    """
    for path, allowed in more.items():
        lacking = _lacking(path, allowed, numbers)
        if lacking and not _is_ours(path, numbers):
            office = User.OFFICE.value
            msg = (
                f"{lacking[0].value} cannot read {path}, which is no file of "
                f"{office}'s own: chown it to {office}, or name a copy that is "
                "its own in config.toml, and do this again"
            )
            raise UsageError(msg)


def give(layout: Layout, more: Files, numbers: Numbers) -> None:
    """Let users read what they need, and write down which files these are.

    Args:
        layout: the installation.
        more: files, and who reads each.
        numbers: of the users.

    Raises:
        StateError: what is written down cannot be.
        UsageError: a file is not to be given away.
        OSError: the disk keeps no lists, or refuses.
    """
    require(more, numbers)
    needed = {path: _lacking(path, allowed, numbers) for path, allowed in more.items()}
    given = {path: users for path, users in needed.items() if users}
    record = layout.directory / GIVEN
    record.unlink(missing_ok=True)
    if given:
        write_new(record, json.dumps([str(path) for path in given]).encode())
        with held(record) as handle:
            own(handle, numbers[User.OFFICE])
    for path, users in given.items():
        with held(path) as handle:
            acl.add(handle, [numbers[user] for user in users])


def take_back(layout: Layout, more: Files, numbers: Numbers) -> None:
    """Take users out of the lists of what was given, also of what is named no more.

    Args:
        layout: the installation.
        more: files that are named now.
        numbers: of the users.

    Raises:
        StateError: what was written down cannot be read.
        OSError: the disk refuses.
    """
    for path in {*more, *_given(layout)}:
        if os.path.lexists(path) and _is_ours(path, numbers):
            with held(path) as handle:
                acl.drop(handle, set(numbers.values()))


def _given(layout: Layout) -> list[Path]:
    record = layout.directory / GIVEN
    if not os.path.lexists(record):
        return []
    with held(record) as handle:
        octets = os.read(handle, _GIVEN_BYTES_MAXIMUM)
    try:
        found = json.loads(octets)
    except ValueError:
        found = None
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        msg = (
            f"{record} is no list of files: remove it, and look with getfacl at what "
            "config.toml has named outside of this directory"
        )
        raise StateError(msg)
    return [Path(one) for one in found]


def _lacking(path: Path, allowed: Allowed, numbers: Numbers) -> list[User]:
    return [
        user
        for user in allowed
        if user in numbers and not acl.admits(path, numbers[user], groups(user))
    ]


def _is_ours(path: Path, numbers: Numbers) -> bool:
    found = path.lstat()
    return (
        stat.S_ISREG(found.st_mode)
        and found.st_nlink == 1
        and found.st_uid == numbers[User.OFFICE]
    )


def _named(settings: Configuration) -> Iterator[tuple[Path | None, Allowed]]:
    yield settings.keyring.passphrase_file, _OPENERS
    if settings.keyring.token is not None:
        yield settings.keyring.token.pin, _OPENERS
    console = settings.console
    if console is not None and console.certificate is not None:
        for name in ("tls.key", "tls.pem"):
            yield console.certificate / name, _CONSOLE
    if console is not None and console.oidc is not None:
        yield console.oidc.secret, _CONSOLE
        yield console.oidc.authority, _CONSOLE
    if settings.siem is not None:
        yield settings.siem.authority, _KEEPER
        yield settings.siem.client, _KEEPER
    if (hook := settings.alerts.webhook) is not None:
        yield hook.secret, _KEEPER
        yield hook.authority, _KEEPER
    if (mail := settings.alerts.mail) is not None:
        yield mail.password, _KEEPER
        yield mail.authority, _KEEPER

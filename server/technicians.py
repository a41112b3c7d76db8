# SPDX-License-Identifier: Apache-2.0
"""Who may authorise diagnostics: the file that names a key, and how a list changes.

Rules: pure but for reading the file; a key that was removed never comes back; a name
is one person, whatever keys that person has.
Not here: signing the root (`server/authority.py`), removing at once (`removals.py`),
making the file (`technician/`).
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path

from server.errors import TrustError, UsageError
from server.key_files import read_open
from wire import limits
from wire.errors import WireError
from wire.technicians import TECHNICIAN, May, Technician

Change = Callable[[tuple[Technician, ...]], tuple[Technician, ...]]
"""Makes the next root's technicians of the last one's."""
_FILE_BYTES = 2 * limits.KIB
_FINGERPRINT_CHARS = 4


def unchanged(technicians: tuple[Technician, ...]) -> tuple[Technician, ...]:
    """Leave the technicians as they are."""
    return technicians


def read_registration(path: Path, name: str | None, may: May) -> Technician:
    """Return the technician that a file names.

    Args:
        path: what `discreet-authorise key new` or `passkey new` wrote to be given away.
        name: what the provider calls the person; None for the file's own word.
        may: what the key is to be good for; the file has no say in it.

    Raises:
        StateError: the file cannot be read.
        TrustError: it is another file.
    """
    octets = read_open(path, _FILE_BYTES)
    try:
        found = TECHNICIAN.decode(octets)
        called = replace(found, name=name or found.name, may=may)
        TECHNICIAN.decode(TECHNICIAN.encode(called))
    except WireError:
        msg = (
            f"{path} is no technician's public file, or the name is too long: it is "
            "what discreet-authorise wrote, with .public after its name"
        )
        raise TrustError(msg) from None
    if not called.name.isprintable() or called.name.isspace():
        msg = "a technician's name is printable: give another with --name"
        raise UsageError(msg)
    return called


def adding(one: Technician, removed: Collection[bytes]) -> Change:
    """Return the change that adds a technician.

    Args:
        one: who.
        removed: identities of keys that were removed.
    """

    def change(technicians: tuple[Technician, ...]) -> tuple[Technician, ...]:
        if one.identity in removed:
            msg = "this key was removed: let its owner make a new one"
            raise UsageError(msg)
        if any(known.public == one.public for known in technicians):
            msg = "this key is in the root already: remove it first to change its words"
            raise UsageError(msg)
        if len(technicians) >= limits.TECHNICIANS:
            msg = f"a root names {limits.TECHNICIANS} keys at most: remove one first"
            raise UsageError(msg)
        return (*technicians, one)

    return change


def without(one: Technician) -> Change:
    """Return the change that takes a technician's key out."""

    def change(technicians: tuple[Technician, ...]) -> tuple[Technician, ...]:
        return tuple(known for known in technicians if known.public != one.public)

    return change


def find(technicians: Sequence[Technician], name: str) -> Technician:
    """Return the one key that a person means.

    Args:
        technicians: of the root.
        name: a person's name, or the first digits of the key's fingerprint.

    Raises:
        UsageError: it means none, or more than one.
    """
    digits = name.lower().replace(" ", "")
    found = [
        one
        for one in technicians
        if one.name == name
        or (len(digits) >= _FINGERPRINT_CHARS and one.identity.hex().startswith(digits))
    ]
    if not found:
        msg = "no such technician: discreet-server root technician list shows them"
        raise UsageError(msg)
    if len(found) > 1:
        msg = f"{len(found)} keys are meant by that: give digits of a fingerprint"
        raise UsageError(msg)
    return found[0]

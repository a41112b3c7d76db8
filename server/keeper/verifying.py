# SPDX-License-Identifier: Apache-2.0
"""Looks whether what was deleted is gone: at keys, rows and the octets of files.

Rules: nothing is concluded from what a step returned, each check looks at what is
there; one that finds something raises, so no certificate is made; what was not looked
at is said.
Not here: deleting (`ending.py`), the certificate (`certifying.py`).
"""

import os
from collections.abc import Sequence
from dataclasses import replace

from server.errors import StateError
from server.keeper.copies import PLACES, Holds, strangers
from server.keeper.desk import Desk
from server.keyring.place import master_files
from server.store.traces import traces
from wire.papers.certificate import Check, Result
from wire.papers.tombstone import Tombstone

_OF_STORE = ("samples-not-in-database", "samples-not-in-log")
ELSEWHERE = "samples-not-elsewhere"
"""Of files in the collector's directory that are in no place of the inventory."""


def looked(
    desk: Desk, keys: Sequence[bytes], samples: Sequence[bytes]
) -> tuple[Check, ...]:
    """Look for keys, rows and samples of what was deleted.

    Args:
        desk: what the keeper works with.
        keys: ids of keys that are to be gone.
        samples: octets of what was sealed to them; none where they are not known.

    Returns:
        The checks, none of which found anything.

    Raises:
        StateError: something is still there; the message names the check.
    """
    dead = [one for one in desk.keyring.tombstones() if one.key_id in set(keys)]
    found = {
        "keys-gone": (len(keys), _live(desk, keys, dead)),
        "generations-gone": _generations(desk, dead),
        "rows-gone": (len(keys), _rows(desk, keys)),
    }
    for name, (_, left) in found.items():
        if left:
            raise _there(name, left)
    checks = [
        Check(name, Result.PASSED, looked_at) for name, (looked_at, _) in found.items()
    ]
    return (*checks, *_searched(desk, samples))


def cleared(desk: Desk, envelopes: int, samples: Sequence[bytes]) -> tuple[Check, ...]:
    """Look for octets of envelopes that were replaced, whose keys live.

    Args:
        desk: what the keeper works with.
        envelopes: how many were replaced; none of them stands any more.
        samples: octets of them; none where they are not known.

    Raises:
        StateError: something is still there; the message names the check.
    """
    replaced = Check("envelopes-replaced", Result.PASSED, envelopes)
    return (replaced, *_searched(desk, samples))


def _live(desk: Desk, keys: Sequence[bytes], dead: Sequence[Tombstone]) -> int:
    """Return how many keys can be had, or have no tombstone."""
    buried = {one.key_id for one in dead}
    return sum(
        number not in buried or desk.keyring.for_ending(number) is not None
        for number in keys
    )


def _generations(desk: Desk, dead: Sequence[Tombstone]) -> tuple[int, int]:
    """Return how many generations could unwrap them, and of how many a file is left."""
    generations = {one.generation for one in dead}
    masters = master_files(desk.layout, desk.settings().keyring)
    return len(generations), sum(masters.has(one) for one in generations)


def _rows(desk: Desk, keys: Sequence[bytes]) -> int:
    uses = [desk.store.sealed_to(desk.tenant, number) for number in keys]
    return sum(use.envelopes + use.others for use in uses)


def _searched(desk: Desk, samples: Sequence[bytes]) -> list[Check]:
    """Look for samples in every file that could have them.

    Raises:
        StateError: one is there.
    """
    layout = desk.layout
    wanted = {
        f"samples-not-in-{place.name}": list(place.files(layout))
        for place in PLACES
        if place.holds is not Holds.KEYS and place.name != "register"
    }  # the register has the samples, until the job ends
    wanted[ELSEWHERE] = strangers(layout)
    result = Result.PASSED if samples else Result.NOT_COVERED
    for name, files in wanted.items():
        seen = [path for path in files if os.access(path, os.R_OK)]
        left = sum(traces(seen, samples)) if samples else 0
        if left:
            raise _there(name, left)
    checks = [
        # where processes run apart, some files are another's alone
        Check(name, result, len(samples))
        if all(os.access(path, os.R_OK) for path in files)
        else Check(name, Result.NOT_COVERED, len(samples))
        for name, files in wanted.items()
    ]
    if desk.settings().store is None:
        return checks
    # a database server's own files, log, standbys and archives are out of reach
    return [
        replace(one, result=Result.NOT_COVERED) if one.name in _OF_STORE else one
        for one in checks
    ]


def _there(name: str, left: int) -> StateError:
    todo = (
        "move copies of the store out of the collector's directory"
        if name == ELSEWHERE
        else "if this stays, copy this line and report it"
    )
    return StateError(
        f"a deletion gets no certificate, for the check {name} found {left} pieces "
        f"still there: it is tried again each minute; {todo}"
    )

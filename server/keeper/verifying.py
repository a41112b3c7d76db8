# SPDX-License-Identifier: Apache-2.0
"""Looks whether what was deleted is gone: at keys, rows and the octets of files.

Rules: nothing is concluded from what a step returned, each check looks at what is
there; one that finds something raises, so no certificate is made; what was not looked
at is said.
Not here: deleting (`ending.py`), the certificate (`certifying.py`).
"""

from collections.abc import Sequence
from pathlib import Path

from server.errors import StateError
from server.keeper.bounds import SEARCHED_BYTES
from server.keeper.copies import PLACES, Holds
from server.keeper.desk import Desk
from server.keyring.place import master_files
from wire.papers.certificate import Check, Result
from wire.papers.tombstone import Tombstone


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
    checks = []
    for place in PLACES:
        if place.holds is Holds.KEYS or place.name == "register":
            continue  # the register has the samples, until the job ends
        name = f"samples-not-in-{place.name}"
        left = sum(hits(path, samples) for path in place.files(desk.layout))
        if left:
            raise _there(name, left)
        result = Result.PASSED if samples else Result.NOT_COVERED
        checks.append(Check(name, result, len(samples)))
    return checks


def hits(path: Path, samples: Sequence[bytes]) -> int:
    """Return how many samples a file has; one that goes meanwhile has none.

    Raises:
        StateError: it cannot be read.
    """
    if not samples:
        return 0
    overlap = max(map(len, samples)) - 1  # samples are longer than one octet
    left, found, before = set(samples), 0, b""
    try:
        with path.open("rb") as file:
            while left and (piece := file.read(SEARCHED_BYTES)):
                window = before + piece
                seen = {sample for sample in left if sample in window}
                found += len(seen)
                left -= seen
                before = window[-overlap:]
    except FileNotFoundError:
        return 0
    except OSError as error:
        msg = f"cannot read {path}: {error.strerror}"
        raise StateError(msg) from None
    return found


def _there(name: str, left: int) -> StateError:
    return StateError(
        f"a deletion gets no certificate, for the check {name} found {left} pieces "
        "still there: it is tried again; if this stays, copy this line and report it"
    )

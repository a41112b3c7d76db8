# SPDX-License-Identifier: Apache-2.0
"""Takes a new identity in the place of one that the collector refuses for good.

Rules: the new one is whole, with all that is lost with the old one owed to the exact
record, before anything of the old one moves; a kill at any moment is gone on from by
the same command; what was read stays read, for the cursors go over, and where nobody
can tell them it is read on from now; the old keys are overwritten, the old spool goes
once marks cover what says that it is lost.
Not here: joining (`enrolment.py`), when it is allowed (`commands/enrol.py`).
"""

import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path

from agent.collectors import names
from agent.device import Device
from agent.errors import ClosedError, StateError
from agent.remedy import remedy
from agent.spool.change import Owed, Transaction
from agent.spool.schema import FOLLOWS
from agent.spool.spool import Spool, open_spool
from agent.state import MACHINE, State, scrub
from wire.purposes import Purpose

FORKED = "forked"
_JOINING = "joining"
_FORMER = "former-"
_OWED = "anew-owed"
"""Number that says that the loss of the old spool is owed by the new one."""
_KEEP = MACHINE | {"enrol.toml"}


def joining(state: State) -> State:
    """Return where the new identity is made, beside the old one."""
    return State(state.directory / _JOINING)


def hand_over(state: State, now: int) -> None:
    """Put the new identity in the place of the old one.

    Args:
        state: the old one's directory, in which `joining` has enrolled.
        now: seconds since the epoch, names what is set aside.

    Raises:
        StateError: the disk refuses; the same again goes on.
    """
    fresh, identity = joining(state), state.identity.name
    if not fresh.directory.exists():
        return
    try:
        # The new spool is the first that moves in: while it is not, all here is old.
        if fresh.spool.exists():
            _owe(state, fresh, now)
            former = state.directory / f"{_FORMER}{now}"
            former.mkdir(mode=0o700, exist_ok=True)
            _move(state.directory, former, (identity,))
        for former in state.directory.glob(f"{_FORMER}*"):
            _overwrite(former / identity)
            _overwrite(former / state.pseudonyms.name)
        _move(fresh.directory, state.directory, (state.spool.name,), last=identity)
        fresh.directory.rmdir()
    except (OSError, sqlite3.Error) as problem:
        msg = (
            "the new identity cannot be put in place in the state directory: "
            f"{remedy(state.directory)}, then run the same command again"
        )
        raise StateError(msg) from problem


def clear_former(device: Device) -> bool:
    """Remove former spools once their loss is told and covered; false where none is.

    Args:
        device: whose new spool has announced what was lost.
    """
    found = [*device.state.directory.glob(f"{_FORMER}*")]
    facts = device.spool.facts()
    if not found or facts.waiting or facts.received or device.spool.owed():
        return False
    for former in found:
        shutil.rmtree(former, ignore_errors=True)  # the next mark tries again
    return True


def _owe(state: State, fresh: State, now: int) -> None:
    """Write what is lost, and up to where was read, into the new spool."""
    with ExitStack() as opened:
        after = opened.enter_context(closing(open_spool(fresh.spool, now)))
        if after.value(_OWED):
            return
        before = _former_spool(state, now)
        owed = [Owed(None, None, None, 0, FORKED)]
        if before is not None:
            opened.enter_context(closing(before))
            owed = [*before.owed(), *before.unmarked(FORKED)]
        with after.transaction() as change:
            for item in owed:
                change.owe(item)
            if before is None or before.follows():  # who knows what was read
                change.set_number(FOLLOWS, 1)
            if before is not None:
                _carry_cursors(before, change)
            change.set_number(_OWED, now)


def _former_spool(state: State, now: int) -> Spool | None:
    """Return the old spool, or None where it is damaged or gone: all is unknown then.

    Raises:
        ClosedError: the disk does not give it now, and may yet.
    """
    try:
        return open_spool(state.spool, now, mend=False)
    except ClosedError:
        raise
    except StateError:
        return None


def _carry_cursors(before: Spool, change: Transaction) -> None:
    for purpose in Purpose:
        for dataset in names():
            cursor = before.cursor(purpose.value, dataset)
            if cursor is not None:
                change.set_cursor(purpose.value, dataset, cursor)


def _move(source: Path, target: Path, first: Sequence[str], last: str = "") -> None:
    """Move the files of an identity, not what belongs to the machine.

    The old identity goes first and the new one comes last: between the two nobody is
    enrolled here, and no agent starts.
    """
    found = {path.name for path in source.iterdir() if path.is_file()} - _KEEP
    middle = sorted(found.difference(first, [last]))
    for name in (*first, *middle, last):
        if name in found:
            (source / name).replace(target / name)


def _overwrite(path: Path) -> None:
    """Overwrite a file of secrets where it lies, and remove it.

    Raises:
        OSError: it stays.
    """
    if not scrub(path):
        raise OSError(path.name)

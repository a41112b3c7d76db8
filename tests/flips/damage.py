# SPDX-License-Identifier: Apache-2.0
"""Flips one bit of a spool or a store and tells what came of it.

Rules: harmless: all is as it would have been; healed: likewise, of a spool that was
made anew; detected: what is gone is counted by a void, a gap record, an error or an
account that does not balance; anything else is bad, also that more is gone than what
was hit.
Not here: which bits (`__main__.py`), the agent and the collector (`near.py`).
"""

import random
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from agent.errors import AgentError
from server.balance import balance
from server.errors import ServerError
from server.store.interface import DeviceState
from server.store.sqlite import SqliteStore, open_store
from tests.flips.near import EACH, Place, Seen, again, go_on, heal_with, seen
from wire.errors import WireError


class Fate(Enum):
    """What came of a flipped bit."""

    HARMLESS = "harmless"
    HEALED = "healed"
    DETECTED = "detected"
    STOPPED = "agent stopped"
    QUARANTINED = "device quarantined"
    LOST = "lost without a word"
    TWICE = "visible twice"
    TOO_MUCH = "more lost than was hit"


BAD = frozenset({Fate.STOPPED, Fate.QUARANTINED, Fate.LOST, Fate.TWICE, Fate.TOO_MUCH})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a flipped bit, and what it cost.

    Attributes:
        fate: in one word.
        envelopes: how many cannot be read.
        unknown: a gap record says that nobody knows how much is missing.
        played: to its end; else it is what came of the same files before.
    """

    fate: Fate
    envelopes: int = 0
    unknown: bool = False
    played: bool = True


def flip(path: Path, octet: int, bit: int) -> None:
    """Flip one bit of a file."""
    with path.open("r+b") as file:
        file.seek(octet)
        (held,) = file.read(1)
        file.seek(octet)
        file.write(bytes([held ^ 1 << bit]))


def write_over(path: Path, octet: int, size: int, seed: int) -> None:
    """Write octets that mean nothing over a part of a file, as far as it goes."""
    dice = random.Random(f"{octet} {size} {seed}")  # noqa: S311 - the same octets each time
    with path.open("r+b") as file:
        file.seek(octet)
        file.write(dice.randbytes(min(size, path.stat().st_size - octet)))


def in_spool(place: Place, bound: int) -> Outcome:
    """Let an agent with a damaged spool go on; tell what came of it.

    Args:
        place: of the agent.
        bound: most envelopes that the damage may cost.
    """
    with closing(open_store(place.layout.store)) as store:
        try:
            try:
                heal_with(place, store)
            except AgentError:  # as the resident agent does, which opens its spool anew
                heal_with(place, store)
        except (AgentError, WireError, sqlite3.Error, ValueError, TypeError):
            return Outcome(Fate.STOPPED)
        found, every = seen(place, store), _read(place)
    anew = any(place.state.directory.glob("*.corrupt-*"))
    return _bounded(_judged(found, every, anew=anew), found, every, bound)


def _all(place: Place) -> Counter[int]:
    """Return what is to be read: each line once."""
    return Counter(range(EACH * place.envelopes))


def _read(place: Place) -> Counter[int]:
    """Return what the agent will not read again: each line once."""
    lines = again(place)
    return Counter(range(lines)) if lines else _all(place)


def _bounded(fate: Fate, found: Seen, every: Counter[int], bound: int) -> Outcome:
    """Judge what it cost as well."""
    envelopes = -(-(every - found.lines).total() // EACH)
    if fate not in BAD and envelopes > bound:
        fate = Fate.TOO_MUCH
    return Outcome(fate, envelopes, found.unknown)


def _judged(found: Seen, every: Counter[int], *, anew: bool) -> Fate:
    lost = (every - found.lines).total()
    if found.state is not DeviceState.ACTIVE:
        return Fate.QUARANTINED
    if (found.lines - every).total():
        return Fate.TWICE
    if not lost and not found.told and not found.unknown:
        return Fate.HEALED if anew else Fate.HARMLESS
    if not found.unread and (found.unknown or found.told == lost):
        return Fate.DETECTED
    return Fate.LOST


def in_log_of_store(place: Place) -> Outcome:
    """Let a collector with a damaged log go on; tell what came of it."""
    try:
        gone_on = go_on(place)
        with closing(open_store(place.layout.store)) as store:
            state = seen(gone_on, store).state
    except ServerError:
        return Outcome(Fate.DETECTED, place.envelopes)
    except (AgentError, WireError, sqlite3.Error, ValueError, TypeError):
        return Outcome(Fate.STOPPED)
    if state is not DeviceState.ACTIVE:
        return Outcome(Fate.QUARANTINED)
    return in_store(gone_on)


def in_store(place: Place) -> Outcome:
    """Read a damaged store; tell what came of it.

    What it costs is not bounded: a store has a backup, from which it is put back.
    """
    every = _all(place)
    try:
        with closing(open_store(place.layout.store)) as store:
            found = seen(place, store)
            sound = _sound(place, store, found.lines.total()) and not found.unread
    except (ServerError, WireError, sqlite3.Error, ValueError, KeyError, TypeError):
        return Outcome(Fate.DETECTED, place.envelopes)
    if (found.lines - every).total():
        return Outcome(Fate.TWICE)
    if found.lines == every:
        return Outcome(Fate.HARMLESS if sound else Fate.DETECTED)
    fate = Fate.LOST if sound else Fate.DETECTED
    return _bounded(fate, found, every, place.envelopes)


def _sound(place: Place, store: SqliteStore, rows: int) -> bool:
    """Tell whether every chain balances, and has as many rows as can be opened.

    So `discreet-server accounting --verify` finds what an index leaves out.
    """
    accounts = store.accounts(place.made.tenant, place.who.device)
    balances = [balance(account) for account in accounts]
    whole = all(one.sound and one.accepted for one in balances)
    visible = sum(one.visible for one in balances)
    under_way = any(one.under_way for one in balances)
    return bool(balances) and whole and not under_way and visible == rows

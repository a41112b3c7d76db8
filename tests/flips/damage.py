# SPDX-License-Identifier: Apache-2.0
"""Flips one bit of a spool or a store and tells what came of it.

Rules: harmless: all is as it would have been; detected: what is gone is counted by a
void, a gap record, an error or an account that does not balance; anything else is bad.
Not here: which bits (`__main__.py`), the agent and the collector (`near.py`).
"""

import sqlite3
from collections import Counter
from enum import Enum
from pathlib import Path

from agent.errors import AgentError
from server.balance import balance
from server.errors import ServerError
from server.store.interface import DeviceState
from server.store.sqlite import open_store
from tests.flips.near import EACH, Place, Seen, heal, seen
from wire.errors import WireError


class Fate(Enum):
    """What came of a flipped bit."""

    HARMLESS = "harmless"
    DETECTED = "detected"
    STOPPED = "agent stopped"
    QUARANTINED = "device quarantined"
    LOST = "lost without a word"
    TWICE = "visible twice"


BAD = frozenset({Fate.STOPPED, Fate.QUARANTINED, Fate.LOST, Fate.TWICE})


def flip(path: Path, octet: int, bit: int) -> None:
    """Flip one bit of a file."""
    with path.open("r+b") as file:
        file.seek(octet)
        (held,) = file.read(1)
        file.seek(octet)
        file.write(bytes([held ^ 1 << bit]))


def in_spool(place: Place) -> Fate:
    """Let an agent with a damaged spool go on; tell what came of it."""
    try:
        heal(place)
    except AgentError:
        try:
            heal(place)  # as the resident agent does, which opens its spool anew
        except AgentError:
            return Fate.STOPPED
    return _judged(seen(place), _all(place))


def _all(place: Place) -> Counter[int]:
    """Return what is to be read: each line once."""
    return Counter(range(EACH * place.envelopes))


def _judged(found: Seen, every: Counter[int]) -> Fate:
    lost = (every - found.lines).total()
    if found.state is not DeviceState.ACTIVE:
        return Fate.QUARANTINED
    if (found.lines - every).total():
        return Fate.TWICE
    if not lost and not found.told and not found.unknown:
        return Fate.HARMLESS
    if found.unknown or found.told == lost:
        return Fate.DETECTED
    return Fate.LOST


def in_store(place: Place) -> Fate:
    """Read a damaged store; tell what came of it."""
    try:
        found = seen(place)
        sound = _sound(place, found.lines.total())
    except (ServerError, WireError, sqlite3.Error, ValueError, KeyError, TypeError):
        return Fate.DETECTED
    every = _all(place)
    if (found.lines - every).total():
        return Fate.TWICE
    if found.lines == every:
        return Fate.HARMLESS if sound else Fate.DETECTED
    return Fate.LOST if sound else Fate.DETECTED


def _sound(place: Place, rows: int) -> bool:
    """Tell whether every chain balances, and has as many rows as can be opened.

    So `discreet-server accounting --verify` finds what an index leaves out.
    """
    store = open_store(place.layout.store)
    try:
        accounts = store.accounts(place.made.tenant, place.who.device)
        balances = [balance(account) for account in accounts]
        whole = all(one.sound and one.accepted for one in balances)
        visible = sum(one.visible for one in balances)
        under_way = any(one.under_way for one in balances)
        return bool(balances) and whole and not under_way and visible == rows
    finally:
        store.close()

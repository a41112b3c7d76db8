# SPDX-License-Identifier: Apache-2.0
"""Tells a place outside of the machine what ended, and learns from there what did.

Rules: what ended is written down here first, and handed out as soon as the place is
there; a certificate claims no more than what lies outside by then; a keeper that starts
learns before anybody reads, and refuses as long as the place that config.toml names is
away.
Not here: the files (`server/outside.py`), when what is dead dies again
(`rounds/arrears.py`).
Source: docs/adr/0031-what-the-machine-cannot-take-back.md.
"""

from collections.abc import Sequence

from server import anchors, outside
from server.errors import StateError
from server.keeper.desk import Desk
from server.outside import Told
from wire.papers.tombstone import Tombstone

UNCLAIMED = "whole-machine-restore"
"""What a certificate does not claim when nothing outside tells of the deletion."""


def tell(desk: Desk, job: bytes, keys: Sequence[bytes]) -> None:
    """Write down what a job ended, once, and hand it out if the place is there.

    Args:
        desk: what the keeper works with.
        job: its id, 16 bytes.
        keys: ids of the keys that it destroyed.

    Raises:
        StateError: it cannot be written here.
        TrustError: a line of the journal is not the keeper's.
    """
    here, wanted = outside.place(desk.layout), set(keys)
    dead = [one for one in desk.keyring.tombstones() if one.key_id in wanted]
    told = Told(desk.tenant, job, desk.clock.latest(), tuple(dead))
    lines = outside.read(here, _publics(desk))
    outside.write(here, lines, desk.keyring.keeper_key(), told)
    is_told(desk, job)


def is_told(desk: Desk, job: bytes) -> bool:
    """Tell whether what a job ended is written down outside; hand it out if it can be.

    Raises:
        TrustError: a line of the journal is not the keeper's.
    """
    there = desk.settings().anchors
    if there is None:
        return False
    try:
        hand_out(desk)
        lines = outside.read(there, _publics(desk))
    except StateError:
        return False  # the round `anchors` says so
    return any(one.line.job == job for one in lines)


def hand_out(desk: Desk) -> None:
    """Copy to the place outside what it lacks.

    Raises:
        StateError: it is not there, or cannot be written.
    """
    there = desk.settings().anchors
    if there is not None:
        outside.require(there)
        outside.hand_over(outside.place(desk.layout), there)


def learn(desk: Desk) -> tuple[list[Tombstone], int]:
    """Return what ended by the journal here and outside, and how many lines it lacks.

    Raises:
        StateError: the place outside is away.
        TrustError: a line of the journal is not the keeper's.
    """
    there, here = desk.settings().anchors, outside.place(desk.layout)
    publics = _publics(desk)
    if there is not None:
        outside.require(there)
        outside.read(there, publics)  # before anything of it is taken in
        outside.hand_over(there, here)
    lines = outside.read(here, publics)
    dead = [one for kept in lines for one in kept.line.tombstones]
    return dead, outside.missing(lines)


def _publics(desk: Desk) -> set[bytes]:
    return anchors.signers(desk.ledger) | {desk.keyring.keeper_key().public}

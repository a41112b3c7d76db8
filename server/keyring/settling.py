# SPDX-License-Identifier: Apache-2.0
"""Brings a keyring that is opened to what this release and its journal say.

Rules: no key is handed out before; what is done is done once, whoever else opens it;
who may only read a keyring changes nothing, and uses none that is to be changed first.
Not here: the tables of the first version (`upgrading.py`), deaths (`destroying.py`).
"""

import os

from server.errors import StateError
from server.keyring import destroying
from server.keyring.journal import Journal
from server.keyring.master import MasterFiles
from server.keyring.schema import ROLES, STORE_ROLE, VERSION, version
from server.keyring.upgrading import bring_up, bring_up_second
from server.keyring.wrapping import Wrapping


def settle(wrapping: Wrapping, former: MasterFiles, journal: Journal) -> None:
    """Bring up, take over, and let die what the journal says is dead.

    Args:
        wrapping: the keyring's.
        former: where the master key lay in the first version.
        journal: beside the master key.

    Raises:
        StateError: the keyring cannot be used.
        TrustError: its master key is not the one that belongs to it.
    """
    with wrapping.transaction() as connection:
        found, generation = version(connection), wrapping.generation()
    if not os.access(wrapping.path, os.W_OK):
        _require_settled(wrapping, journal)
        return
    if found == 1 or not wrapping.master.has(generation):
        _take_over(wrapping, former)
    if found == 2:  # noqa: PLR2004 - the version before there were keys of tickets
        _know_tickets(wrapping)
    with wrapping.transaction() as connection:
        wrapping.secret(ROLES, STORE_ROLE)
        (size,) = connection.execute("SELECT journal FROM master").fetchone()
    if size != journal.size():
        size = journal.size()
        destroying.take_in(wrapping, journal.lines(), size)
    forget_masters(wrapping, former)


def _require_settled(wrapping: Wrapping, journal: Journal) -> None:
    with wrapping.transaction() as connection:
        found = version(connection)
        wrapping.secret(ROLES, STORE_ROLE)
        (size,) = connection.execute("SELECT journal FROM master").fetchone()
    if found != VERSION or size != journal.size():
        msg = (
            f"{wrapping.path.parent} is to be brought up first: start the keeper, and "
            "then this"
        )
        raise StateError(msg)


def forget_masters(wrapping: Wrapping, former: MasterFiles) -> int:
    """End the secrets of generations that hold no more; returns the one held.

    Raises:
        StateError: one cannot be removed.
    """
    with wrapping.transaction():
        generation = wrapping.generation()
    wrapping.master.forget(generation)
    if former.directory != wrapping.master.directory:
        former.forget(generation)
    return generation


def _take_over(wrapping: Wrapping, former: MasterFiles) -> None:
    """Wrap all anew under a master key in its own place, unless another did it."""
    with wrapping.transaction(writing=True) as connection:
        generation, first = wrapping.generation(), version(connection) == 1
        if not first and not former.has(generation):
            return
        secret = former.secret(generation)
        wrapping.begin(generation, secret)
        if first:
            for one in bring_up(connection, secret):
                wrapping.keep(*one)
        wrapping.renew(())


def _know_tickets(wrapping: Wrapping) -> None:
    """Bring up a keyring of the second version, unless another did it."""
    with wrapping.transaction(writing=True) as connection:
        if version(connection) == 2:  # noqa: PLR2004 - likewise
            bring_up_second(connection)

# SPDX-License-Identifier: Apache-2.0
"""What decides until when things are kept, as it is now.

Rules: policies are read from the authority's own file, all that were ever signed, for a
policy that has expired still says why data is there.
Not here: deciding (`keeping.py`).
"""

from server.keeper import holding, law
from server.keeper.desk import Desk
from server.keeper.keeping import Facts, Keeping, Promises, keeping, promises
from server.keyring import LiveKey
from server.register.contract import notice
from server.statements import Statements
from wire.placement import is_published
from wire.policy import PolicyStatement


def policies(desk: Desk) -> list[PolicyStatement]:
    """Return all policies that were ever signed, the oldest first.

    Raises:
        StateError: the statements cannot be read.
        WireError: one of them is damaged.
    """
    statements = Statements(desk.layout.authority / "statements.sqlite")
    try:
        return statements.policies(desk.tenant)
    finally:
        statements.close()


def published(desk: Desk) -> list[PolicyStatement]:
    """Return those that are bound to no tenant, site or tag: what tickets go by."""
    return [one for one in policies(desk) if is_published(one.target)]


def promised(desk: Desk) -> Promises:
    """Return what was promised last for each retention class.

    Raises:
        StateError: the statements cannot be read.
        WireError: one of them is damaged.
    """
    return promises(policies(desk))


def facts(desk: Desk) -> Facts:
    """Return what else is so: contract, laws, holds.

    Raises:
        StateError: the register or the statements cannot be read.
        TrustError: a law pack is not signed by the policy role.
    """
    with desk.register.view() as connection:
        given = notice(connection)
    minima = law.minima(law.published(desk), desk.tenant)
    held = holding.for_keeping(desk)
    if given is None:
        return Facts(minima=minima, holds=held)
    return Facts(given.ends, given.window, minima, held)


def kept(desk: Desk, known: Facts | None = None) -> list[tuple[LiveKey, Keeping]]:
    """Return every live key, and until when it is kept.

    Args:
        desk: what the keeper works with.
        known: what is so now; None for what `facts` returns.

    Raises:
        StateError: register or statements cannot be read.
    """
    said, known = promised(desk), known or facts(desk)
    return [
        (key, keeping(key, said.get((key.purpose, key.retention)), known))
        for key in desk.keyring.live(desk.tenant)
    ]

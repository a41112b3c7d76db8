# SPDX-License-Identifier: Apache-2.0
"""Puts beside a paper of the keeper all that verifies it but the root digest.

Rules: it is the published statement and the roots as they are now.
Not here: the papers, verifying them (`wire/papers`).
"""

from server.errors import StateError
from server.keeper.desk import Desk
from server.statements import Statements
from wire.papers.keeper import PROOF, Proof
from wire.signed import SignedKind


def proof(desk: Desk, paper: bytes) -> bytes:
    """Return the encoded Proof of a paper that the keeper signed.

    Raises:
        StateError: nothing says yet that the keeper's key is the keeper's.
    """
    statements = Statements(desk.layout.authority / "statements.sqlite")
    try:
        roots = statements.every(desk.tenant, SignedKind.ROOT)
        keeper = statements.newest(desk.tenant, SignedKind.KEEPER)
    finally:
        statements.close()
    if keeper is None:
        msg = "the keeper's key is not published yet: run serve for a minute first"
        raise StateError(msg)
    return PROOF.encode(Proof(tuple(roots), keeper, paper))

# SPDX-License-Identifier: Apache-2.0
"""The policy in force, as the reader believes it.

Rules: from the authority's own file, never from what the gate could write; signed by
the policy role of the newest root, of this tenant, and not past its end.
Not here: signing (`server/authority.py`), what devices are handed (the store's bundle).
"""

from server.errors import TrustError
from server.statements import Statements
from wire import signed
from wire.errors import WireError
from wire.policy import PolicyStatement
from wire.signed import SignedKind
from wire.trust import ROOT, by_identity


def policy_in_force(statements: Statements, tenant: bytes, now: int) -> PolicyStatement:
    """Return the newest published policy statement, checked.

    Args:
        statements: everything that this collector signed.
        tenant: 16 bytes.
        now: seconds since the epoch.

    Raises:
        TrustError: there is none, it is not signed by its role, or it has expired.
    """
    root_octets = statements.newest(tenant, SignedKind.ROOT)
    try:
        published = statements.published(tenant)
        if root_octets is None or published is None:
            msg = "no policy is in force: publish one with discreet-server policy"
            raise TrustError(msg)
        outer = signed.read(root_octets, SignedKind.ROOT)
        root = ROOT.decode(outer.payload)
        signed.check(outer, by_identity(root.roots), root.threshold)
        message = signed.read(published.octets, SignedKind.POLICY)
        signed.check(message, by_identity(root.policy))
    except WireError:
        msg = "the policy in force is not signed by its role: restore the authority"
        raise TrustError(msg) from None
    statement = published.statement
    if statement.tenant != tenant or root.tenant != tenant:
        msg = "the policy in force is of another tenant: restore the authority"
        raise TrustError(msg)
    if now > statement.not_after:
        msg = "the policy has expired: publish it anew with discreet-server policy"
        raise TrustError(msg)
    return statement

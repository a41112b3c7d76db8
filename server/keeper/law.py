# SPDX-License-Identifier: Apache-2.0
"""What the laws in force keep at least.

Rules: what stands when a key dies counts for it.
Not here: which rules stand (`server/laws.py`), what that does to a key (`keeping.py`),
taking out what they keep (`law_extracts.py`).
Source: docs/adr/0030-laws-are-packs.md.
"""

from collections.abc import Iterable

from server import laws
from server.keeper.criteria import LegalObligation, LimitationPeriod
from server.keeper.desk import Desk
from server.keeper.keeping import Minimum
from server.laws import InForce
from server.statements import Statements
from wire.papers.law import LawPack, holder_of
from wire.policy import Criterion
from wire.policy_check import DAY


def published(desk: Desk) -> list[LawPack]:
    """Return all packs that were ever published, the oldest first.

    Raises:
        StateError: the statements cannot be read.
        TrustError: one is not signed by a key that was the policy role's.
    """
    statements = Statements(desk.layout.authority / "statements.sqlite")
    try:
        return laws.read_packs(statements, desk.tenant)
    finally:
        statements.close()


def minima(packs: Iterable[LawPack], tenant: bytes) -> tuple[Minimum, ...]:
    """Return what the rules in force keep at least of a tenant's data.

    Args:
        packs: all that were published, the oldest first.
        tenant: 16 bytes.
    """
    return tuple(_minimum(one, tenant) for one in laws.in_force(packs))


def _minimum(law: InForce, tenant: bytes) -> Minimum:
    rule = law.rule
    limitation = rule.criterion is Criterion.LIMITATION
    kind = LimitationPeriod if limitation else LegalObligation
    return Minimum(
        law.name,
        kind(rule.statute, law.jurisdiction),
        holder_of(tenant, law.jurisdiction, rule.id),
        frozenset(rule.purposes),
        frozenset((rule.dataset, column) for column in rule.columns),
        rule.days * DAY,
        rule.starts,
    )

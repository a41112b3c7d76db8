# SPDX-License-Identifier: Apache-2.0
"""Which laws are in force: the packs that were published, and what may come next.

Rules: of each jurisdiction the newest pack stands, so one without rules repeals it; a
pack counts when a key signed it that was the policy role's; a rule never changes what
it names, for what it kept is one piece: it gets another id instead.
Not here: writing a pack (`law_source.py`), signing it (`publishing.py`), what follows
from it (`server/keeper/law.py`).
Source: docs/adr/0030-laws-are-packs.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from server.errors import TrustError, UsageError
from server.statements import Statements
from wire import limits, signed
from wire.errors import WireError
from wire.papers.law import LawPack, LawRule, read_law
from wire.policy import Criterion
from wire.signed import SignedKind
from wire.trust import ROOT, by_identity

LEDGER = "ledger"
"""What a rule names as its dataset where it wants what was done, and nothing sent."""


@dataclass(frozen=True, slots=True)
class InForce:
    """A rule in force, and where it holds."""

    jurisdiction: str
    rule: LawRule

    @property
    def name(self) -> str:
        """Return the name that no other rule in force has."""
        return f"{self.jurisdiction}/{self.rule.id}"


def read_packs(statements: Statements, tenant: bytes) -> list[LawPack]:
    """Return all packs that were ever published, the oldest first.

    Raises:
        StateError: the statements cannot be read.
        TrustError: one is not signed by a key that was the policy role's.
    """
    keys: dict[bytes, bytes] = {}
    try:
        for octets in statements.every(tenant, SignedKind.ROOT):
            root = ROOT.decode(signed.read(octets, SignedKind.ROOT).payload)
            keys |= by_identity(root.policy)
        return [
            read_law(octets, keys).pack
            for octets in statements.every(tenant, SignedKind.LAW)
        ]
    except WireError:
        msg = "a law pack is not signed by the policy role: restore the authority"
        raise TrustError(msg) from None


def in_force(packs: Iterable[LawPack]) -> list[InForce]:
    """Return the rules in force, by name.

    Args:
        packs: all that were published, the oldest first.
    """
    standing = {pack.jurisdiction: pack for pack in packs}
    found = [
        InForce(pack.jurisdiction, rule)
        for pack in standing.values()
        for rule in pack.rules
    ]
    return sorted(found, key=lambda one: one.name)


def check_next(packs: Sequence[LawPack], pack: LawPack) -> None:
    """Refuse a pack that cannot follow those that were published.

    Args:
        packs: all that were published, the oldest first.
        pack: it is about to be.

    Raises:
        UsageError: a rule names something else than before, or is of a limitation and
            not of the ledger; or there are too many.
    """
    named: dict[str, LawRule] = {}
    for before in packs:
        if before.jurisdiction == pack.jurisdiction:
            named |= {rule.id: _what(rule) for rule in before.rules}
    for rule in pack.rules:
        if named.get(rule.id, _what(rule)) != _what(rule):
            msg = (
                f"rule {rule.id} names other purposes or columns than it did: give it "
                "another id, and let the old one stand as long as what it kept is due"
            )
            raise UsageError(msg)
        if rule.criterion is Criterion.LIMITATION and rule.dataset != LEDGER:
            msg = (
                f"rule {rule.id} keeps what devices send for a claim that may come: "
                "name the ledger there, or use a hold when there is a claim"
            )
            raise UsageError(msg)
    if len(in_force([*packs, pack])) > limits.LAW_RULES:
        msg = f"more than {limits.LAW_RULES} rules would be in force: merge some"
        raise UsageError(msg)


def _what(rule: LawRule) -> LawRule:
    """Return a rule as far as it says what is kept."""
    known = LawRule(
        rule.id, "", "", rule.criterion, rule.purposes, rule.dataset, rule.columns, 1
    )
    return replace(known, purposes=tuple(sorted(rule.purposes, key=lambda p: p.value)))

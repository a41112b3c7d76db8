# SPDX-License-Identifier: Apache-2.0
"""Gathers the state that a package of evidence is made of, and changes nothing.

Rules: all of the register is read as at one moment; what people wrote about a case
stays in its note and is not read; "now" is the time of the ledger's newest entry, so
that the same state makes the same files.
Not here: what files say of it (the other modules of this folder).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from policies import catalogue, risks
from policies.risks import Risk
from server import configuration
from server.configuration import Configuration
from server.errors import StateError
from server.evidence.measured import Measured, shipped
from server.layout import Layout
from server.ledger import Act, SqliteLedger
from server.register import (
    certificates,
    findings,
    holds,
    incidents,
    notices,
    recipients,
    releases,
    resolutions,
    reviews,
)
from server.register.certificates import Held
from server.register.database import Register
from server.register.findings import Held as Finding
from server.register.holds import Placed
from server.register.incidents import Held as Incident
from server.register.notices import Notice
from server.register.recipients import Entry
from server.register.releases import Made
from server.register.resolutions import Resolution
from server.register.reviews import Use
from server.statements import Statements
from wire import signed
from wire.catalogue import Catalogue
from wire.papers.tree import Tree
from wire.policy import PolicyStatement
from wire.signed import SignedKind


@dataclass(frozen=True, slots=True)
class Registered:
    """What the register has, as at one moment."""

    certificates: Sequence[Held]
    recipients: Sequence[Entry]
    releases: Sequence[Made]
    resolutions: Sequence[Resolution]
    holds: Sequence[Placed]
    findings: Sequence[Finding]
    incidents: Sequence[Incident]
    notices: Sequence[Notice]
    uses: Sequence[Use]


@dataclass(frozen=True, slots=True)
class State:
    """What a package is made of.

    Attributes:
        settings: config.toml.
        statement: the policy in force.
        policy: digest of its payload, 32 bytes.
        catalogue: what the product can collect at all.
        risks: that are left, as they ship with the product.
        measured: figures of the product; None where none were measured.
        roots: signed roots, oldest first.
        keeper: signed KeeperStatement.
        registered: what the register has.
        tree: over the ledger.
        acts: the ledger's entries about certificates and policies.
        as_of: time of the ledger's newest entry, in seconds since the epoch.
    """

    settings: Configuration
    statement: PolicyStatement
    policy: bytes
    catalogue: Catalogue
    risks: Sequence[Risk]
    measured: Measured | None
    roots: tuple[bytes, ...]
    keeper: bytes
    registered: Registered
    tree: Tree
    acts: Sequence[Act]
    as_of: int


def gather(
    layout: Layout, ledger: SqliteLedger, measured: Measured | None = None
) -> State:
    """Return the state of an installation.

    Args:
        layout: the installation.
        ledger: its ledger, of which the chain is checked first.
        measured: figures of the product; None for those that ship with it, if any.

    Raises:
        StateError: the keeper's key is not published yet, or a file is absent.
        TrustError: the ledger is not whole.
        UsageError: the figures that ship are not in order.
    """
    settings = configuration.read(layout)
    ledger.verify()
    statements = Statements(layout.authority / "statements.sqlite")
    try:
        roots = statements.every(settings.tenant, SignedKind.ROOT)
        keeper = statements.newest(settings.tenant, SignedKind.KEEPER)
        policy = statements.published(settings.tenant)
    finally:
        statements.close()
    if keeper is None or policy is None or not layout.register.exists():
        msg = "the keeper has not begun its work yet: run serve for a minute first"
        raise StateError(msg)
    payload = signed.read(policy.octets, SignedKind.POLICY).payload
    registered = _registered(layout)
    acts = list(ledger.entries())
    return State(
        settings,
        policy.statement,
        signed.digest(payload),
        catalogue(),
        risks.read(risks.shipped()),
        measured or shipped(),
        tuple(roots),
        keeper,
        registered,
        ledger.tree(),
        acts,
        max(act.time for act in acts),
    )


def _registered(layout: Layout) -> Registered:
    register = Register(layout.register)
    try:
        with register.view() as connection:
            return Registered(
                certificates.every(connection),
                recipients.every(connection),
                releases.every(connection),
                resolutions.every(connection),
                holds.every(connection),
                findings.every(connection),
                incidents.every(connection),
                notices.every(connection),
                reviews.uses(connection),
            )
    finally:
        register.close()

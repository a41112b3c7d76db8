# SPDX-License-Identifier: Apache-2.0
"""Until when each record of the keeper's own is kept.

Rules: pure; each returns the first second at which a record is kept no more, and
`OPEN_END` while nothing but people ends it; the round that ends it goes by the same
function that explains it.
Not here: the times (`server/keeper/bounds.py`), the ledger's and certificates'
(`ledger_ends.py`).
Source: docs/adr/0058-what-shows-an-end-ends-too.md.
"""

from collections.abc import Iterable

from server.alerts.bounds import SENT_KEEP_SECONDS
from server.alerts.standing import Alert
from server.keeper.bounds import (
    CASE_KEEP_SECONDS,
    EVIDENCE_KEEP_SECONDS,
    EVIDENCE_ROW_SECONDS,
    EXPORT_KEEP_SECONDS,
    NOTICE_KEEP_SECONDS,
    TICKET_KEEP_SECONDS,
    TOKEN_KEEP_SECONDS,
)
from server.keeper.keeping import OPEN_END
from server.register import findings, packages, rights, tickets
from server.register.alert_messages import Held
from server.register.cases import Case
from server.register.incidents import Incident
from server.register.notices import Notice
from server.register.recipients import Entry, Granted
from server.register.releases import Made
from server.store.tokens import HeldToken


def _after(moment: int | None, seconds: int) -> int:
    return OPEN_END if moment is None else moment + seconds


def case(one: Case | Incident) -> int:
    """Return the end of a case's or an incident's words."""
    return _after(one.closed, CASE_KEEP_SECONDS)


def finding(one: findings.Held) -> int:
    """Return the end of a finding."""
    closed = None if one.closing is None else one.closing.time
    return _after(closed, CASE_KEEP_SECONDS)


def notice(one: Notice) -> int:
    """Return the end of what stands of a notice."""
    return _after(one.delivered, CASE_KEEP_SECONDS)


def notice_text(one: Notice) -> int:
    """Return the end of a notice's text."""
    return _after(one.delivered, NOTICE_KEEP_SECONDS)


def ticket(one: tickets.Held) -> int:
    """Return the end of a ticket's name, where nothing that it brought is left."""
    return _after(one.closed, TICKET_KEEP_SECONDS)


def package(one: packages.Package) -> int:
    """Return the end of a package's file."""
    return one.made + EVIDENCE_KEEP_SECONDS if one.made else OPEN_END


def package_row(one: packages.Package) -> int:
    """Return the end of what is known of a package that is over."""
    return one.asked + EVIDENCE_ROW_SECONDS


def export(one: rights.Held) -> int:
    """Return the end of an archive that nobody fetched."""
    return one.since + EXPORT_KEEP_SECONDS


def release(one: Made) -> int:
    """Return the end of a release's files and of its key."""
    return one.expires + 1 if one.revoked is None else one.revoked


def release_row(one: Made) -> int:
    """Return the end of what is known of a release; none while somebody has it."""
    if one.fetched is not None and one.deleted is None:
        return OPEN_END
    return max(release(one), one.deleted or 0) + CASE_KEEP_SECONDS


def token(one: HeldToken) -> int:
    """Return the end of an enrolment token that lets nobody in any more."""
    return one.not_after + TOKEN_KEEP_SECONDS + 1


def grant(one: Granted, until: int) -> int:
    """Return the end of a grant.

    Args:
        one: as the register has it.
        until: its last second, where it is not revoked before.
    """
    return _over(until, one.revoked) + CASE_KEEP_SECONDS


def recipient(one: Entry, agreement_until: int, made: Iterable[Made]) -> int:
    """Return the end of a recipient's entry, where no grant to it is kept longer.

    Args:
        one: as the register has it.
        agreement_until: last second of its agreement.
        made: the releases for it.
    """
    over = _over(agreement_until, one.suspended)
    return max([over + CASE_KEEP_SECONDS, *map(release_row, made)])


def _over(until: int, stopped: int | None) -> int:
    """Return when something is over: after its last second, or stopped before."""
    return until + 1 if stopped is None else min(stopped, until + 1)


def message(one: Held) -> int:
    """Return the end of what is known of a message about an alert."""
    return OPEN_END if one.waits else one.made + SENT_KEEP_SECONDS + 1


def alert(one: Alert, keep: int) -> int:
    """Return the end of an alert that is over, or that no look finds any more.

    Args:
        one: the alert.
        keep: seconds that the policy allows.
    """
    return (one.last if one.ended is None else one.ended) + keep + 1

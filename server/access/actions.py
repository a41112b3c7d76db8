# SPDX-License-Identifier: Apache-2.0
"""Every act of the product, in which roles it may be done, and for which purposes.

Rules: what is not in the table may nobody do; an act over telemetry takes a purpose;
what gives, keeps or ends data, brings an end nearer, works on a device or changes
people wants a person who proved to be there within minutes.
Not here: whether one person may (`model.py`); the table for readers (docs/access.md).
Source: docs/adr/0039-one-function-says-who-may.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from wire.purposes import RULES as PURPOSE_RULES
from wire.purposes import Purpose


class Role(Enum):
    """In what capacity a person acts; a person may have several."""

    TECHNICIAN = "technician"
    ADMINISTRATOR = "administrator"
    SECURITY = "security"
    PRIVACY_OFFICER = "privacy-officer"
    COUNSEL = "counsel"
    AUDITOR = "auditor"
    OPERATOR = "operator"
    REQUESTER = "requester"
    APPROVER = "approver"
    CLIENT = "client"
    READER = "reader"
    """Whom config.toml gives a name that the signed policy lists as a reader."""


class Action(Enum):
    """What a person can do, by any way; an ask and an approval are two acts."""

    SELF_SEE = "self.see"
    SELF_CHANGE = "self.change"
    SELF_PASSKEY = "self.passkey"
    READ = "data.read"
    EXPORT_TABLES = "data.export"
    ACCOUNT = "data.account"
    WHY = "data.why"
    ANONYMISE = "data.anonymise"
    DEVICE_SEE = "device.see"
    DEVICE_LABEL = "device.label"
    DEVICE_PLACE = "device.place"
    DEVICE_REVOKE = "device.revoke"
    ALERT_SEE = "alert.see"
    ALERT_ACKNOWLEDGE = "alert.acknowledge"
    ALERT_RESEND = "alert.resend"
    ALERT_CHANGE = "alert.change"
    TOKEN_ISSUE = "token.issue"  # noqa: S105 - an act's name
    DIAGNOSE_SEE = "diagnose.see"
    DIAGNOSE_ASK = "diagnose.ask"
    DIAGNOSE_APPROVE = "diagnose.approve"
    DIAGNOSE_CANCEL = "diagnose.cancel"
    TICKET_SEE = "ticket.see"
    TICKET_OPEN = "ticket.open"
    TICKET_CLOSE = "ticket.close"
    CASE_SEE = "case.see"
    HOLD_ASK = "hold.ask"
    HOLD_APPROVE = "hold.approve"
    RELEASE_HOLD_ASK = "release-hold.ask"
    RELEASE_HOLD_APPROVE = "release-hold.approve"
    DISCLOSE_ASK = "disclose.ask"
    DISCLOSE_APPROVE = "disclose.approve"
    DISCLOSE_FETCH = "disclose.fetch"
    PROTECT_ASK = "protect.ask"
    PROTECT_APPROVE = "protect.approve"
    SHARE_SEE = "share.see"
    SHARE_ASK = "share.ask"
    SHARE_APPROVE = "share.approve"
    SHARE_MAKE = "share.make"
    SHARE_REVOKE = "share.revoke"
    RESOLVE_ASK = "resolve.ask"
    RESOLVE_APPROVE = "resolve.approve"
    TRANSFER_ASK = "transfer.ask"
    TRANSFER_APPROVE = "transfer.approve"
    RECIPIENT_SEE = "recipient.see"
    RECIPIENT_CHANGE = "recipient.change"
    DELAY_NOTICE_ASK = "delay-notice.ask"
    DELAY_NOTICE_APPROVE = "delay-notice.approve"
    NOTICE_SEE = "notice.see"
    NOTICE_DELIVER = "notice.deliver"
    SUBJECT_SEE = "subject.see"
    SUBJECT_FIND = "subject.find"
    SUBJECT_FETCH = "subject.fetch"
    SUBJECT_EXTEND = "subject.extend"
    ERASE_ASK = "erase.ask"
    ERASE_APPROVE = "erase.approve"
    RESTRICT_ASK = "restrict.ask"
    RESTRICT_APPROVE = "restrict.approve"
    LIFT_ASK = "lift.ask"
    LIFT_APPROVE = "lift.approve"
    EXPORT_ASK = "export.ask"
    EXPORT_APPROVE = "export.approve"
    ANNOTATE_ASK = "annotate.ask"
    ANNOTATE_APPROVE = "annotate.approve"
    OBJECT_ASK = "object.ask"
    OBJECT_APPROVE = "object.approve"
    FORWARD_ASK = "forward.ask"
    FORWARD_APPROVE = "forward.approve"
    PURGE_ASK = "purge.ask"
    PURGE_APPROVE = "purge.approve"
    CLOCK_ASK = "clock.ask"
    CLOCK_APPROVE = "clock.approve"
    BACKUP_END_ASK = "backup-end.ask"
    BACKUP_END_APPROVE = "backup-end.approve"
    HOLD_SEE = "hold.see"
    RETENTION_SEE = "retention.see"
    RETENTION_RUN = "retention.run"
    CERTIFICATE_SEE = "certificate.see"
    CONTRACT_SEE = "contract.see"
    CONTRACT_END = "contract.end"
    BILLING_SEE = "billing.see"
    POLICY_SEE = "policy.see"
    POLICY_PUBLISH = "policy.publish"
    LAW_SEE = "law.see"
    LAW_PUBLISH = "law.publish"
    PEOPLE_SEE = "people.see"
    PEOPLE_INVITE = "people.invite"
    PEOPLE_CHANGE = "people.change"
    PEOPLE_ATTEST = "people.attest"
    LEDGER_SEE = "ledger.see"
    LEDGER_ANCHOR = "ledger.anchor"
    INCIDENT_SEE = "incident.see"
    INCIDENT_CHANGE = "incident.change"
    FINDING_SEE = "finding.see"
    FINDING_CHANGE = "finding.change"
    EVIDENCE_SEE = "evidence.see"
    EVIDENCE_BUILD = "evidence.build"
    EVIDENCE_FETCH = "evidence.fetch"
    KEYRING_SEE = "keyring.see"
    KEYRING_CHANGE = "keyring.change"
    INSTALLATION_SEE = "installation.see"
    INSTALLATION_CHANGE = "installation.change"


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may do an act.

    Attributes:
        roles: any one of them does.
        step_up: whether the person must have proved to be there within minutes.
        purposes: for which it may be done, each time for one; None where it takes none.
        own: whether it is about oneself alone: then everybody may who takes part, in
            whatever role, trained or not.
    """

    roles: frozenset[Role]
    step_up: bool = False
    purposes: frozenset[Purpose] | None = None
    own: bool = False


READABLE = frozenset(
    purpose
    for purpose, rule in PURPOSE_RULES.items()
    if rule.collects and purpose is not Purpose.IMPROVEMENT
)
"""Of `improvement` only sums leave, and no person opens it."""
SUPPORT = frozenset({Purpose.SUPPORT})

PURPOSES: Mapping[Role, frozenset[Purpose]] = {
    Role.TECHNICIAN: READABLE - {Purpose.SECURITY},
    Role.ADMINISTRATOR: READABLE - {Purpose.SECURITY},
    Role.SECURITY: frozenset({Purpose.SECURITY}),
    Role.READER: READABLE,
}
"""The most that a role may read for; the signed policy and the person narrow it."""


def _named(*names: str) -> frozenset[Role]:
    return frozenset(Role(name) for line in names for name in line.split())


_EVERYBODY = frozenset(Role) - {Role.READER}
_STAFF = _EVERYBODY - {Role.CLIENT, Role.AUDITOR}
_LOOKS = _EVERYBODY - {Role.CLIENT, Role.REQUESTER, Role.APPROVER}
_WORKS = _named("technician administrator security")
_HELPS = _named("technician administrator")
_GUARDS = _named("privacy-officer counsel auditor operator")
_APPROVES = _named("approver counsel privacy-officer")
_ANSWERS = _named("requester privacy-officer")
_COUNSEL = _named("counsel")
_OFFICER = _named("privacy-officer")
_OPERATES = _named("operator")
_RUNS = _named("administrator operator")
_READS = _WORKS | _named("reader")


def _safe(roles: frozenset[Role]) -> Rule:
    """Return the rule of an act that wants a person who is there."""
    return Rule(roles, step_up=True)


RULES: Mapping[Action, Rule] = {
    Action.SELF_SEE: Rule(frozenset(Role), own=True),
    Action.SELF_CHANGE: Rule(frozenset(Role), own=True),
    Action.SELF_PASSKEY: Rule(frozenset(Role), step_up=True, own=True),
    Action.READ: Rule(_READS, purposes=READABLE),
    Action.EXPORT_TABLES: Rule(_READS, purposes=READABLE),
    Action.ACCOUNT: Rule(_READS, purposes=READABLE),
    Action.WHY: Rule(_LOOKS),
    Action.ANONYMISE: _safe(_named("privacy-officer operator")),
    Action.DEVICE_SEE: Rule(_LOOKS),
    Action.DEVICE_LABEL: Rule(_HELPS | _OPERATES),
    Action.DEVICE_PLACE: _safe(_RUNS),
    Action.DEVICE_REVOKE: _safe(_RUNS),
    Action.ALERT_SEE: Rule(_HELPS | _OPERATES),
    Action.ALERT_ACKNOWLEDGE: Rule(_HELPS),
    Action.ALERT_RESEND: _safe(_HELPS | _OPERATES),
    Action.ALERT_CHANGE: Rule(_OPERATES),
    Action.TOKEN_ISSUE: _safe(_RUNS),
    Action.DIAGNOSE_SEE: Rule(_HELPS, purposes=SUPPORT),
    Action.DIAGNOSE_ASK: Rule(_named("technician"), step_up=True, purposes=SUPPORT),
    Action.DIAGNOSE_APPROVE: Rule(_HELPS, step_up=True, purposes=SUPPORT),
    Action.DIAGNOSE_CANCEL: Rule(_HELPS, purposes=SUPPORT),
    Action.TICKET_SEE: Rule(_LOOKS),
    Action.TICKET_OPEN: Rule(_WORKS | _OPERATES),
    Action.TICKET_CLOSE: _safe(_WORKS | _OPERATES),
    Action.CASE_SEE: Rule(_EVERYBODY - {Role.CLIENT}),
    Action.HOLD_ASK: _safe(_STAFF),
    Action.HOLD_APPROVE: _safe(_COUNSEL),
    Action.RELEASE_HOLD_ASK: _safe(_STAFF),
    Action.RELEASE_HOLD_APPROVE: _safe(_COUNSEL),
    Action.DISCLOSE_ASK: _safe(_STAFF),
    Action.DISCLOSE_APPROVE: _safe(_COUNSEL),
    Action.DISCLOSE_FETCH: _safe(_named("counsel privacy-officer")),
    Action.PROTECT_ASK: _safe(_STAFF),
    Action.PROTECT_APPROVE: _safe(_APPROVES),
    Action.SHARE_SEE: Rule(_GUARDS | _APPROVES | _named("client")),
    Action.SHARE_ASK: _safe(_STAFF),
    Action.SHARE_APPROVE: _safe(_APPROVES),
    Action.SHARE_MAKE: _safe(_named("privacy-officer operator")),
    Action.SHARE_REVOKE: _safe(_named("privacy-officer counsel operator")),
    Action.RESOLVE_ASK: _safe(_STAFF),
    Action.RESOLVE_APPROVE: _safe(_APPROVES),
    Action.TRANSFER_ASK: _safe(_STAFF),
    Action.TRANSFER_APPROVE: _safe(_APPROVES),
    Action.RECIPIENT_SEE: Rule(_GUARDS | _APPROVES | _named("client")),
    Action.RECIPIENT_CHANGE: _safe(_named("privacy-officer operator")),
    Action.DELAY_NOTICE_ASK: _safe(_STAFF),
    Action.DELAY_NOTICE_APPROVE: _safe(_COUNSEL),
    Action.NOTICE_SEE: Rule(_GUARDS),
    Action.NOTICE_DELIVER: _safe(_GUARDS - {Role.AUDITOR}),
    Action.SUBJECT_SEE: Rule(_ANSWERS | _named("counsel auditor operator client")),
    Action.SUBJECT_FIND: _safe(_ANSWERS),
    Action.SUBJECT_FETCH: _safe(_OFFICER),
    Action.SUBJECT_EXTEND: _safe(_OFFICER),
    **{
        action: _safe(_OFFICER if action.value.endswith(".approve") else _ANSWERS)
        for action in (
            *(Action.ERASE_ASK, Action.ERASE_APPROVE),
            *(Action.RESTRICT_ASK, Action.RESTRICT_APPROVE),
            *(Action.LIFT_ASK, Action.LIFT_APPROVE),
            *(Action.EXPORT_ASK, Action.EXPORT_APPROVE),
            *(Action.ANNOTATE_ASK, Action.ANNOTATE_APPROVE),
            *(Action.OBJECT_ASK, Action.OBJECT_APPROVE),
            *(Action.FORWARD_ASK, Action.FORWARD_APPROVE),
        )
    },
    Action.PURGE_ASK: _safe(_OPERATES),
    Action.PURGE_APPROVE: _safe(_OFFICER),
    Action.CLOCK_ASK: _safe(_OPERATES),
    Action.CLOCK_APPROVE: _safe(_OFFICER),
    Action.BACKUP_END_ASK: _safe(_OPERATES),
    Action.BACKUP_END_APPROVE: _safe(_OFFICER),
    Action.HOLD_SEE: Rule(_GUARDS | _named("administrator")),
    Action.RETENTION_SEE: Rule(_LOOKS | _named("client")),
    Action.RETENTION_RUN: _safe(_OPERATES),
    Action.CERTIFICATE_SEE: Rule(_GUARDS | _named("administrator client")),
    Action.BILLING_SEE: Rule(_named("administrator operator auditor client")),
    Action.CONTRACT_SEE: Rule(_GUARDS | _named("administrator client")),
    Action.CONTRACT_END: _safe(_OPERATES),
    Action.POLICY_SEE: Rule(_EVERYBODY),
    Action.POLICY_PUBLISH: _safe(_named("privacy-officer operator")),
    Action.LAW_SEE: Rule(_LOOKS | _named("client")),
    Action.LAW_PUBLISH: _safe(_named("privacy-officer counsel operator")),
    Action.PEOPLE_SEE: Rule(_RUNS | _named("privacy-officer auditor")),
    Action.PEOPLE_INVITE: _safe(_RUNS),
    Action.PEOPLE_CHANGE: _safe(_RUNS),
    Action.PEOPLE_ATTEST: _safe(_RUNS),
    Action.LEDGER_SEE: Rule(_GUARDS),
    Action.LEDGER_ANCHOR: Rule(_OPERATES),
    Action.INCIDENT_SEE: Rule(_GUARDS | _named("security")),
    Action.INCIDENT_CHANGE: _safe(_named("privacy-officer counsel operator security")),
    Action.FINDING_SEE: Rule(_GUARDS | _named("security")),
    Action.FINDING_CHANGE: _safe(_named("privacy-officer counsel operator security")),
    Action.EVIDENCE_SEE: Rule(_GUARDS),
    Action.EVIDENCE_BUILD: _safe(_GUARDS - {Role.OPERATOR}),
    Action.EVIDENCE_FETCH: Rule(_GUARDS - {Role.OPERATOR}),
    Action.KEYRING_SEE: Rule(_named("operator auditor")),
    Action.KEYRING_CHANGE: _safe(_OPERATES),
    Action.INSTALLATION_SEE: Rule(_named("operator auditor privacy-officer")),
    Action.INSTALLATION_CHANGE: _safe(_OPERATES),
}
"""Of every act; `test_access_matrix.py` compares it with a table of its own."""

GIVES: Mapping[Role, frozenset[Role]] = {
    Role.ADMINISTRATOR: _WORKS | _named("requester client"),
    Role.OPERATOR: _EVERYBODY,
}
"""Which roles one may give to others: nobody makes somebody who checks them."""

UNTRAINED = _named("client auditor reader")
"""Roles that need no training of the provider's: they are not its staff, or are of
config.toml, which says nothing of training."""

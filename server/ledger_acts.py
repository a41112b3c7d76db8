# SPDX-License-Identifier: Apache-2.0
"""What may stand in the collector's ledger: acts, what each says, and for how long.

Rules: an act that is not here is refused, and so is a word that its line does not
name; a body ends after its days and leaves its salted digest in the chain for ever.
Not here: the ledger (`server/ledger.py`), who ends bodies (`server/keeper`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from wire.cbor import Plain
from wire.policy_check import DAY

BODY_ERASED = "body-erased"
ANCHORED = "anchored"
OPENED = "opened"


@dataclass(frozen=True, slots=True)
class Term:
    """For how long bodies are kept, and which law asks that what was done be shown.

    Attributes:
        name: what a law pack calls these lines that may want them for longer.
        days: from the act to the end of its body.
        statute: where it is written.
        jurisdiction: where it holds.
    """

    name: str
    days: int
    statute: str
    jurisdiction: str

    def ends(self, time: int) -> int:
        """Return the second from which a body of this time is due."""
        return time + self.days * DAY


READING = Term("reading", 400, "GDPR, article 32(1)(d)", "EU")
"""Who read what: measures are looked at each year, and the weeks that it takes."""
CLAIMS = Term("claims", 1_096, "GDPR, article 5(2)", "EU")
"""Three years, in which claims are made: what people and the keeper did. Which statute
bars them is the client's country's to say, by its law pack."""
PROOF = Term("proof", 3_653, "GDPR, article 5(2)", "EU")
"""Ten years: what shows that data ended, was held back or was given away."""
TERMS: Mapping[str, Term] = {one.name: one for one in (READING, CLAIMS, PROOF)}
"""All, by the name that a law pack uses."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What an act's body may name, and how long it is kept.

    Attributes:
        fields: names in the body.
        term: until the body ends; None for never, where it names no person.
    """

    fields: frozenset[str]
    term: Term | None


def _rules(term: Term | None, lines: Mapping[str, str]) -> dict[str, Rule]:
    return {act: Rule(frozenset(names.split()), term) for act, names in lines.items()}


_GRANT = "user role purpose reason until ticket policy"
_CASE = "by case purpose reason until review count"

ACTS: Mapping[str, Rule] = {
    **_rules(None, {BODY_ERASED: "erased"}),
    **_rules(
        READING,
        {
            OPENED: f"{_GRANT} datasets devices every keys columns envelopes"
            " blocks sql form to",
            "accounted": f"{_GRANT} device",
            "denied": "user purpose reason denied",
            "access-denied": "person action denied",
            "signed-in": "person how",
            "sign-in-refused": "denied count",
            "alerts-looked": "job owner purposes retention devices envelopes blocks"
            " doubtful raised cleared",
            **dict.fromkeys(
                ("alert-acknowledged", "alert-snoozed"), "by alert device until"
            ),
            "alert-resent": "by count",
            "alerts-named": "to kind",
            "alerts-untold": "kind count",
            "folded": "job owner purposes devices envelopes blocks large doubtful",
            "resync-asked": "purpose datasets devices",
            "ticket-opened": "by ticket source until devices",
            "ticket-attached": "by ticket source until devices",
            "ticket-detached": "by ticket source until devices",
            "ticket-closed": "by ticket source until",
            "ticket-refused": "source denied count",
        },
    ),
    **_rules(
        CLAIMS,
        {
            ANCHORED: "key",
            "aggregated": "job owner datasets columns start tenants epsilon least"
            " cells suppressed",
            "aggregate-begun": "job owner datasets columns start tenants epsilon"
            " tenant",
            "backup-ended": "by backup decisions",
            "backup-made": "by backup until",
            "billed": "by since until count",
            "clock-behind": "seconds",
            "clock-believed": "by until decisions",
            "clock-right": "seconds",
            "contract-ended": "by on window until",
            "contract-withdrawn": "by",
            "device-labelled": "by device",
            "device-placed": "by site tags devices",
            "device-revoked": "by device",
            "erased-again": "envelopes rows",
            **dict.fromkeys(
                (
                    "evidence-asked",
                    "evidence-built",
                    "evidence-failed",
                    "evidence-fetched",
                    "evidence-ended",
                ),
                "by package reason digest count until",
            ),
            "finding-closed": "by finding test digest",
            "finding-opened": "by finding severity source due digest",
            "finding-overdue": "finding severity due",
            "keeper-begun": "believed",
            "keys-unknown": "keys",
            "keeper-refused": "by denied",
            "keyring-refused": "by denied",
            "keyring-restored": "by backup",
            "keyring-rotated": "by generation",
            "keyring-moved": "by",
            "processes-divided": "by",
            "processes-joined": "by",
            "law-published": "by version jurisdiction rules digest",
            **dict.fromkeys(
                ("order-sent", "order-refused", "order-cancelled", "order-ended"),
                "by order device diagnostic ticket technicians digest until sensitive"
                " state denied",
            ),
            "people-changed": "people digest",
            "people-restored": "by",
            "person-changed": "by person change role purposes until",
            "person-invited": "by person roles until",
            "person-joined": "person",
            "purge-stopped": "keys envelopes reason",
            "restored": "by keys",
            "risk-unreviewed": "risk due",
            "siem-named": "to",
            "store-copied": "by",
            "store-lost": "device holes numbers",
            "technician-added": "by technician key may version",
            "technician-removed": "by technician key version",
            "update-published": "by version kind channels digest",
            "update-root-signed": "by version replaced",
            "token-issued": "by token uses not_after site tags",
            **dict.fromkeys(
                (
                    "case-asked",
                    "case-decided",
                    "case-lapsed",
                    "case-reviewed",
                    "case-unreviewed",
                    "case-withdrawn",
                ),
                f"{_CASE} kind act person role matter",
            ),
            **dict.fromkeys(
                ("recipient-added", "recipient-suspended"),
                "by recipient version role agreement_until country digest",
            ),
            **dict.fromkeys(
                (
                    "share-asked",
                    "share-opened",
                    "share-approved",
                    "share-refused",
                    "share-revoked",
                    "release-made",
                    "release-fetched",
                    "release-owed",
                    "release-received",
                    "release-ended",
                    "release-pushed",
                    "resolution-asked",
                    "resolution-opened",
                    "resolution-made",
                    "resolution-fetched",
                ),
                "by case grant release recipient purpose datasets columns devices"
                " every keys rows count until digest denied kind",
            ),
            **dict.fromkeys(
                (
                    "subject-found",
                    "subject-exported",
                    "subject-fetched",
                    "subject-extended",
                    "subject-annotated",
                    "subject-restricted",
                    "subject-lifted",
                    "subject-objected",
                    "subject-erased",
                    "subject-forwarded",
                ),
                "by case purposes datasets devices rows envelopes count until right"
                " reason",
            ),
        },
    ),
    **_rules(
        PROOF,
        {
            "installed": "by tenant",
            "root-signed": "by version root replaced",
            "policy-bound": "by target change version following share first",
            "policy-published": "by name version digest target",
            "keys-published": "by version keys",
            "keeper-published": "by version",
            "destruction-due": "job reason keys envelopes samples until",
            "key-destroyed": "job reason keys purpose retention start end",
            "rows-deleted": "job reason keys envelopes blocks records",
            "certified": "job number state until digest replaces",
            "checks-failed": "job checks",
            "device-ended": "device reason",
            "device-left": "device seen",
            **dict.fromkeys(
                (
                    "incident-attached",
                    "incident-closed",
                    "incident-opened",
                    "incident-overdue",
                    "incident-recorded",
                    "incident-told",
                ),
                "by incident kind about known part digest devices columns recipients"
                " to act due",
            ),
            **dict.fromkeys(
                (
                    "hold-asked",
                    "hold-placed",
                    "hold-released",
                    "hold-extracted",
                    "disclosed",
                    "disclosure-asked",
                    "disclosure-counted",
                    "disclosure-fetched",
                    "notice-due",
                    "notice-delayed",
                    "notice-delivered",
                ),
                f"{_CASE} origin keys live ended datasets columns devices every rows"
                " envelopes records recipient release digest kind notice",
            ),
            **dict.fromkeys(
                (
                    "transfer-noticed",
                    "transfer-asked",
                    "transfer-refused",
                    "transfer-approved",
                    "transfer-opened",
                    "transfer-exported",
                ),
                f"{_CASE} purposes datasets columns devices every keys rows envelopes"
                " recipient release digest notice denied",
            ),
        },
    ),
}
"""Act > what its body may name, and the days that it is kept."""


def unknown(act: str, body: Mapping[str, Plain]) -> str:
    """Return what is not in the table: the act, a name of the body, or nothing."""
    rule = ACTS.get(act)
    if rule is None:
        return act
    return next((name for name in body if name not in rule.fields), "")

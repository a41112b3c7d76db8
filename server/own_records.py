# SPDX-License-Identifier: Apache-2.0
"""The kinds of record that the collector keeps of its own, by the names people type.

Rules: a kind has the act by which its list is seen, and who may not see that is not
told why one of it is kept; KIND:ID names one, and a device has neither kind nor colon.
Not here: until when each is kept (`server/keeper/own`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from server.access.actions import Action


@dataclass(frozen=True, slots=True)
class OwnKind:
    """A kind of record.

    Attributes:
        words: what it is.
        named: how one of it is named.
        action: by which its list is seen.
    """

    words: str
    named: str
    action: Action


KINDS: Mapping[str, OwnKind] = {
    "alert": OwnKind("alerts about devices", "its id", Action.ALERT_SEE),
    "case": OwnKind("cases and what people decided", "its id", Action.CASE_SEE),
    "certificate": OwnKind(
        "certificates of deletion", "its number", Action.CERTIFICATE_SEE
    ),
    "erasure": OwnKind(
        "erasures in force: which rows, no words of them",
        "its case",
        Action.SUBJECT_SEE,
    ),
    "evidence": OwnKind("packages of evidence", "its id", Action.EVIDENCE_SEE),
    "export": OwnKind("archives for persons that wait", "its case", Action.SUBJECT_SEE),
    "finding": OwnKind("findings", "its name", Action.FINDING_SEE),
    "grant": OwnKind("grants to recipients", "its id", Action.SHARE_SEE),
    "hold": OwnKind("holds and what they keep", "its case", Action.HOLD_SEE),
    "incident": OwnKind("incidents", "its name", Action.INCIDENT_SEE),
    "ledger": OwnKind("entries of the ledger", "its number", Action.LEDGER_SEE),
    "message": OwnKind("messages about alerts", "its id", Action.ALERT_SEE),
    "notice": OwnKind("notices and their texts", "its id", Action.NOTICE_SEE),
    "order": OwnKind("diagnostics that devices are asked", "its id", Action.TICKET_SEE),
    "person": OwnKind(
        "who uses the console: account, preferences, sessions",
        "the id",
        Action.PEOPLE_SEE,
    ),
    "recipient": OwnKind("recipients of data", "its name", Action.RECIPIENT_SEE),
    "release": OwnKind("releases and productions", "its id", Action.SHARE_SEE),
    "right": OwnKind("rights of persons in force", "its case", Action.SUBJECT_SEE),
    "ticket": OwnKind("tickets and what they brought", "its id", Action.TICKET_SEE),
    "token": OwnKind("enrolment tokens", "what the ledger calls it", Action.DEVICE_SEE),
    "visits": OwnKind("the console's log of requests", "its day", Action.PEOPLE_SEE),
}
"""All, by name."""
LIST = "list"
"""Asked for instead of a kind: all of them, counted."""


def split(named: str) -> tuple[str, str]:
    """Return kind and id of what somebody names; no kind for a device.

    Args:
        named: KIND:ID, KIND: for all of a kind, or a device.
    """
    kind, colon, number = named.partition(":")
    return (kind, number) if colon and kind in KINDS else ("", named)

# SPDX-License-Identifier: Apache-2.0
"""Who may do what, as a model of its own says it: by role, and not by act.

Rules: nothing of it is derived from the product's table.
Not here: what is compared with it (`tests/unit/server/test_access_matrix.py`,
`tests/unit/server/test_console_matrix.py`).
"""

import itertools

from server.access.model import Person, Standing
from wire.purposes import Purpose

NOW = 1_700_000_000
OURS, THEIRS = b"o" * 16, b"t" * 16
EVERY = frozenset(Purpose)
HELPED = [purpose.value for purpose in Purpose if purpose.value != "support"]
NEVER = ["account", "communication", "compliance", "improvement"]

ASKED_BY_ALL = [
    *("hold", "release-hold", "disclose", "protect"),
    *("share", "resolve", "transfer", "delay-notice"),
]
APPROVED = ["protect", "share", "resolve", "transfer"]
RIGHTS = ["erase", "restrict", "lift", "export", "annotate", "object", "forward"]
RUNS = ["purge", "clock", "backup-end"]
KINDS = [*ASKED_BY_ALL, *RIGHTS, *RUNS]


def asks(kinds: list[str]) -> str:
    """Return the acts of asking."""
    return " ".join(f"{kind}.ask" for kind in kinds)


def approves(kinds: list[str]) -> str:
    """Return the acts of approving."""
    return " ".join(f"{kind}.approve" for kind in kinds)


OWN = "policy.see"
SIGHT = "data.why device.see ticket.see case.see retention.see law.see"
CONTROL = (
    "share.see recipient.see notice.see hold.see certificate.see contract.see"
    " ledger.see incident.see finding.see evidence.see"
)
WORK = f"{OWN} {SIGHT} {asks(ASKED_BY_ALL)} ticket.open ticket.close"
DATA = "data.read data.export data.account"
MODEL = {
    "technician": f"{WORK} {DATA} device.label diagnose.see diagnose.ask"
    " diagnose.approve diagnose.cancel alert.see alert.acknowledge alert.resend",
    "administrator": f"{WORK} {DATA} device.label device.place device.revoke"
    " token.issue diagnose.see diagnose.approve diagnose.cancel hold.see"
    " certificate.see contract.see billing.see people.see people.invite"
    " people.change people.attest"
    " alert.see alert.acknowledge alert.resend",
    "security": f"{WORK} {DATA} incident.see finding.see finding.change"
    " incident.change",
    "privacy-officer": f"{OWN} {SIGHT} {CONTROL} {asks(ASKED_BY_ALL)} {asks(RIGHTS)}"
    f" {approves(RIGHTS)} {approves(RUNS)} {approves(APPROVED)}"
    " data.anonymise disclose.fetch share.make share.revoke recipient.change"
    " notice.deliver finding.change"
    " incident.change subject.see subject.find subject.fetch"
    " subject.extend"
    " policy.publish law.publish people.see evidence.build evidence.fetch"
    " installation.see",
    "counsel": f"{OWN} {SIGHT} {CONTROL} {asks(ASKED_BY_ALL)} {approves(ASKED_BY_ALL)}"
    " disclose.fetch share.revoke notice.deliver finding.change"
    " incident.change subject.see law.publish"
    " evidence.build evidence.fetch",
    "auditor": f"{OWN} {SIGHT} {CONTROL} subject.see people.see evidence.build"
    " evidence.fetch keyring.see installation.see billing.see",
    "operator": f"{OWN} {SIGHT} {CONTROL} {asks(ASKED_BY_ALL)} {asks(RUNS)}"
    " data.anonymise device.label device.place device.revoke token.issue"
    " ticket.open ticket.close"
    " share.make share.revoke recipient.change notice.deliver finding.change"
    " incident.change subject.see"
    " retention.run contract.end policy.publish law.publish people.see people.invite"
    " people.change people.attest ledger.anchor keyring.see keyring.change"
    " installation.see installation.change alert.resend"
    " alert.see alert.change billing.see",
    "requester": f"{OWN} case.see {asks(ASKED_BY_ALL)} {asks(RIGHTS)} subject.see"
    " subject.find",
    "approver": f"{OWN} case.see {asks(ASKED_BY_ALL)} share.see recipient.see"
    f" {approves(APPROVED)}",
    "client": f"{OWN} retention.see certificate.see contract.see billing.see law.see"
    " share.see recipient.see subject.see",
    "reader": DATA,
}
FOR = {
    "technician": "provision support administration",
    "administrator": "provision support administration",
    "security": "security",
    "reader": "provision support administration security",
}
STAFF = set(MODEL) - {"client", "auditor", "reader"}
PURPOSED = f"{DATA} diagnose.see diagnose.ask diagnose.approve diagnose.cancel".split()
THERE = {
    *("data.anonymise", "device.place", "device.revoke", "token.issue"),
    "retention.run",
    *("diagnose.ask", "diagnose.approve", "disclose.fetch", "recipient.change"),
    *("share.make", "share.revoke", "contract.end", "policy.publish", "law.publish"),
    *("subject.find", "subject.fetch", "subject.extend", "people.invite"),
    *("people.change", "people.attest", "keyring.change", "installation.change"),
    *("evidence.build", "alert.resend", "self.passkey"),
    *("ticket.close", "notice.deliver", "finding.change", "incident.change"),
    *(f"{kind}.{act}" for kind in KINDS for act in ("ask", "approve")),
}
"""Acts that want a person who is there."""


def expected(
    role: str, action: str, purpose: Purpose | None, person: Person, tenant: bytes
) -> str:
    """Return the slug with which the act is denied, or nothing."""
    takes, named = action in PURPOSED, purpose.value if purpose else ""
    held = person.held[0]
    lacking = {
        person.standing.value: person.standing is not Standing.ACTIVE,
        "no-purpose": takes and not named,
        "purpose-not-taken": named and not takes,
        "no-person-may": named in NEVER
        or ("diagnose" in action and named != "support"),
        "no-role": action not in MODEL[role].split(),
        "other-tenant": held.tenant not in {None, tenant},
        "other-purpose": named not in FOR.get(role, ""),
        "not-mine": named and purpose not in held.purposes,
        "untrained": role in STAFF and person.trained_until <= NOW,
        "step-up": action in THERE and not 0 <= NOW - person.verified <= 300,
    }
    if action.startswith("self."):
        own = dict(itertools.islice(lacking.items(), 4))
        lacking = own | {"step-up": lacking["step-up"]}
    found = next((slug for slug, lacks in lacking.items() if lacks), "")
    return "other-purpose" if found == "not-mine" else found

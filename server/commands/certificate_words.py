# SPDX-License-Identifier: Apache-2.0
"""A certificate in words, and as JSON.

Rules: what it does not claim is shown as plainly as what it does.
Not here: verifying it (`certificate.py`).
"""

from server.commands import printing
from wire.papers.certificate import Certificate, Method
from wire.papers.decision import Decision, read_decided
from wire.papers.tombstone import Tombstone

METHODS = {
    Method.CLEAR: "Clear: rows deleted and overwritten (NIST SP 800-88)",
    Method.PURGE: "Purge: the only keys that open it destroyed (NIST SP 800-88)",
}
OF_SERVER = {
    Method.CLEAR: "Clear, of what the database shows (NIST SP 800-88): rows deleted, "
    "their tables written anew",
    Method.PURGE: METHODS[Method.PURGE],
}
"""The same of a store whose server keeps files of its own."""
NOT_CLAIMED = {
    "database-server-files": "the database server's own files: its log, standbys, "
    "archives, copies, and blocks that its tables freed. They are not overwritten; what"
    " is in them cannot be opened once its key is destroyed",
    "endpoint-pseudonym-keys": "what a machine itself keeps to make its stand-ins",
    "exports": "what was taken out for people: in a reading, or as a person's archive",
    "intake-buffer": "what waits before the store while that is away, for as long as "
    "`keep_days` of config.toml (twice as long where it was set aside there), and the "
    "files of servers where it waited: they are not overwritten, and what is in them "
    "cannot be opened once its key is destroyed",
    "late-arrivals": "what machines made before and bring late: the words of the case "
    "are lost, so nobody can look for the person in it",
    "later-data": "what machines made since: who is still on one comes with it again",
    "recipients": "what was given to others before: notices tell them",
    "free-disk-blocks": "blocks that a disk which copies on write keeps for itself",
    "unregistered-copies": "copies of the keyring that nobody told the collector of",
    "whole-machine-restore": "the whole machine set back: nothing outside tells of it",
}


def show(certificate: Certificate) -> None:
    """Print a certificate for people."""
    counts = certificate.counts
    pairs = [
        ("certificate", str(certificate.number)),
        ("state", certificate.state.value),
        ("until", printing.moment(certificate.until or 0)),
        ("reason", certificate.reason),
        ("method", _method(certificate)),
        ("deleted", printing.moment(certificate.ended)),
        ("records", f"{counts.records} in {counts.envelopes} envelopes"),
        ("blocks", str(counts.blocks)),
        ("ledger", f"after entry {certificate.ledger.index}"),
    ]
    if certificate.replaces is not None:
        pairs.append(("replaces", str(certificate.replaces)))
    printing.show_pairs(pairs, indent="")
    printing.show("")
    printing.show_table(
        ("KEY", "PURPOSE", "CLASS", "DATA OF", "TO", "DESTROYED"),
        [_key_row(key) for key in certificate.keys],
    )
    printing.show("")
    printing.show_table(
        ("LOOKED FOR", "RESULT", "PIECES"),
        [
            (check.name, check.result.value, str(check.count))
            for check in certificate.checks
        ],
    )
    if certificate.copies:
        printing.show("")
        printing.show_table(
            ("COPY THAT HAD THE KEYS", "NAME", "KEPT UNTIL"),
            [
                (copy.kind.value, copy.name, printing.moment(copy.until))
                for copy in certificate.copies
            ],
        )
    _show_people(certificate)
    printing.show("", "It says nothing of:")
    for name in certificate.not_claimed:
        printing.show(f"  {NOT_CLAIMED.get(name, name)}")


def _method(certificate: Certificate) -> str:
    of_server = "database-server-files" in certificate.not_claimed
    return (OF_SERVER if of_server else METHODS)[certificate.method]


def _show_people(certificate: Certificate) -> None:
    """Print for which cases something was kept, and who decided the deletion."""
    if certificate.kept:
        printing.show("")
        printing.show_table(
            ("KEPT BEFORE, FOR CASE", "WHY"),
            [(printing.short(one.case), one.why.value) for one in certificate.kept],
        )
    if certificate.decisions:
        printing.show("")
        printing.show_table(
            ("DECIDED BY", "AS", "SAID", "TIME", "WHY"),
            [
                (
                    *(said.person, said.role.value, said.act.value),
                    *(printing.moment(said.time), said.reason),
                )
                for said in _said(certificate)
            ],
        )


def _said(certificate: Certificate) -> list[Decision]:
    """Return the decisions that a certificate carries, their signatures checked."""
    return [read_decided(one, certificate.tenant) for one in certificate.decisions]


def _key_row(key: Tombstone) -> tuple[str, ...]:
    return (
        printing.short(key.key_id),
        _what_for(key),
        _class(key),
        printing.moment(key.start or 0),
        printing.moment(key.end or 0),
        printing.moment(key.destroyed),
    )


def _what_for(key: Tombstone) -> str:
    """Return what a key was for: a purpose, or a hold, ticket or case."""
    found = key.purpose or key.kind
    return found.value if found else "-"


def _class(key: Tombstone) -> str:
    """Return the class of a key; of a ticket's, the digits that name the ticket too."""
    ticket = f", ticket {printing.short(key.ticket)}" if key.ticket else ""
    return f"{key.retention or ''}{ticket}"


def _plain_key(key: Tombstone) -> dict[str, object]:
    return {
        "key": key.key_id.hex(),
        "purpose": key.purpose and key.purpose.value,
        "retention": key.retention,
        "start": key.start,
        "end": key.end,
        "destroyed": key.destroyed,
        "ticket": key.ticket.hex() if key.ticket else None,
    }


def _plain_decisions(certificate: Certificate) -> list[dict[str, object]]:
    return [
        {
            "person": said.person,
            "key": decided.public.hex(),
            "role": said.role.value,
            "act": said.act.value,
            "case": said.case.hex(),
            "matter": said.matter.hex(),
            "time": said.time,
            "reason": said.reason,
        }
        for decided, said in zip(certificate.decisions, _said(certificate), strict=True)
    ]


def plain(certificate: Certificate) -> dict[str, object]:
    """Return a certificate as JSON has it."""
    counts = certificate.counts
    return {
        "number": certificate.number,
        "job": certificate.job.hex(),
        "state": certificate.state.value,
        "until": certificate.until,
        "reason": certificate.reason,
        "method": certificate.method.value,
        "begun": certificate.begun,
        "ended": certificate.ended,
        "replaces": certificate.replaces,
        "counts": {
            "envelopes": counts.envelopes,
            "records": counts.records,
            "octets": counts.octets,
            "devices": counts.devices,
            "blocks": counts.blocks,
        },
        "keys": [_plain_key(key) for key in certificate.keys],
        "checks": [
            {"name": check.name, "result": check.result.value, "count": check.count}
            for check in certificate.checks
        ],
        "copies": [
            {"kind": copy.kind.value, "name": copy.name, "until": copy.until}
            for copy in certificate.copies
        ],
        "kept": [
            {"case": kept.case.hex(), "why": kept.why.value}
            for kept in certificate.kept
        ],
        "decisions": _plain_decisions(certificate),
        "not_claimed": list(certificate.not_claimed),
        "ledger": certificate.ledger.index,
    }

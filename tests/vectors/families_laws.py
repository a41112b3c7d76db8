# SPDX-License-Identifier: Apache-2.0
"""Vectors of law packs and of the journal of what ended.

Rules: what is refused is properly signed unless its name says not.
Not here: packs and lines themselves (`paper_world.py`).
"""

import struct
from collections.abc import Callable
from dataclasses import replace

from tests.vectors import paper_world as papers
from tests.vectors import world
from tests.vectors.families_papers import CANONICAL, MALFORMED, SCHEMA, SIGNATURE
from wire import cbor, signed
from wire.crypto.signing import SigningKey
from wire.papers import journal, law
from wire.papers.law import LawRule
from wire.policy import Criterion
from wire.signed import SignedKind

Family = list[dict[str, object]]
Keep = Callable[[str, Callable[[], bytes]], bytes]


def families(_keep: Keep) -> dict[str, Family]:
    """Return the vectors by file name."""
    return {"papers-laws": _laws(), "papers-journal": _lines()}


def _lines() -> Family:
    key = world.signing(papers.KEEPER)
    first = journal.sign_line(papers.journal_line(), key)
    second = papers.journal_line(index=2, previous=journal.line_digest(first))
    payload = journal.JOURNAL_LINE.encode(second)
    rows = (
        ("the first", first, "ok"),
        ("the next", journal.sign_line(second, key), "ok"),
        (
            "of a hold's key",
            journal.sign_line(
                replace(second, tombstones=(papers.hold_tombstone(),)), key
            ),
            "ok",
        ),
        (
            "by the store role",
            journal.sign_line(second, world.signing("store")),
            SIGNATURE,
        ),
        (
            "called a certificate",
            signed.sign(SignedKind.CERTIFICATE, payload, [key]),
            SIGNATURE,
        ),
        (
            "without a key",
            signed.sign(SignedKind.JOURNAL, _with(payload, 6, []), [key]),
            SCHEMA,
        ),
        (
            "number 0",
            signed.sign(SignedKind.JOURNAL, _with(payload, 2, 0), [key]),
            SCHEMA,
        ),
        *_erasures(key),
        ("cut", first[:-1], MALFORMED),
        ("an octet too many", first + b"\x00", CANONICAL),
    )
    return [
        {
            "name": name,
            "kind": "journal",
            "input": octets.hex(),
            "public": key.public.hex(),
            "expect": expect,
        }
        for name, octets, expect in rows
    ]


def _erasures(key: SigningKey) -> list[tuple[str, bytes, str]]:
    """Return lines that tell of an erasure."""
    whole = papers.erasure_told(0, 1, 2, 9, 65_535)
    table = whole.rows[0]
    runs = {
        "half a run of places": b"\x00" * 12,
        "no place in a run": _run(4, 0),
        "runs that touch": _run(4, 2) + _run(6, 1),
        "runs that go back": _run(4, 2) + _run(1, 1),
        "a place that no table has": _run(65_535, 2),
    }
    both = papers.erasure_line(0, tombstones=(papers.tombstone(),))
    twice = replace(whole, rows=(table, table))
    told = {
        "tables of an erasure": (whole, "ok"),
        "an erasure that took nothing": (replace(whole, rows=()), "ok"),
        "an erasure of a table twice": (twice, SCHEMA),
    } | {
        name: (replace(whole, rows=(replace(table, places=octets),)), SCHEMA)
        for name, octets in runs.items()
    }
    return [
        ("an erasure and a key", journal.sign_line(both, key), SCHEMA),
        *(
            (name, journal.sign_line(papers.erasure_line(erasure=one), key), expect)
            for name, (one, expect) in told.items()
        ),
    ]


def _run(first: int, count: int) -> bytes:
    return struct.pack("<II", first, count)


def _with(octets: bytes, key: int, item: cbor.Plain) -> bytes:
    """Return an encoded map one field of which is another."""
    value = cbor.decode(octets)
    if not isinstance(value, dict):
        raise TypeError(key)
    return cbor.encode(value | {key: item})


def _laws() -> Family:
    policy = world.signing("policy")
    whole = papers.law_pack()
    claim, log = whole.rules

    def of(*rules: LawRule, **changes: object) -> bytes:
        pack = replace(whole, rules=rules, **changes)  # type: ignore[arg-type]
        return law.sign_law(papers.law_statement(pack=pack), policy)

    keys = law.LAW_STATEMENT.encode(papers.law_statement())
    good = of(claim, log)
    rows = (
        ("two rules", good, "ok"),
        ("none: it repeals", of(), "ok"),
        ("of a part of a country", of(log, jurisdiction="XX-ABC"), "ok"),
        ("of the longest time", of(replace(log, days=11_000)), "ok"),
        (
            "by the keys role",
            law.sign_law(papers.law_statement(), world.signing("keys")),
            SIGNATURE,
        ),
        ("called a policy", signed.sign(SignedKind.POLICY, keys, [policy]), SIGNATURE),
        ("rules not in order", of(log, claim), SCHEMA),
        ("a rule twice", of(claim, claim), SCHEMA),
        (
            "columns not in order",
            of(replace(claim, columns=claim.columns[::-1])),
            SCHEMA,
        ),
        ("a purpose twice", of(replace(log, purposes=log.purposes * 2)), SCHEMA),
        (
            "a need of our own",
            of(replace(log, criterion=Criterion.BUSINESS_NEED)),
            SCHEMA,
        ),
        ("cut", good[:-1], MALFORMED),
        ("an octet too many", good + b"\x00", CANONICAL),
    )
    return [
        {
            "name": name,
            "kind": "law",
            "input": octets.hex(),
            "public": policy.public.hex(),
            "expect": expect,
        }
        for name, octets, expect in rows
    ]

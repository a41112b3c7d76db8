# SPDX-License-Identifier: Apache-2.0
"""Vectors of what stand-ins mean: questions, answers, and what is sealed in them.

Rules: each that is refused is properly signed or sealed unless its name says not.
Not here: releases (`families_releases.py`), the recipient (`release_world.py`).
"""

from collections.abc import Callable
from dataclasses import replace

from tests.vectors import paper_world as papers
from tests.vectors import release_world as made
from tests.vectors import world
from wire import cbor, signed, trust
from wire.papers import resolve
from wire.papers.resolve import Meaning, Meanings, Resolve, Resolved
from wire.signed import SignedKind

Family = list[dict[str, object]]
Keep = Callable[[str, Callable[[], bytes]], bytes]
Rows = tuple[tuple[str, bytes, str], ...]
SCHEMA, LIMIT, SIGNATURE = "schema", "limit", "bad-signature"
IDENTITY, OPEN, EXPIRED = "wrong-identity", "cannot-open", "expired"
STAND_INS = ("device_0123456789", "user_7f3k9q2mzz")
QUESTION = Resolve(
    *(made.ID, "example-soc", world.NOW, made.NONCE, STAND_INS, "alert 4711")
)
SIGNED = resolve.sign_resolve(QUESTION, made.SIGNING)
MEANT = Meanings((Meaning(STAND_INS[0], "ab" * 16), Meaning(STAND_INS[1], None)))
ROOT = trust.root_digest(world.root()).hex()


def families(keep: Keep) -> dict[str, Family]:
    """Return the vectors by file name."""
    own, good = made.SIGNING.public.hex(), _sealed(keep, "what two stand-ins mean")
    return {
        "papers-resolved": [
            *(
                {
                    "name": name,
                    "kind": "resolve",
                    "input": octets.hex(),
                    "public": own,
                    "expect": expect,
                }
                for name, octets, expect in _questions()
            ),
            *_answers(_answer(good)),
            *_meanings(keep, good),
        ]
    }


def _questions() -> Rows:
    def of(key: int, item: cbor.Plain) -> bytes:
        value = resolve.RESOLVE.plain(QUESTION)
        assert isinstance(value, dict)
        payload = cbor.encode(value | {key: item})
        return signed.sign(SignedKind.RESOLVE, payload, [made.SIGNING])

    many: cbor.Plain = [f"user_{number:010}" for number in range(17)]
    most: cbor.Plain = [f"user_{number:010}" for number in range(16)]
    by_bo = resolve.sign_resolve(QUESTION, world.signing("bo"))
    return (
        ("a question", SIGNED, "ok"),
        ("about sixteen stand-ins", of(5, most), "ok"),
        ("about one more", of(5, many), SCHEMA),
        ("about none", of(5, []), SCHEMA),
        ("stand-ins not sorted", of(5, [*reversed(STAND_INS)]), SCHEMA),
        ("a stand-in twice", of(5, [STAND_INS[0]] * 2), SCHEMA),
        ("without a reason", of(6, ""), SCHEMA),
        ("a question by another recipient", by_bo, SIGNATURE),
        ("a request for a question", made.fetch(), SIGNATURE),
        ("a question too long", SIGNED + bytes(2 * 1024), LIMIT),
    )


def _sealed(
    keep: Keep, name: str, meanings: Meanings = MEANT, question: bytes = SIGNED
) -> bytes:
    def make() -> bytes:
        digest = signed.digest(question)
        return resolve.seal_meanings(meanings, digest, made.OPENING.public)

    return keep(name, make)


def _answer(sealed: bytes, **changes: object) -> Resolved:
    digest = signed.digest(SIGNED)
    whole = Resolved(
        world.TENANT, made.ID, "example-soc", digest, world.NOW - 60, sealed
    )
    return replace(whole, **changes)  # type: ignore[arg-type]  # names of its fields


def _proof(answer: Resolved, signer: str = papers.KEEPER) -> bytes:
    return papers.proof(resolve.sign_resolved(answer, world.signing(signer)))


def _answers(good: Resolved) -> Family:
    other = world.octets("another tenant", 16)
    past = papers.statement(not_after=world.NOW - 61)
    paper = resolve.sign_resolved(good, made.KEEPER)
    rows = (
        ("an answer", _proof(good), "ok"),
        ("an answer by the store role", _proof(good, "store"), SIGNATURE),
        ("an answer of another tenant", _proof(replace(good, tenant=other)), IDENTITY),
        ("an answer after the keeper's time", papers.proof(paper, past), EXPIRED),
    )
    return [
        {
            "name": name,
            "kind": "resolved",
            "input": octets.hex(),
            "digest": ROOT,
            "expect": expect,
        }
        for name, octets, expect in rows
    ]


def _meanings(keep: Keep, good: bytes) -> Family:
    fewer = Meanings(MEANT.meanings[:1])
    again = resolve.sign_resolve(replace(QUESTION, nonce=made.ID), made.SIGNING)
    cut = _sealed(keep, "what one of two means", fewer)
    elsewhere = _sealed(keep, "for another question", question=again)
    strange, own = world.opening("another"), made.OPENING
    rows = (
        ("both meanings", _proof(_answer(good)), SIGNED, own, "ok"),
        ("opened by another", _proof(_answer(good)), SIGNED, strange, OPEN),
        ("to another question", _proof(_answer(good)), again, own, IDENTITY),
        ("sealed for another", _proof(_answer(elsewhere)), SIGNED, own, OPEN),
        ("a meaning is left out", _proof(_answer(cut)), SIGNED, own, SCHEMA),
    )
    return [
        {
            "name": name,
            "kind": "meanings",
            "input": octets.hex(),
            "digest": ROOT,
            "question": question.hex(),
            "opening": opening.seed().hex(),
            "expect": expect,
        }
        for name, octets, question, opening, expect in rows
    ]

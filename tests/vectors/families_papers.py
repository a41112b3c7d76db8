# SPDX-License-Identifier: Apache-2.0
"""Vectors of the keeper's papers: what counts, and what each failure class refuses.

Rules: each paper that is refused is properly signed unless its name says not.
Not here: the papers themselves (`paper_world.py`).
"""

from collections.abc import Callable
from dataclasses import replace

from tests.vectors import paper_world as papers
from tests.vectors import world
from wire import cbor, signed, trust
from wire.papers import certificate, decision, keeper, matter
from wire.papers.certificate import State
from wire.papers.decision import Act, Role
from wire.papers.scope import Comparison, DatasetScope, Rule
from wire.purposes import Purpose
from wire.signed import SignedKind

Family = list[dict[str, object]]
Keep = Callable[[str, Callable[[], bytes]], bytes]
MALFORMED, CANONICAL, SCHEMA, LIMIT = "malformed", "not-canonical", "schema", "limit"
VERSION, SIGNATURE, IDENTITY = "unknown-version", "bad-signature", "wrong-identity"
EXPIRED, EARLY, ROLLBACK = "expired", "not-yet-valid", "rollback"
OTHER = world.octets("another tenant", 16)


def families(_keep: Keep) -> dict[str, Family]:
    """Return the vectors by file name."""
    return {
        "papers-keeper": _keepers(),
        "papers-matters": _matters(),
        "papers-decisions": _decisions(),
        "papers-certificates": _certificates(),
    }


def _keepers() -> Family:
    now, day = world.NOW, world.DAY
    good = keeper.sign_keeper(papers.statement(), world.signing("keys"))
    moved = world.root(version=2, keys=(world.signing("k2").public,))
    chain = (world.signed_root(world.root()), world.signed_root(moved))
    skipped = world.signed_root(replace(moved, version=3))
    rows: tuple[tuple[str, bytes, tuple[bytes, ...], int | None, str], ...] = (
        ("of today", good, chain[:1], now, "ok"),
        ("on its last second", good, chain[:1], now + 30 * day, "ok"),
        ("long after, as a proof", good, chain[:1], None, "ok"),
        (
            "by the key of the newest root",
            keeper.sign_keeper(papers.statement(), world.signing("k2")),
            chain,
            now,
            "ok",
        ),
        ("a second past its end", good, chain[:1], now + 30 * day + 1, EXPIRED),
        ("issued beyond the skew", good, chain[:1], now - day - 901, EARLY),
        ("by a key that a newer root took away", good, chain, now, SIGNATURE),
        (
            "by the store role",
            keeper.sign_keeper(papers.statement(), world.signing("store")),
            chain[:1],
            now,
            SIGNATURE,
        ),
        (
            "keys called a keeper",
            signed.sign(
                SignedKind.KEYS,
                keeper.KEEPER_STATEMENT.encode(papers.statement()),
                [world.signing("keys")],
            ),
            chain[:1],
            now,
            SIGNATURE,
        ),
        (
            "of another tenant",
            keeper.sign_keeper(papers.statement(tenant=OTHER), world.signing("keys")),
            chain[:1],
            now,
            IDENTITY,
        ),
        ("a root skipped", good, (chain[0], skipped), now, ROLLBACK),
        ("no root", good, (), now, SCHEMA),
    )
    digest = trust.root_digest(world.root()).hex()
    return [
        {
            "name": name,
            "kind": "keeper",
            "input": octets.hex(),
            "roots": [root.hex() for root in roots],
            "digest": digest,
            "now": moment,
            "expect": expect,
        }
        for name, octets, roots, moment, expect in rows
    ]


def _matters() -> Family:
    whole = papers.scope()
    (software,) = whole.datasets
    name, size = software.filter

    def of(**changes: object) -> bytes:
        return matter.MATTER.encode(papers.matter(**changes))

    def scoped(**changes: object) -> bytes:
        return of(scope=papers.scope(**changes))

    def ruled(rule: Rule) -> bytes:
        return scoped(datasets=(replace(software, filter=(rule,)),))

    terms = papers.matter().terms
    rows = (
        ("a hold", of(), "ok"),
        ("about no records", of(scope=None, kind=matter.MatterKind.CLOCK), "ok"),
        ("of every device, no rule", scoped(devices=()), "ok"),
        ("a time of one second", scoped(since=world.NOW), "ok"),
        ("begins after its end", scoped(since=world.NOW + 1), SCHEMA),
        ("a purpose twice", scoped(purposes=(Purpose.SUPPORT,) * 2), SCHEMA),
        ("a device twice", scoped(devices=whole.devices[:1] * 2), SCHEMA),
        ("a dataset twice", scoped(datasets=(software, software)), SCHEMA),
        (
            "a column twice",
            scoped(datasets=(DatasetScope("software", ("package.name",) * 2),)),
            SCHEMA,
        ),
        ("no salt", _without(of(), 4), SCHEMA),
        (
            "equal to two values",
            ruled(replace(name, test=Comparison.EQUAL)),
            SCHEMA,
        ),
        ("below a word", ruled(Rule("x", Comparison.BELOW, ("much",))), SCHEMA),
        (
            "at least an exponent",
            ruled(replace(size, values=("1e3",))),
            SCHEMA,
        ),
        ("terms not sorted", of(terms=terms[::-1]), SCHEMA),
        ("a term twice", of(terms=terms[:1] * 2), SCHEMA),
        ("about another's paper", of(paper=b"as it was signed"), "ok"),
        ("about an empty paper", _with_empty_paper(of()), SCHEMA),
        ("cut", of()[:-1], MALFORMED),
        ("an octet too many", of() + b"\x00", CANONICAL),
    )
    return [
        {"name": name, "kind": "matter", "input": octets.hex(), "expect": expect}
        for name, octets, expect in rows
    ]


def _decisions() -> Family:
    amelie = world.signing("amelie")
    payload = decision.DECISION.encode(papers.decision())
    good = papers.decided().decision
    as_other = signed.sign(SignedKind.CERTIFICATE, payload, [amelie])
    pair = signed.read(good, SignedKind.DECISION).signatures[0]
    fields: dict[int | str, cbor.Plain] = {1: 1, 2: "decision", 3: payload}
    whole = fields | {4: [{1: pair.signer, 2: pair.signature}]}
    refused = papers.decision(act=Act.REFUSE, role=Role.PRIVACY_OFFICER)
    rows = (
        ("an approval", good, "ok"),
        ("a refusal", decision.sign_decision(refused, amelie), "ok"),
        ("by another person", papers.decided(world.signing("bo")).decision, SIGNATURE),
        ("another kind", as_other, SIGNATURE),
        (
            "altered",
            cbor.encode(
                whole | {3: decision.DECISION.encode(papers.decision(person="bo"))}
            ),
            SIGNATURE,
        ),
        ("another version", cbor.encode(whole | {1: 2}), VERSION),
        (
            "no reason",
            signed.sign(SignedKind.DECISION, _without(payload, 8), [amelie]),
            SCHEMA,
        ),
        ("too long", good + bytes(2 * 1024), LIMIT),
    )
    return [
        {
            "name": name,
            "kind": "decision",
            "input": octets.hex(),
            "public": amelie.public.hex(),
            "expect": expect,
        }
        for name, octets, expect in rows
    ]


def _without(octets: bytes, key: int) -> bytes:
    """Return an encoded map without one of its fields."""
    value = cbor.decode(octets)
    if not isinstance(value, dict):
        raise TypeError(key)
    return cbor.encode({held: item for held, item in value.items() if held != key})


def _with_empty_paper(octets: bytes) -> bytes:
    value = cbor.decode(octets)
    if not isinstance(value, dict):
        raise TypeError(octets)
    return cbor.encode(value | {7: b""})


def _with(key: int, item: cbor.Plain) -> bytes:
    """Return a proof of a certificate one field of which is another."""
    value = certificate.CERTIFICATE.plain(papers.certificate())
    if not isinstance(value, dict):
        raise TypeError(key)
    payload = cbor.encode(value | {key: item})
    keeper_key = world.signing(papers.KEEPER)
    return papers.proof(signed.sign(SignedKind.CERTIFICATE, payload, [keeper_key]))


def _certified(**changes: object) -> bytes:
    """Return a proof of a certificate with changes, whatever it then says."""
    octets = certificate.CERTIFICATE.encode(papers.certificate(**changes))
    keeper_key = world.signing(papers.KEEPER)
    return papers.proof(signed.sign(SignedKind.CERTIFICATE, octets, [keeper_key]))


def _certificates() -> Family:
    digest = trust.root_digest(world.root()).hex()
    rows = (*_counting(), *_contradicting(), *_untrusted())
    return [
        {
            "name": name,
            "kind": "certificate",
            "input": octets.hex(),
            "digest": digest,
            "expect": expect,
        }
        for name, octets, expect in rows
    ]


def _counting() -> tuple[tuple[str, bytes, str], ...]:
    later = world.NOW + 35 * world.DAY
    waiting: dict[str, object] = {
        "state": State.PENDING,
        "until": later,
        "copies": (papers.backup(world.NOW + 1), papers.backup(later)),
    }
    moved = world.root(version=2, keys=(world.signing("k2").public,))
    return (
        ("final", _certified(), "ok"),
        ("pending", _certified(**waiting), "ok"),
        ("replaces another", _certified(number=8, replaces=7), "ok"),
        ("of a hold's key", _certified(keys=(papers.hold_tombstone(),)), "ok"),
        ("with a decision", _certified(decisions=(papers.decided(),)), "ok"),
        (
            "under a newer root",
            papers.proof(
                signer="k2",
                roots=(world.signed_root(world.root()), world.signed_root(moved)),
            ),
            "ok",
        ),
        ("a copy's last second", _certified(copies=(papers.backup(world.NOW),)), "ok"),
    )


def _contradicting() -> tuple[tuple[str, bytes, str], ...]:
    later = world.NOW + world.DAY
    copies = (papers.backup(later),)
    return (
        ("final, but a copy lives", _certified(copies=copies), SCHEMA),
        (
            "pending without a copy",
            _certified(state=State.PENDING, until=later, copies=()),
            SCHEMA,
        ),
        (
            "pending until before the copy's end",
            _certified(state=State.PENDING, until=later - 1, copies=copies),
            SCHEMA,
        ),
        ("pending without an end", _certified(state=State.PENDING), SCHEMA),
        ("ended before it began", _certified(begun=world.NOW + 1), SCHEMA),
        ("a key twice", _certified(keys=(papers.tombstone(),) * 2), SCHEMA),
        ("no check", _with(10, []), SCHEMA),
        ("a check failed", _with(10, [{1: "key-gone", 2: "failed", 3: 1}]), SCHEMA),
        ("another method", _with(5, "degauss"), SCHEMA),
    )


def _untrusted() -> tuple[tuple[str, bytes, str], ...]:
    good = papers.proof()
    usual = papers.certificate()
    elsewhere = papers.decided(tenant=OTHER)
    bo = papers.decided(world.signing("bo"))
    threes = tuple(world.signing(f"other root {n}").public for n in (1, 2, 3))
    strange = world.signed_root(
        world.root(roots=threes), ("other root 1", "other root 2")
    )
    by_store = certificate.sign_certificate(usual, world.signing("store"))
    skipped = world.signed_root(world.root(version=3))
    first = world.signed_root(world.root())
    return (
        ("by the store role", papers.proof(by_store), SIGNATURE),
        ("the keeper is named by the store", papers.proof(signer="store"), SIGNATURE),
        ("another root", papers.proof(roots=(strange,)), SIGNATURE),
        ("a root skipped", papers.proof(roots=(first, skipped)), ROLLBACK),
        ("of another tenant", _certified(tenant=OTHER), IDENTITY),
        (
            "the keeper is of another tenant",
            papers.proof(stated=papers.statement(tenant=OTHER)),
            IDENTITY,
        ),
        ("a decision of another tenant", _certified(decisions=(elsewhere,)), IDENTITY),
        ("a decision by another person", _certified(decisions=(bo,)), SIGNATURE),
        (
            "after the keeper's time",
            papers.proof(stated=papers.statement(not_after=world.NOW - 1)),
            EXPIRED,
        ),
        (
            "before the keeper's time",
            papers.proof(stated=papers.statement(since=world.NOW + 901)),
            EARLY,
        ),
        (
            "on the first second of the skew",
            papers.proof(stated=papers.statement(since=world.NOW + 900)),
            "ok",
        ),
        ("cut", good[:-1], MALFORMED),
        ("an octet too many", good + b"\x00", CANONICAL),
    )

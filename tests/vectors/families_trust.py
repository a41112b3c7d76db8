# SPDX-License-Identifier: Apache-2.0
"""Vectors of signed messages: who may say what, in which order, until when.

Rules: each statement that is refused is properly signed unless its name says not.
Not here: what is in the messages (`families_plain.py`).
"""

from collections.abc import Callable, Sequence

from tests.vectors import world
from tests.vectors.families_placements import placed
from wire import cbor, keys, signed, trust
from wire.crypto.signing import SigningKey, identity
from wire.signed import SignedKind

Family = list[dict[str, object]]
Keep = Callable[[str, Callable[[], bytes]], bytes]
SIGNATURE, ROLLBACK, IDENTITY = "bad-signature", "rollback", "wrong-identity"
EXPIRED, EARLY, SCHEMA = "expired", "not-yet-valid", "schema"
VERSION, OPEN = "unknown-version", "cannot-open"
TWO = ("root 1", "root 2")
OTHER = world.octets("another tenant", 16)


def families(_keep: Keep) -> dict[str, Family]:
    """Return the vectors by file name."""
    return {
        "signed": _signed(),
        "roots": _roots(),
        "bundles": [*_bundles(), *placed()],
    }


def _publics(names: Sequence[str]) -> list[str]:
    return [world.signing(name).public.hex() for name in names]


def _signed() -> Family:
    names = ("gate", "next gate", "store")
    both = [world.signing(name) for name in names[:2]]
    payload = b"\xa0"
    good = signed.sign(SignedKind.ANSWER, payload, both)
    read = signed.read(good, SignedKind.ANSWER)
    pairs = _pairs(good, SignedKind.ANSWER)
    whole: dict[int | str, cbor.Plain] = {1: 1, 2: "answer", 3: payload, 4: pairs}
    false: dict[int | str, cbor.Plain] = {
        1: read.signatures[0].signer,
        2: bytes(64),
    }
    single = signed.sign(SignedKind.ANSWER, payload, both[:1])
    as_mark = whole | {2: "mark"}
    asked, store = world.resync(), [world.signing("store")]
    resync = signed.sign(SignedKind.RESYNC, asked, store)
    mark = signed.sign(SignedKind.MARK, asked, store)
    called = {1: 1, 2: "resync", 3: asked}
    rows: tuple[tuple[str, bytes, Sequence[str], int, str], ...] = (
        ("by one of one", single, names[:1], 1, "ok"),
        ("by one of two", single, names[:2], 1, "ok"),
        ("by two of two", good, names[:2], 2, "ok"),
        ("by a known and a stranger", good, names[:1], 1, "ok"),
        ("by one where two must", single, names[:2], 2, SIGNATURE),
        ("by a stranger", single, names[2:], 1, SIGNATURE),
        (
            "one of two false",
            cbor.encode(whole | {4: [false, pairs[1]]}),
            names[:2],
            1,
            SIGNATURE,
        ),
        ("not sorted", cbor.encode(whole | {4: pairs[::-1]}), names[:2], 1, SIGNATURE),
        (
            "a signer twice",
            cbor.encode(whole | {4: [pairs[0]] * 2}),
            names[:2],
            2,
            SIGNATURE,
        ),
        (
            "of another kind",
            signed.sign(SignedKind.POLL, payload, both),
            names[:2],
            1,
            SIGNATURE,
        ),
        (
            "signed as another kind",
            _resigned(payload, both[0]),
            names[:1],
            1,
            SIGNATURE,
        ),
        (
            "payload altered",
            cbor.encode(whole | {3: b"\xa1\x01\x00"}),
            names[:2],
            1,
            SIGNATURE,
        ),
        ("another version", cbor.encode(whole | {1: 2}), names[:2], 1, VERSION),
        ("unknown kind", cbor.encode(whole | {2: "command"}), names[:2], 1, SCHEMA),
        ("no signature", cbor.encode(whole | {4: []}), names[:2], 1, SCHEMA),
        (
            "nine signatures",
            cbor.encode(whole | {4: pairs[:1] * 9}),
            names[:2],
            1,
            SCHEMA,
        ),
        ("no payload", cbor.encode(whole | {3: b""}), names[:2], 1, SCHEMA),
        ("renamed", cbor.encode(as_mark), names[:2], 1, SIGNATURE),
    )
    resyncs: tuple[tuple[str, bytes, Sequence[str], int, str], ...] = (
        ("a resync by the store", resync, names[2:], 1, "ok"),
        (
            "a resync by the gate",
            signed.sign(SignedKind.RESYNC, asked, both[:1]),
            names[2:],
            1,
            SIGNATURE,
        ),
        ("a mark for a resync", mark, names[2:], 1, SIGNATURE),
        (
            "a mark that is called a resync",
            cbor.encode(called | {4: _pairs(mark, SignedKind.MARK)}),
            names[2:],
            1,
            SIGNATURE,
        ),
    )
    return [
        {
            "name": name,
            "kind": "signed",
            "input": octets.hex(),
            "signed_kind": kind,
            "keys": _publics(who),
            "threshold": threshold,
            "expect": expect,
        }
        for kind, family in (("answer", rows), ("resync", resyncs))
        for name, octets, who, threshold, expect in family
    ]


def _pairs(octets: bytes, kind: SignedKind) -> list[cbor.Plain]:
    return [
        {1: item.signer, 2: item.signature}
        for item in signed.read(octets, kind).signatures
    ]


def _resigned(payload: bytes, key: SigningKey) -> bytes:
    """Return an answer whose signature is one of a mark."""
    signature = key.sign(signed.covered(SignedKind.MARK, payload))
    pair: cbor.Plain = {1: identity(key.public), 2: signature}
    return cbor.encode({1: 1, 2: "answer", 3: payload, 4: [pair]})


def _roots() -> Family:
    first = world.root()
    pinned = trust.root_digest(first).hex()
    moved = world.root(
        version=2, roots=tuple(world.signing(f"root {n}").public for n in (2, 3, 4))
    )
    firsts = (
        ("the one pinned", world.signed_root(first), "ok"),
        ("its next version", world.signed_root(world.root(version=2)), "ok"),
        ("another", world.signed_root(moved, ("root 2", "root 3")), SIGNATURE),
        ("signed by one of two", world.signed_root(first, ("root 1",)), SIGNATURE),
        ("of a lower threshold", world.signed_root(world.root(threshold=1)), SIGNATURE),
        ("of another tenant", world.signed_root(world.root(tenant=OTHER)), SIGNATURE),
    )
    both = ("root 2", "root 1", "root 4")
    nexts = (
        ("older: the held stays", world.signed_root(first), "ok"),
        ("moved, signed by old and new", world.signed_root(moved, both), "ok"),
        ("moved, signed by old alone", world.signed_root(moved, TWO), SIGNATURE),
        (
            "moved, signed by new alone",
            world.signed_root(moved, ("root 3", "root 4")),
            SIGNATURE,
        ),
        ("a version skipped", world.signed_root(world.root(version=3)), ROLLBACK),
        (
            "of another tenant",
            world.signed_root(world.root(version=2, tenant=OTHER)),
            IDENTITY,
        ),
        (
            "a threshold that its keys cannot reach",
            world.signed_root(world.root(version=2, threshold=4), both),
            SIGNATURE,
        ),
    )
    held = trust.ROOT.encode(first).hex()
    found: Family = [
        {
            "name": f"first root: {name}",
            "kind": "root",
            "input": octets.hex(),
            "digest": pinned,
            "expect": expect,
        }
        for name, octets, expect in firsts
    ]
    for name, octets, expect in nexts:
        found.append(
            {
                "name": f"next root: {name}",
                "kind": "root",
                "input": octets.hex(),
                "held": held,
                "expect": expect,
            }
        )
    return found


def _bundles() -> Family:
    now, day = world.NOW, world.DAY
    root1 = world.signed_root(world.root())
    root2 = world.signed_root(
        world.root(version=2, policy=(world.signing("p2").public,))
    )
    gone = world.signed_root(world.root(version=2, not_after=now - 1))
    epoch = world.keys().keys[0]
    long = keys.PurposeKey(
        epoch.purpose, "short", 1, epoch.start, epoch.end + 1, epoch.public
    )
    none = keys.PurposeKey(
        epoch.purpose, "short", 1, epoch.start, epoch.start, epoch.public
    )
    good = world.bundle()
    rows: tuple[tuple[str, bytes, bytes | None, int, str], ...] = (
        ("first", good, None, now, "ok"),
        ("the same again", good, good, now, "ok"),
        ("on its last second", good, None, now + 30 * day, "ok"),
        ("issued within the skew", good, None, now - day - 900, "ok"),
        (
            "a new root, a new policy key",
            world.bundle([root1, root2], signers=("p2", "keys")),
            None,
            now,
            "ok",
        ),
        ("newer", world.bundle(stated=world.policy(version=4)), good, now, "ok"),
        ("a second past its end", good, None, now + 30 * day + 1, EXPIRED),
        (
            "keys past their end",
            world.bundle(published=world.keys(not_after=now - 1)),
            None,
            now,
            EXPIRED,
        ),
        ("root past its end", world.bundle([root1, gone]), None, now, EXPIRED),
        ("issued beyond the skew", good, None, now - day - 901, EARLY),
        (
            "an older policy",
            world.bundle(stated=world.policy(version=2)),
            good,
            now,
            ROLLBACK,
        ),
        (
            "older keys",
            world.bundle(published=world.keys(version=4)),
            good,
            now,
            ROLLBACK,
        ),
        (
            "a root skipped",
            world.bundle([world.signed_root(world.root(version=3))]),
            None,
            now,
            ROLLBACK,
        ),
        (
            "policy by the key of keys",
            world.bundle(signers=("keys", "keys")),
            None,
            now,
            SIGNATURE,
        ),
        (
            "keys by the key of policies",
            world.bundle(signers=("policy", "policy")),
            None,
            now,
            SIGNATURE,
        ),
        ("policy by a revoked key", world.bundle([root1, root2]), None, now, SIGNATURE),
        (
            "policy by a stranger",
            world.bundle(signers=("stranger", "keys")),
            None,
            now,
            SIGNATURE,
        ),
        (
            "policy of another tenant",
            world.bundle(stated=world.policy(tenant=OTHER)),
            None,
            now,
            IDENTITY,
        ),
        (
            "keys of another tenant",
            world.bundle(published=world.keys(tenant=OTHER)),
            None,
            now,
            IDENTITY,
        ),
        (
            "an epoch too long",
            world.bundle(published=world.keys(keys=(long,))),
            None,
            now,
            SCHEMA,
        ),
        (
            "an epoch of nothing",
            world.bundle(published=world.keys(keys=(none,))),
            None,
            now,
            SCHEMA,
        ),
        (
            "no root",
            cbor.encode({1: [], 2: b"x", 3: b"x", 4: [b"x"]}),
            None,
            now,
            SCHEMA,
        ),
    )
    root = trust.ROOT.encode(world.root()).hex()
    return [
        {
            "name": name,
            "kind": "bundle",
            "input": octets.hex(),
            "root": root,
            "held": None if held is None else held.hex(),
            "now": moment,
            "expect": expect,
        }
        for name, octets, held, moment, expect in rows
    ]

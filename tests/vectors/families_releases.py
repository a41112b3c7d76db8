# SPDX-License-Identifier: Apache-2.0
"""Vectors of recipients, grants and releases: what counts, and what refuses the rest.

Rules: each that is refused is properly signed or sealed unless its name says not.
Not here: the papers themselves (`release_world.py`).
"""

from collections.abc import Callable
from dataclasses import replace

from tests.vectors import paper_world as papers
from tests.vectors import release_world as made
from tests.vectors import world
from wire import cbor, limits, signed, trust
from wire.crypto.sealing import TAG_BYTES
from wire.papers import fetch, grant, recipient, release
from wire.papers.decision import DECIDED
from wire.papers.fetch import Said
from wire.papers.release import NO_DATA_KEY, Archive, Part
from wire.purposes import Purpose
from wire.signed import SignedKind

Family = list[dict[str, object]]
Keep = Callable[[str, Callable[[], bytes]], bytes]
Rows = tuple[tuple[str, bytes, str], ...]
MALFORMED, CANONICAL, SCHEMA, LIMIT = "malformed", "not-canonical", "schema", "limit"
SIGNATURE, IDENTITY, OPEN = "bad-signature", "wrong-identity", "cannot-open"
EXPIRED, EARLY = "expired", "not-yet-valid"
OTHER = world.octets("another tenant", 16)
ROOT = trust.root_digest(world.root()).hex()


def families(keep: Keep) -> dict[str, Family]:
    """Return the vectors by file name."""
    keeper, own = made.KEEPER.public.hex(), made.SIGNING.public.hex()
    return {
        "papers-recipients": [
            *_vectors("recipient-keys", _keys()),
            *_vectors("recipient", _recipients(), public=keeper),
        ],
        "papers-grants": _vectors("grant", _grants(), public=keeper),
        "papers-releases": [
            *_vectors("release", (*_heads(), *_untrusted()), digest=ROOT),
            *_parts(),
            *_sealed_keys(keep),
        ],
        "papers-fetches": [
            *_vectors("fetch", _fetches(), public=own),
            *_vectors("received", _receipts(), public=own),
        ],
    }


def _vectors(kind: str, rows: Rows, **more: str) -> Family:
    return [
        {"name": name, "kind": kind, "input": octets.hex(), **more, "expect": expect}
        for name, octets, expect in rows
    ]


def _keys() -> Rows:
    good = made.keys()
    whole = recipient.read_keys(good)
    strange = replace(whole, sealing=world.opening("another").public)

    payload = recipient.RECIPIENT_KEYS.encode(strange)
    by_bo = signed.sign(SignedKind.RECIPIENT_KEYS, payload, [world.signing("bo")])
    altered = good.replace(whole.sealing, strange.sealing)
    return (
        ("a recipient's keys", good, "ok"),
        ("the sealing key is another's", altered, SIGNATURE),
        ("signed by another key", by_bo, SIGNATURE),
        ("no name", _unnamed(), SCHEMA),
        ("cut", good[:-1], MALFORMED),
        ("an octet too many", good + b"\x00", CANONICAL),
    )


def _unnamed() -> bytes:
    value = recipient.RECIPIENT_KEYS.plain(recipient.read_keys(made.keys()))
    return _signed(SignedKind.RECIPIENT_KEYS, value, 1, "", "recipient")


def _signed(
    kind: SignedKind, value: cbor.Plain, key: int, item: cbor.Plain, signer: str
) -> bytes:
    """Return a paper one field of which is another."""
    if not isinstance(value, dict):
        raise TypeError(key)
    payload = cbor.encode(value | {key: item})
    return signed.sign(kind, payload, [world.signing(signer)])


def _recipients() -> Rows:
    def of(key: int, item: cbor.Plain) -> bytes:
        value = recipient.RECIPIENT.plain(made.recipient())
        return _signed(SignedKind.RECIPIENT, value, key, item, papers.KEEPER)

    by_store = recipient.sign_recipient(made.recipient(), world.signing("store"))
    return (
        ("a monitoring centre", made.entry(), "ok"),
        (
            "neither channel nor tool",
            made.entry(channel=None, transfer_tool=None),
            "ok",
        ),
        ("of one purpose", made.entry(purposes=(Purpose.SECURITY,)), "ok"),
        ("by the store role", by_store, SIGNATURE),
        ("a purpose twice", of(7, ["support", "support"]), SCHEMA),
        ("of no purpose", of(7, []), SCHEMA),
        ("a purpose that is none", of(7, ["resale"]), SCHEMA),
        ("a country in small letters", of(8, "ch"), SCHEMA),
        ("a country of three letters", of(8, "CHE"), SCHEMA),
        ("a role that is none", of(4, "broker"), SCHEMA),
        ("no agreement", of(5, ""), SCHEMA),
        ("port nought", of(13, {1: "otlp", 2: "h", 3: 0, 4: bytes(32)}), SCHEMA),
    )


def _grants() -> Rows:
    def of(**changes: object) -> bytes:
        payload = grant.GRANT.encode(made.grant(**changes))
        return signed.sign(SignedKind.GRANT, payload, [made.KEEPER])

    whole = made.grant()
    asked, _ = whole.decisions
    elsewhere = papers.decided(tenant=OTHER)
    on_another = papers.decided(case=world.octets("another case", 16))
    value = grant.GRANT.plain(whole)
    one: cbor.Plain = [DECIDED.plain(asked)]
    by_store = grant.sign_grant(whole, world.signing("store"))
    kind = SignedKind.GRANT
    return (
        ("of ninety days", made.granted(), "ok"),
        ("of one second", of(since=world.NOW, until=world.NOW), "ok"),
        ("the most octets", of(octets=limits.RELEASE_BYTES), "ok"),
        ("pushed to its channel", of(delivery=grant.Delivery.PUSH), "ok"),
        ("carried", _signed(kind, value, 14, "pigeon", papers.KEEPER), SCHEMA),
        ("by the store role", by_store, SIGNATURE),
        ("begins after its end", of(since=whole.until + 1), SCHEMA),
        ("its scope is of another purpose", of(purpose=Purpose.SECURITY), SCHEMA),
        (
            "of two purposes",
            of(scope=papers.scope(purposes=(Purpose.SUPPORT, Purpose.SECURITY))),
            SCHEMA,
        ),
        (
            "a scope that begins after its end",
            of(scope=papers.scope(since=world.NOW + 1)),
            SCHEMA,
        ),
        ("nobody approved it", _signed(kind, value, 13, one, papers.KEEPER), SCHEMA),
        ("no octet", _signed(kind, value, 8, 0, papers.KEEPER), SCHEMA),
        (
            "an octet more than a release has",
            _signed(kind, value, 8, limits.RELEASE_BYTES + 1, papers.KEEPER),
            SCHEMA,
        ),
        ("a decision of another tenant", of(decisions=(asked, elsewhere)), IDENTITY),
        ("a decision on another case", of(decisions=(asked, on_another)), IDENTITY),
        (
            "a decision by another person",
            of(decisions=(asked, papers.decided(world.signing("bo")))),
            SIGNATURE,
        ),
    )


def _of(**changes: object) -> bytes:
    """Return a head with changes, whatever it then says."""
    payload = release.RELEASE.encode(made.release(**changes))
    return papers.proof(signed.sign(SignedKind.RELEASE, payload, [made.KEEPER]))


def _heads() -> Rows:
    whole = made.release()
    (part,) = whole.parts
    full = Part(part.digest, limits.PART_BYTES)
    two = made.file(octets=release.PART_BYTES + len(made.FILE))
    second = made.file(file="more.jsonl", octets=0)
    return (
        ("of one file", made.head(), "ok"),
        ("on what basis", _of(basis="Order of a court"), "ok"),
        ("pushed to a channel", _of(parts=(), format="syslog"), "ok"),
        ("an archive that a password opens", _archive(), "ok"),
        ("an archive beside parts", _archive(parts=(part,)), SCHEMA),
        ("an archive in another directory", _archive("../x.zip"), SCHEMA),
        ("in whose custody", _of(custody=made.CUSTODY), "ok"),
        (
            "in custody, never counted",
            _of(custody=replace(made.CUSTODY, counted=None)),
            "ok",
        ),
        ("in nobody's custody", _in_custody({1: "", 3: 1, 4: 0, 5: 0}), SCHEMA),
        ("custody of no number", _in_custody({1: "keeper", 3: 1, 4: 0}), SCHEMA),
        ("a second part", _of(tables=(two,), parts=(full, part)), "ok"),
        ("an empty file beside", _of(tables=(made.file(), second)), "ok"),
        ("expires as it is made", _of(expires=whole.made), "ok"),
        ("expires before it is made", _of(expires=whole.made - 1), SCHEMA),
        ("parts hold more", _of(tables=(made.file(octets=1),)), SCHEMA),
        (
            "the first part is not full",
            _of(
                tables=(made.file(octets=2 * len(made.FILE)),),
                parts=(part, part),
            ),
            SCHEMA,
        ),
        ("a file's name twice", _of(tables=(made.file(), made.file(octets=0))), SCHEMA),
        ("a file in another directory", _named("../software.jsonl"), SCHEMA),
        ("a file of a drive", _named("c:software.jsonl"), SCHEMA),
        ("a hidden file", _named(".jsonl"), SCHEMA),
        ("a file without a form", _named("software"), SCHEMA),
        ("a part shorter than its tag", _of_part(TAG_BYTES - 1), SCHEMA),
    )


def _archive(name: str = "production.zip", **changes: object) -> bytes:
    named = Archive(name, world.octets("archive", 32), 4_711)
    bare = {"parts": (), "format": "csv", "data_key": NO_DATA_KEY}
    return _of(**{**bare, "archive": named, **changes})


def _named(name: str) -> bytes:
    return _of(tables=(made.file(file=name),))


def _of_part(octets: int) -> bytes:
    value = release.RELEASE.plain(made.release())
    parts: cbor.Plain = [{1: bytes(32), 2: octets}]
    return papers.proof(_signed(SignedKind.RELEASE, value, 8, parts, papers.KEEPER))


def _in_custody(custody: cbor.Plain) -> bytes:
    value = release.RELEASE.plain(made.release())
    kind = SignedKind.RELEASE
    return papers.proof(_signed(kind, value, 13, custody, papers.KEEPER))


def _untrusted() -> Rows:
    by_store = release.sign_release(made.release(), world.signing("store"))
    paper = release.sign_release(made.release(), made.KEEPER)
    bo = papers.decided(world.signing("bo"))
    as_grant = signed.sign(
        SignedKind.GRANT, release.RELEASE.encode(made.release()), [made.KEEPER]
    )
    past = papers.statement(not_after=world.NOW - 61)
    ahead = papers.statement(since=world.NOW + 841)
    good = made.head()
    return (
        ("by the store role", papers.proof(by_store), SIGNATURE),
        (
            "the keeper is named by the store",
            papers.proof(paper, signer="store"),
            SIGNATURE,
        ),
        ("called a grant", papers.proof(as_grant), SIGNATURE),
        ("of another tenant", _of(tenant=OTHER, decisions=()), IDENTITY),
        ("a decision by another person", _of(decisions=(bo,)), SIGNATURE),
        ("after the keeper's time", papers.proof(paper, past), EXPIRED),
        ("before the keeper's time", papers.proof(paper, ahead), EARLY),
        ("cut", good[:-1], MALFORMED),
        ("an octet too many", good + b"\x00", CANONICAL),
    )


def _parts() -> Family:
    part, key, other = made.PART, made.DATA_KEY, world.octets("another key", 32)
    middle = release.seal_part(key, made.ID, 0, made.FILE, last=False)
    second = release.seal_part(key, made.ID, 1, made.FILE, last=True)
    strange = release.seal_part(key, OTHER, 0, made.FILE, last=True)

    def listed(octets: bytes) -> bytes:
        """Return a head that names these octets: only the seal can refuse them."""
        found = Part(signed.digest(octets), len(octets))
        return made.head(parts=(found,))

    rows: tuple[tuple[str, bytes, bytes, bytes, str], ...] = (
        ("the only part", part, made.head(), key, "ok"),
        ("a part cut", part[:-1], made.head(), key, OPEN),
        ("a part altered", part[:-1] + bytes([part[-1] ^ 1]), made.head(), key, OPEN),
        ("with another key", part, made.head(), other, OPEN),
        ("not the last one", middle, listed(middle), key, OPEN),
        ("the second one", second, listed(second), key, OPEN),
        ("a part of another release", strange, listed(strange), key, OPEN),
    )
    return [
        {
            "name": name,
            "kind": "part",
            "input": octets.hex(),
            "head": head.hex(),
            "digest": ROOT,
            "number": 0,
            "key": secret.hex(),
            "expect": expect,
        }
        for name, octets, head, secret, expect in rows
    ]


def _sealed_keys(keep: Keep) -> Family:
    own, strange = made.OPENING, world.opening("another")

    def sealed(name: str, nonce: bytes, key: bytes, public: bytes) -> bytes:
        def make() -> bytes:
            return release.seal_data_key(key, made.release(), nonce, public)

        found = fetch.ReleaseKey(made.ID, made.NONCE, keep(name, make))
        return fetch.RELEASE_KEY.encode(found)

    key, other = made.DATA_KEY, world.octets("another key", 32)
    good = sealed("the data key of a release", made.NONCE, key, own.public)
    again = sealed("for another request", made.ID, key, own.public)
    wrong = sealed("another data key", made.NONCE, other, own.public)
    rows = (
        ("the data key", good, own, "ok"),
        ("opened by another recipient", good, strange, OPEN),
        ("of another request", again, own, OPEN),
        ("another data key", wrong, own, OPEN),
        ("a key cut", good[:-1], own, MALFORMED),
    )
    return [
        {
            "name": name,
            "kind": "release-key",
            "input": octets.hex(),
            "head": made.head().hex(),
            "digest": ROOT,
            "opening": opening.seed().hex(),
            "expect": expect,
        }
        for name, octets, opening, expect in rows
    ]


def _fetches() -> Rows:
    whole = fetch.read_fetch(made.fetch(), made.SIGNING.public)
    by_bo = fetch.sign_fetch(whole, world.signing("bo"))
    value = fetch.FETCH.plain(whole)
    short = _signed(SignedKind.FETCH, value, 4, bytes(15), "recipient")
    return (
        ("a request", made.fetch(), "ok"),
        ("by another recipient", by_bo, SIGNATURE),
        ("a receipt for a request", made.received(), SIGNATURE),
        ("a short nonce", short, SCHEMA),
        ("too long", made.fetch() + bytes(2 * 1024), LIMIT),
    )


def _receipts() -> Rows:
    whole = fetch.read_received(made.received(), made.SIGNING.public)
    by_bo = fetch.sign_received(whole, world.signing("bo"))
    value = fetch.RECEIVED.plain(whole)
    lost = _signed(SignedKind.RECEIVED, value, 4, "lost", "recipient")
    return (
        ("a receipt", made.received(), "ok"),
        ("an attestation", made.received(Said.DELETED), "ok"),
        ("a receipt by another recipient", by_bo, SIGNATURE),
        ("a request for a receipt", made.fetch(), SIGNATURE),
        ("says something else", lost, SCHEMA),
        ("a receipt too long", made.received() + bytes(2 * 1024), LIMIT),
    )

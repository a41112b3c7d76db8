# SPDX-License-Identifier: Apache-2.0
"""What the gate answers: bytes, the store and a time in; bytes or a Refusal out.

Rules: the device's key is looked up by the identity in the message and must have
signed it; then its state, its clock and its nonce are looked at, in this order; what
costs more than that is done afterwards; only headers are read; a shipment's one
signature vouches for its envelopes' digests.
Not here: HTTP (`app.py`), commits (`committer.py`), opening (nowhere in this process).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from server.gate import speaker
from server.gate.answering import answer, news
from server.gate.nonces import Nonces
from server.problems import Problem, Refusal, by_slug, of_wire
from server.store.bounds import DAY_SECONDS
from server.store.chains import Heard
from server.store.interface import (
    Device,
    DeviceState,
    Quotas,
    Sender,
    Store,
    StoredEnvelope,
    Verdict,
)
from server.store.tokens import TokenFate
from wire import envelope, limits, messages, signed
from wire.crypto.signing import SigningKey, identity
from wire.envelope import Header
from wire.errors import LimitError, VersionError, WireError
from wire.manifests import manifest_of
from wire.messages import Fate
from wire.queue_state import QUEUE_STATE
from wire.signed import SignedKind
from wire.token import secret_digest

ENROLMENT_BYTES = 8 * limits.KIB
"""An enrolment: a sealing key of 1.2 kB and two texts of 512 bytes."""
POLL_BYTES = 4 * limits.KIB
"""A poll: six digests and ids and two texts of 512 bytes."""
_NO_BUNDLE = bytes(envelope.DIGEST_BYTES)
"""What a device that holds no bundle names as its digest."""
_REASONS: dict[type[WireError], str] = {
    LimitError: "too-large",
    VersionError: "unknown-version",
}


@dataclass(frozen=True, slots=True)
class Post:
    """What the gate itself has: its role key, and what it tells strangers.

    Attributes:
        key: the gate role's signing key.
        certificate: the collector's CA certificate, DER.
        roots: signed roots, oldest first.
    """

    key: SigningKey
    certificate: bytes
    roots: tuple[bytes, ...]


class Senders(Protocol):
    """What knows who may ship: a store, or what is remembered of one."""

    @property
    def quotas(self) -> Quotas:
        """Return the octets that devices may store in a day."""

    def sender(
        self, tenant: bytes, device: bytes, incarnation: bytes, day: int
    ) -> Sender | None:
        """Return what a device's shipments are judged and answered by."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A manifest that a device signed which is heard; its envelopes are unseen.

    Attributes:
        octets: the signed message.
        manifest: what it says.
        digest: SHA-256 of its payload.
        mark: the newest mark of its incarnation, if there is one.
    """

    octets: bytes
    manifest: messages.Manifest
    digest: bytes
    mark: bytes | None


@dataclass(frozen=True, slots=True)
class Admitted:
    """A shipment whose manifest is true.

    Attributes:
        manifest: what the device signed.
        digest: SHA-256 of the manifest's payload.
        refused: reason by position, for envelopes that will never be taken.
        envelopes: the others, in order.
        mark: the newest mark of its incarnation, if there is one.
    """

    manifest: messages.Manifest
    digest: bytes
    refused: dict[int, str]
    envelopes: tuple[StoredEnvelope, ...]
    mark: bytes | None


def introduce(post: Post, octets: bytes, now: int) -> bytes:
    """Return the signed introduction for a stranger's nonce.

    Raises:
        Refusal: the body is not a nonce.
    """
    if len(octets) != messages.NONCE_BYTES:
        raise Refusal(Problem.MALFORMED)
    payload = messages.INTRODUCTION.encode(
        messages.Introduction(octets, now, post.certificate, post.roots)
    )
    return signed.sign(SignedKind.INTRODUCTION, payload, [post.key])


def enrol(post: Post, store: Store, nonces: Nonces, octets: bytes, now: int) -> bytes:
    """Make a machine a device, by its token; returns the signed answer.

    Raises:
        Refusal: the message, its clock or its token is not right.
    """
    try:
        message = signed.read(octets, SignedKind.ENROL, ENROLMENT_BYTES)
        asked = messages.ENROL.decode(message.payload)
        signed.check(message, {identity(asked.public): asked.public})
    except WireError as error:
        raise Refusal(of_wire(error)) from None
    name = identity(asked.public)
    bundle = store.bundle(asked.tenant)
    if bundle is None:
        raise Refusal(Problem.TOKEN_UNKNOWN)
    speaker.check_clock(asked.time, now)
    known = store.device(asked.tenant, name)
    if known is not None:
        speaker.check_state(known.state, (asked.tenant, name))
    device = Device(
        asked.tenant,
        name,
        asked.public,
        asked.sealing,
        DeviceState.ACTIVE,
        now,
        now,
        asked.agent,
        asked.system,
        "",
    )
    fate = store.enrol(device, secret_digest(asked.secret), now)
    if fate is not TokenFate.TAKEN:
        raise Refusal(by_slug(fate.value))
    nonces.take(name, asked.nonce, now)
    payload = messages.ENROLLED.encode(
        messages.Enrolled(asked.nonce, now, asked.tenant, name, bundle)
    )
    return signed.sign(SignedKind.ENROLLED, payload, [post.key])


def poll(post: Post, store: Store, nonces: Nonces, octets: bytes, now: int) -> bytes:
    """Hear a device and return, signed, what has changed for it.

    Raises:
        Refusal: the message is not right or the device is not heard.
    """
    asked = hear(store, octets, now)
    store.heard([note(nonces, asked, now)], now)
    return answer(post.key, news(store, asked, now), now)


def hear(store: Store, octets: bytes, now: int) -> messages.Poll:
    """Check who polls, before anything is done for it.

    Raises:
        Refusal: the message is not right or the device is not heard.
    """
    try:
        message = signed.read(octets, SignedKind.POLL, POLL_BYTES)
        asked = messages.POLL.decode(message.payload)
    except WireError as error:
        raise Refusal(of_wire(error)) from None
    speaker.check_name(message, asked.device)
    whose = asked.tenant, asked.device
    found = speaker.enrolled(store.device(*whose))
    speaker.check_speaker(message, found, whose)
    speaker.check_clock(asked.time, now, whose)
    return asked


def note(nonces: Nonces, asked: messages.Poll, now: int) -> Heard:
    """Return what is written down of a poll that was checked.

    Raises:
        Refusal: the poll was heard before.
    """
    nonces.take(asked.device, asked.nonce, now)
    return _heard(asked)


def admit(store: Senders, nonces: Nonces | None, octets: bytes, now: int) -> Admitted:
    """Check a shipment's manifest and sort its envelopes.

    Args:
        store: knows the device.
        nonces: heard so far; None of what was heard before it waited behind a gate.
        octets: the shipment.
        now: seconds since the epoch.

    Raises:
        Refusal: the shipment as a whole is not taken.
    """
    try:
        start = manifest_of(octets)
    except WireError as error:
        raise Refusal(of_wire(error)) from None
    if start is None:
        raise Refusal(Problem.MALFORMED)
    judged = judge(store, start, now, queued=nonces is None)
    return sort(nonces, judged, octets, now)


def judge(store: Senders, octets: bytes, now: int, *, queued: bool = False) -> Judged:
    """Check who ships, by the manifest alone.

    Args:
        store: knows the device.
        octets: the signed manifest, as it stands at the start of a shipment.
        now: seconds since the epoch.
        queued: whether it waited behind a gate, for however long.

    Raises:
        Refusal: the message is not right or the device is not heard.
    """
    try:
        message = signed.read(octets, SignedKind.SHIPMENT, limits.MANIFEST_BYTES)
        manifest = messages.MANIFEST.decode(message.payload)
    except WireError as error:
        raise Refusal(of_wire(error)) from None
    speaker.check_name(message, manifest.device)
    whose, day = (manifest.tenant, manifest.device), now // DAY_SECONDS
    found = speaker.enrolled(store.sender(*whose, manifest.incarnation, day))
    speaker.check_speaker(message, found, whose, leaving=True)
    if not queued:
        speaker.check_clock(manifest.time, now, whose)
    if found.used >= store.quotas.device + store.quotas.announced:
        # not even an announcement fits its day
        raise Refusal(Problem.OVER_QUOTA, whose)
    return Judged(octets, manifest, signed.digest(message.payload), found.mark)


def sort(nonces: Nonces | None, judged: Judged, octets: bytes, now: int) -> Admitted:
    """Sort the envelopes of a shipment whose manifest was judged.

    Args:
        nonces: heard so far; None of what was heard before it waited behind a gate.
        judged: what its manifest says.
        octets: the shipment.
        now: seconds since the epoch.

    Raises:
        Refusal: the shipment is not what its manifest was, or was heard before.
    """
    try:
        shipment = messages.SHIPMENT.decode(octets, limits.SHIPMENT_BYTES)
    except WireError as error:
        raise Refusal(of_wire(error)) from None
    manifest = judged.manifest
    if shipment.manifest != judged.octets:
        raise Refusal(Problem.MALFORMED)
    if len(shipment.envelopes) != len(manifest.digests):
        raise Refusal(Problem.MALFORMED)
    if nonces is not None:
        nonces.take(manifest.device, manifest.nonce, now)
    refused: dict[int, str] = {}
    taken: list[StoredEnvelope] = []
    named = zip(shipment.envelopes, manifest.digests, strict=True)
    for place, (sealed, digest) in enumerate(named):
        found = _examine(manifest, sealed, digest)
        if isinstance(found, str):
            refused[place] = found
        else:
            taken.append(found)
    return Admitted(manifest, judged.digest, refused, tuple(taken), judged.mark)


def receipt(
    post: Post, admitted: Admitted, verdicts: Sequence[Verdict], now: int
) -> bytes:
    """Return the signed receipt for what has been committed.

    Args:
        post: the gate's key.
        admitted: the shipment.
        verdicts: the store's, one for each of `admitted.envelopes`, after its commit.
        now: seconds since the epoch.
    """
    manifest = admitted.manifest
    waiting = iter(verdicts)
    results = []
    for place in range(len(manifest.digests)):
        reason = admitted.refused.get(place)
        verdict = next(waiting) if reason is None else Verdict(Fate.REFUSED, reason)
        results.append(messages.Result(verdict.fate, verdict.reason))
    payload = messages.RECEIPT.encode(
        messages.Receipt(
            manifest.tenant,
            manifest.device,
            admitted.digest,
            now,
            tuple(results),
            admitted.mark,
        )
    )
    return signed.sign(SignedKind.RECEIPT, payload, [post.key])


def _examine(
    manifest: messages.Manifest, sealed: bytes, digest: bytes
) -> StoredEnvelope | str:
    """Return an envelope for the store, or the reason why it is never taken."""
    if hashlib.sha256(sealed).digest() != digest:
        return "bad-digest"
    try:
        _, header = envelope.read(sealed)
    except WireError as error:
        return _REASONS.get(type(error), "malformed")
    speaker = manifest.tenant, manifest.device, manifest.incarnation
    if (header.tenant, header.device, header.incarnation) != speaker:
        return "wrong-identity"
    return _stored(header, sealed, digest)


def _heard(asked: messages.Poll) -> Heard:
    """Return what a poll says; without a bundle it tells no number of its queue."""
    tells = asked.bundle != _NO_BUNDLE
    return Heard(
        asked.tenant,
        asked.device,
        asked.agent,
        asked.system,
        asked.incarnation,
        asked.sequence,
        asked.marked,
        asked.accepted if tells else None,
        QUEUE_STATE.encode(asked.queue) if tells else None,
        asked.time,
        asked.doing,
    )


def _stored(header: Header, sealed: bytes, digest: bytes) -> StoredEnvelope:
    return StoredEnvelope(
        header.tenant,
        header.device,
        header.incarnation,
        header.sequence,
        header.previous,
        digest,
        header.kind.value,
        header.purpose.value,
        header.retention,
        header.key_id,
        header.bucket,
        header.created,
        header.records,
        sealed,
        header.instead,
        header.gap,
    )

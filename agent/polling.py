# SPDX-License-Identifier: Apache-2.0
"""The poll: says that this device lives, and takes what has changed for it.

Rules: the answer is signed by the gate and repeats our nonce; each part of it is
checked by its own role, adopted on its own and refused on its own; what is held stays
until something better has been checked.
Not here: when to poll (`shipping.py`), what a bundle makes trusted (`identity.py`).
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from agent.asker import Asker
from agent.authority import pins
from agent.clock import (
    Clock,
    corrected,
    learned,
    load_clock,
    reissued,
    stated,
    store_clock,
    vouched,
)
from agent.device import Device
from agent.errors import TrustError
from agent.identity import Identity, adopt_bundle, held_bundle, open_pseudonyms
from agent.introduction import check_nonce, introduce, newest
from agent.marks import take_mark
from agent.outside import REAL, Outside
from agent.proxies import Proxy
from agent.resyncs import newest_resync, take_resync
from agent.spool import Facts
from agent.state import read, write
from agent.transport import Session
from wire import limits, signed
from wire.errors import RollbackError, SignatureError, WireError
from wire.keys import PSEUDONYM_STATEMENT
from wire.messages import (
    ANSWER,
    NONCE_BYTES,
    POLL,
    QUIET,
    Answer,
    Poll,
    QueueState,
)
from wire.signed import SignedKind
from wire.trust import Root, Trusted, by_identity, check_bundle

PATH = "/v1/poll"
_NONE = bytes(hashlib.sha256().digest_size)
System = Callable[[], float]
Entropy = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class About:
    """What a device says of itself: its release, and the system's name and version."""

    agent: str
    system: str


@dataclass(frozen=True, slots=True)
class Polled:
    """What a poll has changed.

    Attributes:
        clock: the corrected clock.
        trusted: what is trusted now; None where no valid bundle is here.
        bundle: a new bundle was adopted.
        pseudonyms: new pseudonym keys were stored.
        trimmed: envelopes that a mark let go.
        resyncs: states that were forgotten, so that they are sent whole.
        refused: "part: reason" of what was offered and not believed.
    """

    clock: Clock
    trusted: Trusted | None
    bundle: bool
    pseudonyms: bool
    trimmed: int
    resyncs: int
    refused: tuple[str, ...]


def open_session(
    who: Identity, trusted: Trusted | None, proxy: Proxy | None = None
) -> Session:
    """Return a session with the collector under the CAs that are pinned now.

    Raises:
        AgentError: the identity's address or CA is damaged.
    """
    return Session(who.url, pins(who, trusted), proxy)


def exchange(
    session: Asker,
    device: Device,
    trusted: Trusted | None,
    about: About,
    outside: Outside = REAL,
) -> Polled:
    """Poll once and adopt what is new.

    Args:
        session: to the collector.
        device: who asks.
        trusted: what is trusted so far; None where no valid bundle is here.
        about: what the device says of itself.
        outside: where time and chance come from.

    Raises:
        NetworkError: the collector cannot be reached.
        TrustError: the answer is not to be believed; nothing of it was adopted.
        Problem: the collector refused.
        StateError: the disk refuses.
    """
    clock = load_clock(device.spool)
    asked = outside.system()
    poll = _poll(
        device, trusted, about, stated(clock, asked), outside.entropy(NONCE_BYTES)
    )
    message = signed.sign(SignedKind.POLL, POLL.encode(poll), [device.who.signing])
    octets = session.post(PATH, message)
    answered = outside.system()
    root = trusted.root if trusted else device.who.root
    try:
        answer, root = _believed(session, octets, poll.nonce, root, outside.entropy)
    except WireError as problem:
        raise _disbelieved(problem) from problem
    after = learned(clock, asked, answered, answer.server_time, outside.monotonic())
    if trusted is not None:
        after = vouched(after, trusted)
    store_clock(device.spool, clock, after)
    return _adopt(device, _Offer(answer, root, trusted, after, answered))


def resynchronise(
    session: Asker,
    device: Device,
    trusted: Trusted | None,
    outside: Outside = REAL,
) -> Clock:
    """Fetch signed time without stating our own, which was refused.

    Args:
        session: to the collector.
        device: whose clock it is.
        trusted: what is trusted so far.
        outside: where time and chance come from.

    Raises:
        NetworkError: the collector cannot be reached.
        TrustError: the answer is not to be believed.
    """
    clock = load_clock(device.spool)
    asked = outside.system()
    try:
        chain = newest(trusted.root if trusted else device.who.root)
        introduction, _ = introduce(session, chain, outside.entropy)
    except WireError as problem:
        raise _disbelieved(problem) from problem
    after = learned(
        clock, asked, outside.system(), introduction.server_time, outside.monotonic()
    )
    store_clock(device.spool, clock, after)
    return after


@dataclass(frozen=True, slots=True)
class _Offer:
    """A believed answer, and what it is judged by."""

    answer: Answer
    root: Root
    trusted: Trusted | None
    clock: Clock
    answered: float


def _poll(
    device: Device, trusted: Trusted | None, about: About, now: int, nonce: bytes
) -> Poll:
    facts = device.spool.facts()
    bundle = read(device.state.bundle, limits.MESSAGE_BYTES) if trusted else None
    held = _held_pseudonyms(device, trusted.root if trusted else device.who.root)
    return Poll(
        tenant=device.who.tenant,
        device=device.who.device,
        time=now,
        nonce=nonce,
        agent=about.agent,
        system=about.system,
        bundle=_digest(bundle),
        pseudonyms=_digest(held),
        incarnation=device.spool.incarnation(),
        sequence=facts.sequence,
        marked=facts.marked,
        resync=newest_resync(device.spool),
        accepted=facts.accepted,
        queue=QUIET if trusted is None else _queue_state(facts, now),
    )


def _queue_state(facts: Facts, now: int) -> QueueState:
    """Return what is told of the queue: numbers, and never without a valid bundle."""
    age = 0 if facts.oldest is None else max(now - facts.oldest, 0)
    return QueueState(
        facts.waiting, facts.octets, age, facts.dropped, facts.gaps, facts.alarms
    )


def _digest(octets: bytes | None) -> bytes:
    return _NONE if octets is None else hashlib.sha256(octets).digest()


def _held_pseudonyms(device: Device, root: Root) -> bytes | None:
    """Return the message held, if it is still good: a damaged one is fetched anew."""
    octets = read(device.state.pseudonyms, limits.MESSAGE_BYTES)
    try:
        if octets is not None:
            open_pseudonyms(octets, device.who, root)
    except WireError:
        return None
    return octets


def _believed(
    session: Asker, octets: bytes, nonce: bytes, root: Root, entropy: Entropy
) -> tuple[Answer, Root]:
    """Return a verified answer, and the root by which it is.

    A device that was away for long may not know the gate's key any more: then the
    introduction's chain of roots leads to it, or nothing does.
    """
    message = signed.read(octets, SignedKind.ANSWER)
    try:
        signed.check(message, by_identity(root.gate))
    except SignatureError:
        held = root
        _, root = introduce(session, newest(held), entropy)
        if root.version == held.version:
            raise
        signed.check(message, by_identity(root.gate))
    answer = ANSWER.decode(message.payload)
    check_nonce(nonce, answer.nonce)
    return answer, root


def _disbelieved(problem: WireError) -> TrustError:
    msg = f"the collector's answer cannot be believed: {problem}"
    return TrustError(msg)


def _adopt(device: Device, offer: _Offer) -> Polled:
    """Take each part on its own; one that is refused keeps no other out."""
    answer, root, trusted = offer.answer, offer.root, offer.trusted
    refused: list[str] = []
    bundle = pseudonyms = False
    trimmed = 0
    if answer.bundle is not None:
        try:
            trusted = _take_bundle(device, answer.bundle, offer)
            root, bundle = trusted.root, True
        except WireError as problem:
            refused.append(f"bundle: {problem.code}")
    if answer.pseudonyms is not None:
        try:
            _take_pseudonyms(device, root, answer.pseudonyms)
            pseudonyms = True
        except WireError as problem:
            refused.append(f"pseudonyms: {problem.code}")
    if answer.mark is not None:
        try:
            trimmed = take_mark(answer.mark, device, root)
        except WireError as problem:
            refused.append(f"mark: {problem.code}")
    resyncs = 0
    now = corrected(offer.clock, offer.answered)
    for octets in answer.resyncs:
        try:
            resyncs += take_resync(octets, device, root, now)
        except WireError as problem:
            refused.append(f"resync: {problem.code}")
    return Polled(
        offer.clock, trusted, bundle, pseudonyms, trimmed, resyncs, tuple(refused)
    )


def _take_bundle(device: Device, octets: bytes, offer: _Offer) -> Trusted:
    """Adopt a bundle, with its hard floor, and enter it into the ledger.

    Its dates are judged by the clock as the bundle itself leaves it: a role whose
    machine was ahead could else never again be believed.
    """
    root, held = device.who.root, held_bundle(device.state, device.who)
    clock = reissued(offer.clock, held, check_bundle(octets, root, None, None))
    now = corrected(clock, offer.answered)
    check_bundle(octets, root, held, now)
    # First, for a floor of the bundle before would keep the next one out for ever.
    store_clock(device.spool, offer.clock, clock)
    trusted = adopt_bundle(device.state, device.who, octets, now)
    with device.spool.transaction() as change:
        change.note(
            "bundle-adopted",
            {
                "root": trusted.root.version,
                "policy": trusted.policy.version,
                "keys": trusted.keys.version,
                "digest": trusted.policy_digest,
            },
            now,
        )
    return trusted


def _take_pseudonyms(device: Device, root: Root, octets: bytes) -> None:
    """Store newer pseudonym keys, as they came: sealed to this device."""
    open_pseudonyms(octets, device.who, root)
    held = _held_pseudonyms(device, root)
    if held is not None and _issued(octets) < _issued(held):
        msg = "the pseudonym keys are older than those held"
        raise RollbackError(msg)
    write(device.state.pseudonyms, octets)


def _issued(octets: bytes) -> int:
    message = signed.read(octets, SignedKind.PSEUDONYMS)
    return PSEUDONYM_STATEMENT.decode(message.payload).issued

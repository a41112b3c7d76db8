# SPDX-License-Identifier: Apache-2.0
"""The poll: says that this device lives, and takes what has changed for it.

Rules: the answer is signed by the gate and repeats our nonce; a disk that refuses
keeps no poll from leaving, for the poll is what says so; of the queue nothing is told
without a valid bundle.
Not here: when to poll (`shipping.py`), what becomes of the answer (`adoption.py`).
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from agent.authority import pins
from agent.clock import Clock, learned, load_clock, remember, stated, vouched
from agent.delivery.admission import Admission
from agent.delivery.adoption import Offer, Polled, adopt, held_pseudonyms
from agent.delivery.alarms import alarms
from agent.delivery.asker import Asker
from agent.delivery.introduction import check_nonce, introduce, newest
from agent.delivery.outside import REAL, Outside
from agent.delivery.proxies import Proxy
from agent.delivery.resyncs import newest_resync
from agent.delivery.transport import Session
from agent.device import Device
from agent.errors import StateError, TrustError
from agent.governor.strikes import struck_alarms
from agent.identity import Identity
from agent.orders.telling import doing, was_told
from agent.spool.spool import Spool
from agent.state import read
from wire import limits, signed
from wire.errors import SignatureError, WireError
from wire.messages import ANSWER, NONCE_BYTES, POLL, Answer, Poll
from wire.queue_state import QUIET, QueueState
from wire.signed import SignedKind
from wire.trust import Root, Trusted, by_identity

PATH = "/v1/poll"
_NONE = bytes(hashlib.sha256().digest_size)
System = Callable[[], float]
Entropy = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class About:
    """What a device says of itself: its release, and the system's name and version."""

    agent: str
    system: str


def open_session(
    who: Identity,
    trusted: Trusted | None,
    proxy: Proxy | None = None,
    admission: Admission | None = None,
) -> Session:
    """Return a session with the collector under the CAs that are pinned now.

    Raises:
        AgentError: the identity's address or CA is damaged.
    """
    return Session(who.url, pins(who, trusted), proxy, admission=admission)


def exchange(  # noqa: PLR0913, PLR0917 - who asks, whom, and what is told
    session: Asker,
    device: Device,
    trusted: Trusted | None,
    about: About,
    outside: Outside = REAL,
    also: Iterable[str] = (),
    wait: int = 0,
    ran: int = 0,
    *,
    hears: bool = True,
) -> Polled:
    """Poll once and adopt what is new.

    Args:
        session: to the collector.
        device: who asks.
        trusted: what is trusted so far; None where no valid bundle is here.
        about: what the device says of itself.
        outside: where time and chance come from.
        also: alarms that are not in the spool.
        wait: for how long the answer may be kept back while nothing is new.
        ran: seconds for which the order that runs has run.
        hears: whether orders are taken in; else they stay at the collector, for whom
            carries them out.

    Raises:
        NetworkError: the collector cannot be reached.
        TrustError: the answer is not to be believed; nothing of it was adopted.
        Problem: the collector refused.
        StateError: the disk cannot be read.
    """
    clock = load_clock(device.spool)
    asked = outside.system()
    now = stated(clock, asked)
    poll = _poll(device, trusted, about, now, outside.entropy(NONCE_BYTES))
    if trusted is not None:  # without a valid bundle nothing is told of the queue
        struck = struck_alarms(device.state.strikes, now)
        queue = _queue_state(device.spool, now, (*also, *struck))
        told = doing(device.spool.orders(busy=True), ran)
        poll = replace(poll, queue=queue, doing=told, wait=wait)
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
    unwritable = not remember(device.spool, clock, after, answered)
    try:
        was_told(device.spool, poll.doing)
    except StateError:  # then it is told once more
        unwritable = True
    if not hears:
        answer = replace(answer, orders=())
    polled = adopt(device, Offer(answer, root, trusted, after, answered))
    return replace(polled, unwritable=unwritable or polled.unwritable)


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
    answered = outside.system()
    after = learned(
        clock, asked, answered, introduction.server_time, outside.monotonic()
    )
    remember(device.spool, clock, after, answered)
    return after


def _poll(
    device: Device, trusted: Trusted | None, about: About, now: int, nonce: bytes
) -> Poll:
    facts = device.spool.facts()
    bundle = read(device.state.bundle, limits.MESSAGE_BYTES) if trusted else None
    held = held_pseudonyms(device, trusted.root if trusted else device.who.root)
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
        queue=QUIET,
    )


def _queue_state(spool: Spool, now: int, also: Iterable[str]) -> QueueState:
    """Return what is told of the queue: numbers and slugs."""
    facts = spool.facts()
    age = 0 if facts.oldest is None else max(now - facts.oldest, 0)
    return QueueState(
        facts.waiting,
        facts.octets,
        age,
        facts.dropped,
        facts.gaps,
        alarms(spool, now, also),
    )


def _digest(octets: bytes | None) -> bytes:
    return _NONE if octets is None else hashlib.sha256(octets).digest()


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

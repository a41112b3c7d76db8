# SPDX-License-Identifier: Apache-2.0
"""Enrolment: a token becomes an identity, and nothing but the token is believed first.

Rules: whoever answers is believed only under the CA and the root that the token pins;
time is the signed one, so a wrong clock enrols; the secret leaves only over pinned
TLS; the device's keys are on disk before it does, so that a lost answer costs no
token; the identity is written last, whole or not at all.
Not here: issuing tokens (`server/install.py`), polls (`agent/delivery/polling.py`).
"""

import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from agent import authority
from agent.clock import (
    Clock,
    corrected,
    learned,
    load_clock,
    store_clock,
    vouched,
)
from agent.delivery.introduction import check_nonce, introduce
from agent.delivery.polling import About, System
from agent.delivery.proxies import Proxy
from agent.delivery.transport import Session
from agent.errors import ClockError, TrustError, UsageError
from agent.identity import Held, Identity, load, save
from agent.spool.last_sent import last_sent_of
from agent.spool.spool import open_spool
from agent.state import State, prepare, read, write
from wire import limits, signed
from wire.codec import Field, Message, fixed
from wire.crypto.opening import SEED_BYTES, OpeningKey
from wire.crypto.signing import SigningKey, identity
from wire.errors import (
    ExpiredError,
    IdentityError,
    NotYetValidError,
    SignatureError,
    TokenError,
    WireError,
)
from wire.messages import ENROL, ENROLLED, NONCE_BYTES, Enrol, Enrolled
from wire.signed import SignedKind
from wire.token import Token, parse_token, secret_digest
from wire.trust import (
    BUNDLE,
    Root,
    by_identity,
    check_statements,
    first_root,
    next_root,
)

PATH = "/v1/enrol"


@dataclass(frozen=True, slots=True)
class Pending:
    """Keys of an enrolment whose answer has not come yet."""

    token: bytes
    signing: bytes = field(repr=False)
    sealing: bytes = field(repr=False)


PENDING = Message(
    "pending",
    Pending,
    (
        Field(1, "token", fixed(32)),
        Field(2, "signing", fixed(32)),
        Field(3, "sealing", fixed(SEED_BYTES)),
    ),
)


@dataclass(frozen=True, slots=True)
class Met:
    """The collector as the token pins it, and the time it has signed."""

    certificate: bytes
    root: Root
    signed_root: bytes
    clock: Clock


def enrol(
    state: State,
    token_text: str,
    about: About,
    proxy: Proxy | None = None,
    system: System = time.time,
) -> Identity:
    """Make this machine a device of the collector that a token names.

    Args:
        state: the state directory, made if it is not there.
        token_text: what a person has pasted.
        about: what the device says of itself.
        proxy: the HTTP proxy to go through.
        system: the system's clock, seconds since the epoch; it may be wrong.

    Raises:
        UsageError: the token is mistyped, or the machine is enrolled already.
        TrustError: the collector is not the one that the token pins.
        NetworkError: it cannot be reached.
        Problem: it refused, with the reason: unknown, expired, used.
        ClockError: the collector's own policy does not fit the time it has signed.
        StateError: the state directory cannot be used.
    """
    try:
        token = parse_token(token_text)
    except TokenError as problem:
        raise UsageError(str(problem)) from None
    prepare(state)
    _check_free(state, system)
    try:
        met = meet(token, proxy, system)
        return _join(state, token, met, about, proxy, system)
    except (ExpiredError, NotYetValidError) as problem:
        msg = f"the collector's policy does not fit its own clock: {problem}"
        raise ClockError(msg) from problem
    except WireError as problem:
        msg = f"the collector is not the one that this token is for: {problem}"
        raise TrustError(msg) from problem


def _check_free(state: State, system: System) -> None:
    """Require that neither an identity nor data of a former one is here."""
    msg = (
        "this machine is enrolled already: use --anew where the collector refuses it, "
        "or name another state directory with --state"
    )
    if state.identity.exists():
        raise UsageError(msg)
    former = state.mark.exists() or last_sent_of(state.spool).exists()
    if state.spool.exists():
        spool = open_spool(state.spool, int(system()))
        former = former or spool.facts().sequence > 0
        spool.close()
    if former:
        msg = (
            "the state directory holds data of a former identity: move it away, then "
            "enrol"
        )
        raise UsageError(msg)


def meet(token: Token, proxy: Proxy | None, system: System) -> Met:
    """Learn who answers, and believe it under the token's pins alone.

    Args:
        token: what it is pinned by.
        proxy: the HTTP proxy to go through.
        system: the system's clock, seconds since the epoch.

    Raises:
        NetworkError: it cannot be reached.
        WireError: it is another.
    """
    with Session(token.url, None, proxy) as stranger:
        asked = system()
        introduction, _ = introduce(
            stranger, lambda roots: _pinned_root(roots, token)[0]
        )
        answered = system()
    root, signed_root = _pinned_root(introduction.roots, token)
    if authority.key_digest(introduction.certificate) != token.authority:
        msg = "its CA is not the one that the token pins"
        raise SignatureError(msg)
    clock = learned(
        Clock(), asked, answered, introduction.server_time, time.monotonic()
    )
    return Met(introduction.certificate, root, signed_root, clock)


def _pinned_root(roots: tuple[bytes, ...], token: Token) -> tuple[Root, bytes]:
    """Return the newest root to which a chain leads from the one that is pinned."""
    found: tuple[Root, bytes] | None = None
    refusal = SignatureError("it has no root")
    for octets in roots:
        if found is not None:
            root = next_root(octets, found[0])
            found = root, octets if root is not found[0] else found[1]
            continue
        try:
            found = first_root(octets, token.root), octets
        except SignatureError as problem:  # older than the token: not the pinned one
            refusal = problem
    if found is None:
        raise refusal
    if found[0].tenant != token.tenant:
        msg = "its root is of another tenant"
        raise IdentityError(msg)
    return found


def _join(
    state: State,
    token: Token,
    met: Met,
    about: About,
    proxy: Proxy | None,
    system: System,
) -> Identity:
    """Ask to become a device, check the answer, and write the identity."""
    keys = _keys(state, token)
    key, opening = SigningKey(keys.signing), OpeningKey(keys.sealing)
    asked = system()
    question = Enrol(
        tenant=token.tenant,
        secret=token.secret,
        public=key.public,
        sealing=opening.public,
        agent=about.agent,
        system=about.system,
        time=corrected(met.clock, asked),
        nonce=os.urandom(NONCE_BYTES),
    )
    message = signed.sign(SignedKind.ENROL, ENROL.encode(question), [key])
    with Session(token.url, (met.certificate,), proxy) as session:
        octets = session.post(PATH, message)
    answer, root = _believed(octets, question, met)
    answered = system()
    clock = learned(met.clock, asked, answered, answer.server_time, time.monotonic())
    now = corrected(clock, answered)
    trusted = check_statements(answer.bundle, met.root, None, now)
    if not authority.is_named(met.certificate, trusted.root.authorities):
        msg = "its newest root does not name its CA"
        raise SignatureError(msg)
    _remember(state, vouched(clock, trusted), now)
    write(state.bundle, answer.bundle)
    save(
        state,
        Held(token.url, keys.signing, keys.sealing, met.certificate, root, now),
    )
    _pending(state).unlink(missing_ok=True)
    return load(state)


def _believed(octets: bytes, question: Enrol, met: Met) -> tuple[Enrolled, bytes]:
    """Return the answer, checked, and the newest signed root that came with it."""
    message = signed.read(octets, SignedKind.ENROLLED)
    signed.check(message, by_identity(met.root.gate))
    answer = ENROLLED.decode(message.payload)
    check_nonce(question.nonce, answer.nonce)
    ours = question.tenant, identity(question.public)
    if (answer.tenant, answer.device) != ours:
        msg = "it has enrolled another device"
        raise IdentityError(msg)
    newest, octets = met.root, met.signed_root
    for item in BUNDLE.decode(answer.bundle).roots:
        root = next_root(item, newest)
        newest, octets = root, item if root is not newest else octets
    return answer, octets


def _keys(state: State, token: Token) -> Pending:
    """Return keys for this token: those of a try whose answer was lost, or new ones."""
    name = secret_digest(token.secret)
    held = read(_pending(state), limits.KIB)
    if held is not None:
        try:
            pending = PENDING.decode(held)
        except WireError:
            pending = None
        if pending is not None and pending.token == name:
            return pending
    fresh = Pending(name, SigningKey.generate().seed(), OpeningKey.generate().seed())
    write(_pending(state), PENDING.encode(fresh))
    return fresh


def _pending(state: State) -> Path:
    return state.directory / "enrolling.cbor"


def _remember(state: State, clock: Clock, now: int) -> None:
    spool = open_spool(state.spool, now)
    try:
        store_clock(spool, load_clock(spool), clock)
    finally:
        spool.close()

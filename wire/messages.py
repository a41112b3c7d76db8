# SPDX-License-Identifier: Apache-2.0
"""What device and collector say to each other, as payloads of signed messages.

Rules: each answer repeats the nonce or digest of what it answers, so it cannot stand
for another; server time is in every answer and in no bundle.
Not here: the signatures (`wire/signed.py`), envelopes (`wire/envelope.py`), a
shipment that has not come whole (`wire/manifests.py`).
"""

from dataclasses import dataclass
from enum import Enum

from wire import limits
from wire.codec import Choice, Field, ListOf, Message, Octets, Text, Uint, fixed
from wire.doing import DOING, Doing
from wire.purposes import Purpose
from wire.queue_state import QUEUE_STATE, QueueState

NONCE_BYTES = 16
_ID = fixed(16)
_DIGEST = fixed(32)
_TEXT = Text(limits.TEXT_CHARS)
_NESTED = Octets(1, limits.MESSAGE_BYTES)


@dataclass(frozen=True, slots=True)
class Introduction:
    """What the gate tells a stranger that holds a token; signed by the gate.

    Attributes:
        nonce: the asker's, so that the time is fresh.
        server_time: seconds since the epoch.
        certificate: the collector's CA certificate, DER.
        roots: signed roots, oldest first.
    """

    nonce: bytes
    server_time: int
    certificate: bytes
    roots: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Enrol:
    """A machine asks to become a device; signed by its new key.

    Attributes:
        tenant: from the token.
        secret: from the token, one use.
        public: the device's signing key.
        sealing: the device's own sealing key, for its pseudonym keys.
        agent: the agent's version.
        system: the operating system's name and version.
        time: the device's clock, seconds since the epoch.
        nonce: fresh.
    """

    tenant: bytes
    secret: bytes
    public: bytes
    sealing: bytes
    agent: str
    system: str
    time: int
    nonce: bytes


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The gate's answer to Enrol; signed by the gate."""

    nonce: bytes
    server_time: int
    tenant: bytes
    device: bytes
    bundle: bytes


@dataclass(frozen=True, slots=True)
class Poll:
    """A device's heartbeat and question; signed by the device.

    Attributes:
        bundle: digest of the bundle it holds, zeros for none.
        pseudonyms: digest of the pseudonym message it holds, zeros for none.
        incarnation: of its spool.
        sequence: last sequence number it has used.
        marked: last sequence number that a mark covers.
        resync: when the newest resync was issued that it has taken; 0 for none.
        accepted: records that its spool has accepted in this incarnation, through
            `sequence`.
        queue: how its queue does.
        doing: how the orders stand that it has heard of.
        wait: seconds for which the answer may be kept back while nothing is new.
    """

    tenant: bytes
    device: bytes
    time: int
    nonce: bytes
    agent: str
    system: str
    bundle: bytes
    pseudonyms: bytes
    incarnation: bytes
    sequence: int
    marked: int
    resync: int
    accepted: int
    queue: QueueState
    doing: tuple[Doing, ...] = ()
    wait: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """The gate's answer to a Poll; signed by the gate; unchanged parts are absent.

    Attributes:
        resyncs: those issued after the one that the poll names, oldest first.
        anchor: of the collector's ledger (`wire/anchored.py`), for the device's own.
        orders: sealed to the device (`wire/orders.py`), oldest first.
        revocations: the newest list of what was taken back (`wire/revocations.py`).
    """

    nonce: bytes
    server_time: int
    bundle: bytes | None
    pseudonyms: bytes | None
    mark: bytes | None
    resyncs: tuple[bytes, ...] = ()
    anchor: bytes | None = None
    orders: tuple[bytes, ...] = ()
    revocations: bytes | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """Names the envelopes of one shipment; signed by the device, once for all.

    Attributes:
        digests: SHA-256 of each envelope, in the order they follow.
    """

    tenant: bytes
    device: bytes
    incarnation: bytes
    time: int
    nonce: bytes
    digests: tuple[bytes, ...]


class Fate(Enum):
    """What the gate did with an envelope."""

    STORED = 0
    """Committed to stable storage now."""
    DUPLICATE = 1
    """Was there already, with the same digest."""
    REFUSED = 2
    """Will never be taken; the reason says why."""
    RETRY = 3
    """Not taken now; the reason says why, and it is sent again."""


@dataclass(frozen=True, slots=True)
class Result:
    """Fate of one envelope; the reason is a slug, for REFUSED and RETRY only."""

    fate: Fate
    reason: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """The gate's answer to a shipment; signed by the gate, after the commit.

    Attributes:
        manifest: SHA-256 of the manifest's payload.
        results: one for each envelope, in order.
        mark: the newest mark of this incarnation, if there is one.
    """

    tenant: bytes
    device: bytes
    manifest: bytes
    server_time: int
    results: tuple[Result, ...]
    mark: bytes | None


@dataclass(frozen=True, slots=True)
class Mark:
    """Everything up to here is in the store; signed by the store side.

    Attributes:
        sequence: the highest number below which nothing is missing.
        digest: digest of the envelope with that number.
    """

    tenant: bytes
    device: bytes
    incarnation: bytes
    sequence: int
    digest: bytes
    server_time: int


@dataclass(frozen=True, slots=True)
class Resync:
    """Send the whole state of a snapshot again; signed by the store side.

    It asks for nothing that the plan does not send: it has the device forget which
    state it sent last.

    Attributes:
        incarnation: of the spool that is to forget.
        issued: seconds since the epoch; of one device no two are issued at once.
    """

    tenant: bytes
    device: bytes
    incarnation: bytes
    purpose: Purpose
    dataset: str
    issued: int


@dataclass(frozen=True, slots=True)
class Shipment:
    """One POST: the signed manifest and the envelopes it names."""

    manifest: bytes
    envelopes: tuple[bytes, ...]


INTRODUCTION = Message(
    "introduction",
    Introduction,
    (
        Field(1, "nonce", fixed(NONCE_BYTES)),
        Field(2, "server_time", Uint()),
        Field(3, "certificate", Octets(1, 8 * limits.KIB)),
        Field(4, "roots", ListOf(_NESTED, 64, 1)),
    ),
)
ENROL = Message(
    "enrol",
    Enrol,
    (
        Field(1, "tenant", _ID),
        Field(2, "secret", _ID),
        Field(3, "public", fixed(32)),
        Field(4, "sealing", fixed(1216)),
        Field(5, "agent", _TEXT),
        Field(6, "system", _TEXT),
        Field(7, "time", Uint()),
        Field(8, "nonce", fixed(NONCE_BYTES)),
    ),
)
ENROLLED = Message(
    "enrolled",
    Enrolled,
    (
        Field(1, "nonce", fixed(NONCE_BYTES)),
        Field(2, "server_time", Uint()),
        Field(3, "tenant", _ID),
        Field(4, "device", _ID),
        Field(5, "bundle", _NESTED),
    ),
)
POLL = Message(
    "poll",
    Poll,
    (
        Field(1, "tenant", _ID),
        Field(2, "device", _ID),
        Field(3, "time", Uint()),
        Field(4, "nonce", fixed(NONCE_BYTES)),
        Field(5, "agent", _TEXT),
        Field(6, "system", _TEXT),
        Field(7, "bundle", _DIGEST),
        Field(8, "pseudonyms", _DIGEST),
        Field(9, "incarnation", _ID),
        Field(10, "sequence", Uint()),
        Field(11, "marked", Uint()),
        Field(12, "resync", Uint()),
        Field(13, "accepted", Uint()),
        Field(14, "queue", QUEUE_STATE),
        Field(15, "doing", ListOf(DOING, limits.DOING)),
        Field(16, "wait", Uint(limits.POLL_WAIT_SECONDS)),
    ),
)
ANSWER = Message(
    "answer",
    Answer,
    (
        Field(1, "nonce", fixed(NONCE_BYTES)),
        Field(2, "server_time", Uint()),
        Field(3, "bundle", _NESTED, optional=True),
        Field(4, "pseudonyms", _NESTED, optional=True),
        Field(5, "mark", _NESTED, optional=True),
        Field(6, "resyncs", ListOf(Octets(1, limits.RESYNC_BYTES), limits.RESYNCS)),
        Field(7, "anchor", Octets(1, limits.ANCHOR_BYTES), optional=True),
        Field(8, "orders", ListOf(Octets(1, limits.SEALED_ORDER_BYTES), limits.ORDERS)),
        Field(9, "revocations", Octets(1, limits.REVOCATIONS_BYTES), optional=True),
    ),
)
MANIFEST = Message(
    "manifest",
    Manifest,
    (
        Field(1, "tenant", _ID),
        Field(2, "device", _ID),
        Field(3, "incarnation", _ID),
        Field(4, "time", Uint()),
        Field(5, "nonce", fixed(NONCE_BYTES)),
        Field(6, "digests", ListOf(_DIGEST, limits.SHIPMENT_ENVELOPES, 1)),
    ),
)
RESULT = Message(
    "result",
    Result,
    (Field(1, "fate", Choice(Fate)), Field(2, "reason", Text(limits.NAME_CHARS))),
)
RECEIPT = Message(
    "receipt",
    Receipt,
    (
        Field(1, "tenant", _ID),
        Field(2, "device", _ID),
        Field(3, "manifest", _DIGEST),
        Field(4, "server_time", Uint()),
        Field(5, "results", ListOf(RESULT, limits.SHIPMENT_ENVELOPES, 1)),
        Field(6, "mark", _NESTED, optional=True),
    ),
)
MARK = Message(
    "mark",
    Mark,
    (
        Field(1, "tenant", _ID),
        Field(2, "device", _ID),
        Field(3, "incarnation", _ID),
        Field(4, "sequence", Uint(minimum=1)),
        Field(5, "digest", _DIGEST),
        Field(6, "server_time", Uint()),
    ),
)
RESYNC = Message(
    "resync",
    Resync,
    (
        Field(1, "tenant", _ID),
        Field(2, "device", _ID),
        Field(3, "incarnation", _ID),
        Field(4, "purpose", Choice(Purpose)),
        Field(5, "dataset", Text(limits.NAME_CHARS, 1)),
        Field(6, "issued", Uint(minimum=1)),
    ),
)
SHIPMENT = Message(
    "shipment",
    Shipment,
    (
        Field(1, "manifest", Octets(1, limits.MANIFEST_BYTES)),
        Field(
            2,
            "envelopes",
            ListOf(Octets(1, limits.SHIPMENT_BYTES), limits.SHIPMENT_ENVELOPES, 1),
        ),
    ),
)

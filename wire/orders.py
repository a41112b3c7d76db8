# SPDX-License-Identifier: Apache-2.0
"""A diagnostic asked of one device: the request, the order, and its seal.

Rules: a request has one encoding, and its digest is what technicians sign: so what was
shown in words is what runs; all texts are printable, so that what is shown hides
nothing; an order travels sealed to its device, and the gate reads none of it; nobody
obeys an order for the way it came, its proofs alone count.
Not here: who may sign (`wire/technicians.py`), whether they did (`wire/proofs.py`),
whether a device obeys (`agent/orders`), what exists to ask (`wire/diagnostics.py`).
"""

import hashlib
import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from wire import limits
from wire.codec import Choice, Field, ListOf, Message, Octets, Text, Uint, fixed
from wire.crypto.sealing import seal
from wire.crypto.signing import IDENTITY_BYTES, SIGNATURE_BYTES
from wire.doing import ORDER_ID_BYTES
from wire.errors import SchemaError
from wire.frame import frame, unframe
from wire.purposes import Purpose

_LABEL = b"discreet/1/order\x00"
_SEAL = b"discreet/1/order-seal\x00"


@dataclass(frozen=True, slots=True)
class Given:
    """One parameter, as it was asked: its name and its value as text."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked, of which device, why, by whom, and until when.

    Attributes:
        tenant: 16 bytes.
        device: 16 bytes.
        incarnation: of the device's spool: a new one makes all older requests void.
        id: 16 random bytes.
        diagnostic: its name in the catalogue.
        parameters: sorted by name; those left out have their defaults.
        purpose: support, the only one that there is for diagnostics.
        ticket: the case it belongs to.
        reason: in a person's words.
        asked_by: the name of the technician who asks.
        issued: seconds since the epoch.
        expires: the last second in which it may begin.
        seconds: for how long it may run.
        rows: how many rows may come back.
        octets: how many bytes it may take from its sources.
    """

    tenant: bytes
    device: bytes
    incarnation: bytes
    id: bytes
    diagnostic: str
    parameters: tuple[Given, ...]
    purpose: Purpose
    ticket: str
    reason: str
    asked_by: str
    issued: int
    expires: int
    seconds: int
    rows: int
    octets: int


@dataclass(frozen=True, slots=True)
class Proof:
    """One technician's signature under a request.

    Attributes:
        signer: identity of the technician's key.
        signature: by a key file 64 bytes over label and digest; by a passkey over
            authenticator data and the client data's digest.
        authenticator: of a passkey, its authenticator data; else None.
        client: of a passkey, the client data as the browser wrote it; else None.
    """

    signer: bytes
    signature: bytes
    authenticator: bytes | None = None
    client: bytes | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """A request with the proofs of who asks and, where it must be, who approves.

    Attributes:
        request: the encoded request, as it was signed.
        proofs: one or two, in ascending order of signer.
        key: the signed key of the ticket (`wire/ticket_key.py`), which the collector
            puts beside what was signed; no device obeys an order without it.
    """

    request: bytes
    proofs: tuple[Proof, ...]
    key: bytes | None = None


_ID = fixed(ORDER_ID_BYTES)
_NAME = Text(limits.NAME_CHARS, 1)
_COUNT = Uint(minimum=1)
GIVEN = Message(
    "given",
    Given,
    (Field(1, "name", _NAME), Field(2, "value", Text(limits.PARAMETER_CHARS))),
)
REQUEST = Message(
    "request",
    Request,
    (
        Field(1, "tenant", fixed(16)),
        Field(2, "device", fixed(16)),
        Field(3, "incarnation", fixed(16)),
        Field(4, "id", _ID),
        Field(5, "diagnostic", _NAME),
        Field(6, "parameters", ListOf(GIVEN, limits.PARAMETERS)),
        Field(7, "purpose", Choice(Purpose)),
        Field(8, "ticket", _NAME),
        Field(9, "reason", Text(limits.TEXT_CHARS, 1)),
        Field(10, "asked_by", _NAME),
        Field(11, "issued", _COUNT),
        Field(12, "expires", _COUNT),
        Field(13, "seconds", _COUNT),
        Field(14, "rows", _COUNT),
        Field(15, "octets", _COUNT),
    ),
)
PROOF = Message(
    "proof-of-order",
    Proof,
    (
        Field(1, "signer", fixed(IDENTITY_BYTES)),
        Field(2, "signature", Octets(8, limits.EC_SIGNATURE_BYTES)),
        Field(3, "authenticator", fixed(limits.AUTHENTICATOR_BYTES), optional=True),
        Field(4, "client", Octets(1, limits.CLIENT_DATA_BYTES), optional=True),
    ),
)
ORDER = Message(
    "order",
    Order,
    (
        Field(1, "request", Octets(1, limits.REQUEST_BYTES)),
        Field(2, "proofs", ListOf(PROOF, limits.PROOFS, 1)),
        Field(3, "key", Octets(1, limits.TICKET_KEY_BYTES), optional=True),
    ),
)


class Opener(Protocol):
    """What opens what was sealed to a device: its own opening key."""

    def open(self, sealed: bytes, info: bytes) -> bytes:
        """Return what was sealed under `info`; raises OpenError."""


def challenge(request: bytes) -> bytes:
    """Return the 32 bytes that technicians sign.

    Args:
        request: the encoded request.
    """
    return hashlib.sha256(_LABEL + request).digest()


def write_request(request: Request) -> bytes:
    """Return the one encoding of a request.

    Raises:
        SchemaError: no receiver would take it.
    """
    octets = REQUEST.encode(request)
    read_request(octets)
    return octets


def read_request(octets: bytes) -> Request:
    """Return the request that these bytes are; nothing in it is trusted yet.

    Raises:
        DecodeError: they are none, its parameters are not in order, or a text has what
            cannot be shown.
        LimitError: too large.
    """
    request = REQUEST.decode(octets, limits.REQUEST_BYTES)
    names = [given.name for given in request.parameters]
    if any(a.encode() >= b.encode() for a, b in itertools.pairwise(names)):
        msg = "request.parameters: not sorted by name, or one stands twice"
        raise SchemaError(msg)
    texts = (request.diagnostic, request.ticket, request.reason, request.asked_by)
    values = (given.value for given in request.parameters)
    if not all(map(str.isprintable, (*texts, *names, *values))):
        msg = "request: a text has a character that cannot be shown"
        raise SchemaError(msg)
    if any(text.isspace() for text in texts):
        msg = "request: a name, ticket or reason is blank"
        raise SchemaError(msg)
    return request


def write_order(
    request: bytes, proofs: Iterable[Proof], key: bytes | None = None
) -> bytes:
    """Return the encoded order of a request and its proofs, in their order.

    Args:
        request: encoded.
        proofs: of who signed it.
        key: the signed key of its ticket; None before the collector sends it.

    Raises:
        SchemaError: no receiver would take it.
    """
    ordered = tuple(sorted(proofs, key=lambda proof: proof.signer))
    octets = ORDER.encode(Order(request, ordered, key))
    read_order(octets)
    return octets


def read_order(octets: bytes) -> tuple[Order, Request]:
    """Return an order and its request; no proof is looked at.

    Raises:
        DecodeError: it is none, or its proofs are not in order or not whole.
        LimitError: too large.
    """
    order = ORDER.decode(octets, limits.ORDER_BYTES)
    signers = [proof.signer for proof in order.proofs]
    if any(a >= b for a, b in itertools.pairwise(signers)):
        msg = "order.proofs: not sorted by signer, or one stands twice"
        raise SchemaError(msg)
    for proof in order.proofs:
        _check_whole(proof)
    return order, read_request(order.request)


def _check_whole(proof: Proof) -> None:
    """Require that a proof has both parts of an assertion, or is a plain signature."""
    if (proof.authenticator is None) != (proof.client is None):
        msg = "order.proofs: an assertion has authenticator data and client data"
        raise SchemaError(msg)
    if proof.client is None and len(proof.signature) != SIGNATURE_BYTES:
        msg = f"order.proofs: a key file's signature has {SIGNATURE_BYTES} bytes"
        raise SchemaError(msg)


def seal_order(order: bytes, public: bytes, tenant: bytes, device: bytes) -> bytes:
    """Seal an encoded order to its device.

    Args:
        order: the encoded order.
        public: the device's own sealing key, 1216 bytes.
        tenant: 16 bytes.
        device: 16 bytes.

    Raises:
        SchemaError: the key is malformed.
    """
    return seal(frame(order), public, _info(tenant, device))


def open_order(sealed: bytes, key: Opener, tenant: bytes, device: bytes) -> bytes:
    """Return the encoded order that was sealed to a device.

    Raises:
        WireError: it does not open, or is no whole frame.
    """
    return unframe(key.open(sealed, _info(tenant, device)))


def _info(tenant: bytes, device: bytes) -> bytes:
    return _SEAL + tenant + device

# SPDX-License-Identifier: Apache-2.0
"""Devices that speak to a gate without an agent, many from one process.

Rules: keys, messages and TLS are real; each request is a new connection, as an agent's
is, unless it is told to keep one.
Not here: what is measured (`flood.py`), the hostile one's ways (`flood_hostile.py`).
"""

import asyncio
import hashlib
import secrets
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from server.store.interface import Device, DeviceState, Store
from wire import envelope, limits, messages, signed
from wire.crypto.sealing import SUITE_NONE, SUITE_XWING
from wire.crypto.signing import SigningKey, identity
from wire.envelope import NO_KEY, NO_PREVIOUS, EnvelopeKind, Gap, Header
from wire.limits import MIB
from wire.purposes import Purpose
from wire.queue_state import QUIET
from wire.signed import SignedKind
from wire.token import secret_digest

HOST = "127.0.0.1"
_HEAD_END = b"\r\n\r\n"
_SEALING_BYTES = 1_216
_JUNK = secrets.token_bytes(MIB)


@dataclass
class Speaker:
    """An enrolled device: its key, its chain and the digest of its bundle."""

    tenant: bytes
    key: SigningKey
    bundle: bytes = bytes(32)
    incarnation: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    sequence: int = 0
    previous: bytes = NO_PREVIOUS
    _last: Sequence[bytes] = ()

    @property
    def device(self) -> bytes:
        """Return its identity."""
        return identity(self.key.public)

    def poll(self) -> bytes:
        """Return a signed poll."""
        return self._signed(self._asks())

    def waits(self, wait: int = limits.POLL_WAIT_SECONDS) -> bytes:
        """Return a signed poll whose answer may be kept back, and holds the bundle."""
        return self._signed(replace(self._asks(), bundle=self.bundle, wait=wait))

    def _asks(self) -> messages.Poll:
        return messages.Poll(
            self.tenant,
            self.device,
            int(time.time()),
            secrets.token_bytes(16),
            "0.1.0",
            "Linux",
            bytes(32),
            bytes(32),
            self.incarnation,
            self.sequence,
            0,
            0,
            0,
            QUIET,
        )

    def _signed(self, asked: messages.Poll) -> bytes:
        return signed.sign(SignedKind.POLL, messages.POLL.encode(asked), [self.key])

    def gap(self) -> bytes:
        """Return a shipment of the next link of its chain, a gap record."""
        header = self._header(EnvelopeKind.GAP)
        octets = envelope.announce(header, self.key)
        self.sequence, self.previous = header.sequence, envelope.digest(octets)
        return self.ship([octets])

    def large(self) -> bytes:
        """Return a shipment of 3 MiB; only a reader could tell that it is junk."""
        return self.sealed(3, MIB)

    def sealed(self, count: int, octets: int) -> bytes:
        """Return a shipment of so many envelopes of so many octets of junk."""
        sealed = []
        for _ in range(count):
            header = self._header(EnvelopeKind.DATA)
            junk = _JUNK[: octets - 8] + self.sequence.to_bytes(8, "big")
            parts = envelope.Envelope(envelope.HEADER.encode(header), junk, bytes(64))
            sealed.append(envelope.ENVELOPE.encode(parts))
            self.sequence, self.previous = (
                header.sequence,
                envelope.digest(sealed[-1]),
            )
        return self.ship(sealed)

    def again(self) -> bytes:
        """Return the last shipment again, under a manifest of this moment."""
        return self.ship(self._last)

    def ship(self, envelopes: Sequence[bytes]) -> bytes:
        """Return a signed shipment."""
        self._last = envelopes
        manifest = messages.Manifest(
            self.tenant,
            self.device,
            self.incarnation,
            int(time.time()),
            secrets.token_bytes(16),
            tuple(hashlib.sha256(item).digest() for item in envelopes),
        )
        payload = messages.MANIFEST.encode(manifest)
        message = signed.sign(SignedKind.SHIPMENT, payload, [self.key])
        return messages.SHIPMENT.encode(messages.Shipment(message, tuple(envelopes)))

    def _header(self, kind: EnvelopeKind) -> Header:
        now = int(time.time())
        gap = kind is EnvelopeKind.GAP
        return Header(
            envelope.VERSION,
            kind,
            SUITE_NONE if gap else SUITE_XWING,
            self.tenant,
            self.device,
            Purpose.SECURITY,
            "standard",
            NO_KEY if gap else bytes([1] * 16),
            bytes(32),
            self.incarnation,
            self.sequence + 1,
            self.previous,
            now,
            0,
            now - now % envelope.BUCKET_SECONDS,
            Gap(None, now - 60, now, "spool-corrupt") if gap else None,
        )


def enrol(store: Store, tenant: bytes, count: int) -> list[Speaker]:
    """Make machines devices of a store."""
    secret, now = secrets.token_bytes(16), int(time.time())
    store.add_token(tenant, secret_digest(secret), now + 600, count)
    held = hashlib.sha256(store.bundle(tenant) or b"").digest()
    speakers = [Speaker(tenant, SigningKey.generate(), held) for _ in range(count)]
    for speaker in speakers:
        device = Device(
            tenant,
            speaker.device,
            speaker.key.public,
            bytes(_SEALING_BYTES),
            DeviceState.ACTIVE,
            now,
            now,
            "0.1.0",
            "Linux",
            "",
        )
        store.enrol(device, secret_digest(secret), now)
    return speakers


@dataclass(frozen=True)
class Way:
    """How to reach a gate: its port, whom to trust, and the address to come from."""

    port: int
    context: ssl.SSLContext
    address: str

    def known(self) -> "Way":
        """Return the same for one device, which shows the gate its admissions."""
        context = Known(ssl.PROTOCOL_TLS_CLIENT)
        for authority in self.context.get_ca_certs(binary_form=True):
            context.load_verify_locations(cadata=authority)
        return replace(self, context=context)

    async def open(self) -> "Line":
        """Connect, with a handshake."""
        reader, writer = await asyncio.open_connection(
            HOST,
            self.port,
            ssl=self.context,
            server_hostname=HOST,
            local_addr=(self.address, 0),
        )
        return Line(reader, writer)

    async def ask(self, path: str, body: bytes) -> int:
        """Send one request on a connection of its own; return the answer's status."""
        return (await self.told(path, body))[0]

    async def told(self, path: str, body: bytes) -> tuple[int, int]:
        """Do the same; return also for how many seconds it says to stay away."""
        line = await self.open()
        try:
            told = await line.told(path, body)
            if isinstance(self.context, Known):
                self.context.keep(line)
            return told
        finally:
            line.close()


class Known(ssl.SSLContext):
    """TLS of one device, whose next connection shows what the last one got, once.

    As an agent does (`agent/delivery/admission.py`); asyncio has no other place for it.
    """

    _kept: ssl.SSLSession | None = None

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,  # noqa: FBT001, FBT002 - as the library has it
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        """Begin a connection with the admission of the last one."""
        session, self._kept = self._kept, None
        return super().wrap_bio(
            incoming, outgoing, server_side, server_hostname, session
        )

    def keep(self, line: "Line") -> None:
        """Keep what a connection brought for the next one."""
        self._kept = line.writer.get_extra_info("ssl_object").session


@dataclass(frozen=True)
class Line:
    """A connection that is kept."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ask(self, path: str, body: bytes) -> int:
        """Send one request; return the answer's status."""
        return (await self.told(path, body))[0]

    async def told(self, path: str, body: bytes) -> tuple[int, int]:
        """Send one request; return the answer's status and its Retry-After, or 0."""
        self.writer.write(request(path, body))
        head = (await self.reader.readuntil(_HEAD_END)).lower()
        await self.reader.readexactly(_number(head, b"content-length: "))
        return int(head.split(b" ", 2)[1]), _number(head, b"retry-after: ")

    def close(self) -> None:
        """Hang up without waiting."""
        self.writer.transport.abort()


def _number(head: bytes, name: bytes) -> int:
    """Return the number of a header field; 0 where it is not there."""
    return int(head.partition(name)[2].partition(b"\r\n")[0] or 0)


def request(path: str, body: bytes) -> bytes:
    """Return a request's bytes; one without a body asks by GET."""
    method = "POST" if body else "GET"
    head = f"{method} {path} HTTP/1.1\r\nHost: c\r\n"
    if body:
        head += f"Content-Type: application/cbor\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


def pinned(authority: Path) -> ssl.SSLContext:
    """Return TLS that trusts a collector's CA alone.

    Args:
        authority: its certificate's file, DER.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    pem = ssl.DER_cert_to_PEM_cert(authority.read_bytes())
    context.load_verify_locations(cadata=pem)
    return context

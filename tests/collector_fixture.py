# SPDX-License-Identifier: Apache-2.0
"""A collector that can lie: it signs whatever a test wants, over real TLS.

Rules: honest unless a test names a lie: fields of an answer, or another key for it.
Not here: the real gate (`installation_fixture.py` runs it).
"""

import contextlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from installation_fixture import Installation
from tls_fixture import Listening, Reply, tls_server

from agent import enrolment
from agent.delivery.polling import About
from agent.device import Device
from agent.spool.change import Filed, SpoolClass
from agent.spool.spool import open_spool
from agent.state import State
from wire import envelope, messages, signed
from wire.crypto.certificates import Credential, make_server
from wire.crypto.sealing import SUITE_NONE
from wire.crypto.signing import SigningKey, identity
from wire.envelope import NO_KEY, EnvelopeKind, Gap, Header
from wire.purposes import Purpose
from wire.signed import SignedKind
from wire.token import format_token
from wire.trust import BUNDLE


def problem(slug: str, status: int, retry_after: int | None = None) -> Reply:
    """Return a problem document."""
    body = {"type": f"urn:discreet:problem:{slug}", "server_time": int(time.time())}
    headers = (("Retry-After", str(retry_after)),) if retry_after else ()
    return Reply(json.dumps(body).encode(), status, "application/problem+json", headers)


@dataclass
class Collector:
    """What it holds, how far its clock is off, and its lies.

    Attributes:
        installation: keys, root and bundle.
        drift: seconds that its clock is ahead of this machine's.
        lies: kind -> fields of the answer that are not true.
        keys: kind -> another key that signs it.
        refusals: path -> answers given first, in order.
        tls: another certificate to show.
        envelopes: what was shipped and committed, in order.
        offer: parts of the next poll's answer.
        heard: payloads of the device's messages, in order.
    """

    installation: Installation
    drift: int = 0
    lies: dict[SignedKind, dict[str, Any]] = field(default_factory=dict)
    keys: dict[SignedKind, SigningKey] = field(default_factory=dict)
    refusals: dict[str, list[Reply]] = field(default_factory=dict)
    tls: Credential | None = None
    envelopes: list[bytes] = field(default_factory=list)
    offer: dict[str, Any] = field(default_factory=dict)
    heard: list[Any] = field(default_factory=list)

    def now(self) -> int:
        """Return what its clock says."""
        return int(time.time()) + self.drift

    def answer(self, path: str, body: bytes) -> Reply:
        """Answer a request, honestly but for the lies."""
        waiting = self.refusals.get(path, [])
        if waiting:
            return waiting.pop(0)
        does = {
            "/v1/introduce": self._introduce,
            "/v1/enrol": self._enrol,
            "/v1/poll": self._poll,
            "/v1/shipments": self._ship,
        }
        return Reply(does[path](body))

    def mark(self, holder: Device, **lies: object) -> bytes:
        """Return a mark for a device that covers all that was committed."""
        mark = messages.Mark(
            self.installation.tenant,
            holder.who.device,
            holder.spool.incarnation(),
            len(self.envelopes),
            envelope.digest(self.envelopes[-1]),
            self.now(),
        )
        key = self.keys.get(SignedKind.MARK, self.installation.roles.store)
        payload = messages.MARK.encode(replace(mark, **lies))
        return signed.sign(SignedKind.MARK, payload, [key])

    def resync(self, holder: Device, **lies: object) -> bytes:
        """Return a resync of a device's software for security, by the store."""
        resync = messages.Resync(
            self.installation.tenant,
            holder.who.device,
            holder.spool.incarnation(),
            Purpose.SECURITY,
            "software",
            self.now(),
        )
        key = self.keys.get(SignedKind.RESYNC, self.installation.roles.store)
        payload = messages.RESYNC.encode(replace(resync, **lies))
        return signed.sign(SignedKind.RESYNC, payload, [key])

    def _say(self, kind: SignedKind, message: Any, value: Any) -> bytes:  # noqa: ANN401 - any message of the wire
        key = self.keys.get(kind, self.installation.roles.gate)
        value = replace(value, **self.lies.get(kind, {}))
        return signed.sign(kind, message.encode(value), [key])

    def _introduce(self, nonce: bytes) -> bytes:
        held = self.installation
        return self._say(
            SignedKind.INTRODUCTION,
            messages.INTRODUCTION,
            messages.Introduction(
                nonce,
                self.now(),
                held.authority.certificate,
                BUNDLE.decode(held.bundle).roots,
            ),
        )

    def _enrol(self, body: bytes) -> bytes:
        asked = messages.ENROL.decode(signed.read(body, SignedKind.ENROL).payload)
        self.heard.append(asked)
        return self._say(
            SignedKind.ENROLLED,
            messages.ENROLLED,
            messages.Enrolled(
                asked.nonce,
                self.now(),
                asked.tenant,
                identity(asked.public),
                self.installation.bundle,
            ),
        )

    def _poll(self, body: bytes) -> bytes:
        asked = messages.POLL.decode(signed.read(body, SignedKind.POLL).payload)
        self.heard.append(asked)
        parts: dict[str, Any] = {"bundle": None, "pseudonyms": None, "mark": None}
        parts |= {"resyncs": ()} | self.offer
        answer = messages.Answer(nonce=asked.nonce, server_time=self.now(), **parts)
        return self._say(SignedKind.ANSWER, messages.ANSWER, answer)

    def _ship(self, body: bytes) -> bytes:
        shipment = messages.SHIPMENT.decode(body, 2**22)
        message = signed.read(shipment.manifest, SignedKind.SHIPMENT)
        asked = messages.MANIFEST.decode(message.payload)
        self.heard.append(asked)
        results = []
        for item in shipment.envelopes:
            there = item in self.envelopes
            fate = messages.Fate.DUPLICATE if there else messages.Fate.STORED
            results.append(messages.Result(fate, ""))
            if not there:
                self.envelopes.append(item)
        return self._say(
            SignedKind.RECEIPT,
            messages.RECEIPT,
            messages.Receipt(
                asked.tenant,
                asked.device,
                signed.digest(message.payload),
                self.now(),
                tuple(results),
                None,
            ),
        )


@contextlib.contextmanager
def listening(collector: Collector, directory: Path) -> Iterator[Listening]:
    """Run a collector on a port of this machine."""
    credential = collector.tls or make_server(
        collector.installation.authority, ["127.0.0.1"], int(time.time())
    )
    with tls_server(directory, credential, collector.answer) as server:
        yield server


def enrolled_device(
    installation: Installation, server: Listening, directory: Path
) -> Device:
    """Return a device that has enrolled with a collector, its spool open."""
    state = State(directory)
    token = format_token(installation.token(server.url))
    who = enrolment.enrol(state, token, About("0.1.0", "Debian 12"))
    return Device(state, who, open_spool(state.spool, int(time.time())))


def fill(device: Device, count: int) -> None:
    """Queue envelopes: gap records, which need no purpose key."""
    now = int(time.time())
    for _ in range(count):
        with device.spool.transaction() as change:
            place = change.place()
            header = Header(
                version=envelope.VERSION,
                kind=EnvelopeKind.GAP,
                suite=SUITE_NONE,
                tenant=device.who.tenant,
                device=device.who.device,
                purpose=Purpose.SECURITY,
                retention="standard",
                key_id=NO_KEY,
                policy=bytes(32),
                incarnation=place.incarnation,
                sequence=place.sequence,
                previous=place.previous,
                created=now,
                records=0,
                bucket=now - now % envelope.BUCKET_SECONDS,
                gap=Gap(1, now, now, "spool-full"),
            )
            octets = envelope.announce(header, device.who.signing)
            filed = Filed(
                Purpose.SECURITY, "standard", SpoolClass.CONTROL, 0, now, now, now
            )
            change.put(place, octets, filed)

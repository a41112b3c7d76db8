# SPDX-License-Identifier: Apache-2.0
"""The gate as a process: real TLS, real sockets, a real store.

Rules: each test talks to the process as an agent or an attacker would.
Not here: decisions without a socket (`tests/unit/server/test_gate_protocol.py`).
"""

import contextlib
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from installation_fixture import (
    CBOR,
    YEAR,
    Installation,
    RunningGate,
    pinned,
)
from stranger_fixture import Stranger, enrolled, payload, ship

from server.gate.bounds import HEAD_BYTES
from server.gate.openapi import OPERATIONS, document
from server.problems import MEDIA_TYPE
from server.store.interface import DeviceState
from wire import limits, messages
from wire.crypto.certificates import make_authority
from wire.messages import Fate, Result
from wire.purposes import Purpose
from wire.signed import SignedKind
from wire.trust import check_bundle

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
STORED, DUPLICATE = Result(Fate.STORED, ""), Result(Fate.DUPLICATE, "")


def test_a_machine_becomes_a_device_and_ships(
    made: Installation, gate: RunningGate
) -> None:
    """From token to stored envelope, over the wire, as an agent does it."""
    token = made.token(f"https://127.0.0.1:{gate.port}")
    stranger = Stranger(token.tenant)
    reply = gate.ask("POST", "/v1/introduce", b"n" * 16)
    told = messages.INTRODUCTION.decode(payload(made, reply, SignedKind.INTRODUCTION))
    assert told.nonce == b"n" * 16
    reply = gate.ask("POST", "/v1/enrol", stranger.enrol(token.secret))
    answer = messages.ENROLLED.decode(payload(made, reply, SignedKind.ENROLLED))
    trusted = check_bundle(answer.bundle, made.root, None, stranger.now())
    assert trusted.policy.policy.name == "standard"
    reply = gate.ask("POST", "/v1/poll", stranger.poll(answer.bundle))
    heard = messages.ANSWER.decode(payload(made, reply, SignedKind.ANSWER))
    assert heard.bundle is None
    sent = [stranger.seal(made.key(Purpose.SECURITY)) for _ in range(10)]
    assert ship(made, gate, stranger, sent).results == (STORED,) * 10
    assert ship(made, gate, stranger, sent).results == (DUPLICATE,) * 10
    stored = made.store.envelopes(made.tenant, device=stranger.device)
    assert [item.octets for item in stored] == sent


def test_refusals_are_problem_documents(made: Installation, gate: RunningGate) -> None:
    """Each class of refusal has its slug, its status and the server's time."""
    device, secret = enrolled(made), made.token("https://c").secret
    poll = device.poll()
    assert gate.ask("POST", "/v1/poll", poll).status == 200
    gone, cloned, late = enrolled(made), enrolled(made), enrolled(made)
    made.store.set_state(gone.tenant, gone.device, DeviceState.REVOKED)
    made.store.set_state(cloned.tenant, cloned.device, DeviceState.QUARANTINED)
    late.drift = YEAR
    expired = made.token("https://c", lifetime=-1).secret
    gate.ask("POST", "/v1/enrol", Stranger(made.tenant).enrol(secret))
    stranger = Stranger(made.tenant)
    foreign = device.sign(SignedKind.POLL, messages.POLL.encode(enrolled(made).asks()))
    forged = poll[:-1] + bytes([poll[-1] ^ 1])
    for expected, path, body in (
        ((409, "replay"), "poll", poll),
        ((403, "revoked"), "poll", gone.poll()),
        ((403, "quarantined"), "shipments", cloned.ship([cloned.gap()])),
        ((409, "clock-skew"), "shipments", late.ship([late.gap()])),
        ((401, "unknown-device"), "poll", stranger.poll()),
        ((403, "wrong-identity"), "poll", foreign),
        ((401, "bad-signature"), "poll", forged),
        ((401, "token-unknown"), "enrol", stranger.enrol(b"u" * 16)),
        ((401, "token-expired"), "enrol", stranger.enrol(expired)),
        ((401, "token-used"), "enrol", stranger.enrol(secret)),
        ((400, "malformed"), "poll", b"junk"),
        ((400, "malformed"), "introduce", b""),
    ):
        reply = gate.ask("POST", f"/v1/{path}", body)
        assert (reply.status, reply.slug) == expected
        assert reply.headers["content-type"] == MEDIA_TYPE
        told = json.loads(reply.body)
        assert told["status"] == reply.status
        assert abs(told["server_time"] - time.time()) < 5


def test_no_device_ships_for_another(made: Installation, gate: RunningGate) -> None:
    """Another device's envelopes are refused one by one and not stored."""
    device, other = enrolled(made), enrolled(made)
    receipt = ship(made, gate, device, [other.gap(), device.gap()])
    assert receipt.results == (Result(Fate.REFUSED, "wrong-identity"), STORED)
    assert list(made.store.envelopes(made.tenant, device=other.device)) == []


def test_a_fork_is_quarantined(made: Installation, gate: RunningGate) -> None:
    """Two machines with one spool: the second is refused, then both."""
    device = enrolled(made)
    clone = replace(device)
    ship(made, gate, device, [device.gap()])
    clone.drift = -60
    receipt = ship(made, gate, clone, [clone.gap()])
    assert receipt.results == (Result(Fate.REFUSED, "forked"),)
    assert gate.ask("POST", "/v1/poll", device.poll()).slug == "quarantined"


@pytest.mark.parametrize("path", ["introduce", "enrol", "poll", "shipments"])
def test_an_oversize_body_is_refused(gate: RunningGate, path: str) -> None:
    """A body over its address's bound is too large, stated or streamed."""
    limit = next(item.limit for item in OPERATIONS if item.path == f"/v1/{path}")
    head = f"POST /v1/{path} HTTP/1.1\r\nHost: c\r\nContent-Type: {CBOR}\r\n"
    stated = head + f"Content-Length: {limit + 1}\r\n\r\n"
    assert b"413" in _raw(gate, stated.encode())
    chunk = f"{limit + 1:x}\r\n".encode() + bytes(limit + 1) + b"\r\n0\r\n\r\n"
    streamed = (head + "Transfer-Encoding: chunked\r\n\r\n").encode() + chunk
    # of a shipment no more is read than its manifest, which zeros are not
    assert (b"400" if path == "shipments" else b"413") in _raw(gate, streamed)


def test_what_is_no_request_is_a_problem_too(gate: RunningGate) -> None:
    """Junk instead of HTTP is told the time, as a problem document."""
    with _connected(gate) as wire:
        wire.sendall(b"junk\r\n\r\n")
        told = b"".join(iter(lambda: wire.recv(4_096), b""))
    head, _, body = told.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert f"content-type: {MEDIA_TYPE}".encode() in head
    problem = json.loads(body)
    assert problem["type"] == "urn:discreet:problem:malformed"
    assert abs(problem["server_time"] - time.time()) < 5


def test_a_body_is_taken_whole_or_not_at_all(
    made: Installation, gate: RunningGate
) -> None:
    """A shipment that stops in the middle stores nothing; a longer one neither."""
    device = enrolled(made)
    octets = device.ship([device.gap()])
    head = (
        f"POST /v1/shipments HTTP/1.1\r\nHost: c\r\nContent-Type: {CBOR}\r\n"
        f"Content-Length: {len(octets)}\r\n\r\n"
    )
    with _connected(gate) as wire:
        wire.sendall(head.encode() + octets[:-1])
    for body in (octets[:-1], octets + b"\x00"):
        assert gate.ask("POST", "/v1/shipments", body).slug == "malformed"
    assert list(made.store.envelopes(made.tenant, device=device.device)) == []
    assert gate.ask("POST", "/v1/shipments", octets).status == 200


def test_other_types_are_refused(made: Installation, gate: RunningGate) -> None:
    """Only application/cbor is read, and never decompressed."""
    device = enrolled(made)
    reply = gate.ask("POST", "/v1/poll", device.poll(), "application/json")
    assert (reply.status, reply.slug) == (400, "malformed")
    body = device.poll()
    head = (
        f"POST /v1/poll HTTP/1.1\r\nHost: c\r\nContent-Type: {CBOR}\r\n"
        f"Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    assert b"400" in _raw(gate, head.encode() + body)


def test_addresses_and_methods_that_are_not_there(gate: RunningGate) -> None:
    """Unknown addresses and methods are problems too; 405 names the method."""
    assert (gate.ask("GET", "/").status, gate.ask("GET", "/").slug) == (
        404,
        "not-found",
    )
    reply = gate.ask("GET", "/v1/poll")
    assert (reply.status, reply.slug) == (405, "method-not-allowed")
    assert reply.headers["allow"] == "POST"
    assert gate.ask("POST", "/v1/poll/", b"").slug == "not-found"


def test_the_gate_describes_itself(gate: RunningGate) -> None:
    """Health and description are as documented, without a server's name."""
    health = gate.ask("GET", "/v1/health")
    told = json.loads(health.body)
    assert (health.status, told["status"]) == (200, "ok")
    assert abs(told["server_time"] - time.time()) < 5
    assert "server" not in health.headers
    assert gate.ask("GET", "/openapi.json").body == document()


def test_only_tls_13_of_the_collector(made: Installation, gate: RunningGate) -> None:
    """Older TLS and another CA end in the handshake."""
    old = pinned(made.authority)
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    foreign = pinned(make_authority("Other", int(time.time())))
    for context in (old, foreign):
        with pytest.raises(ssl.SSLError):
            replace(gate, context=context).ask("GET", "/v1/health")
    with _connected(gate) as wire:
        assert wire.version() == "TLSv1.3"


def test_a_head_without_end_is_cut_off(gate: RunningGate) -> None:
    """A request line or header that never ends does not fill the memory."""
    for start in (b"GET /", b"GET / HTTP/1.1\r\nX: "):
        with _connected(gate) as wire, pytest.raises(ConnectionError):
            _flood(wire, start)
    assert gate.ask("GET", "/v1/health").status == 200


def test_many_devices_at_once(made: Installation, gate: RunningGate) -> None:
    """Concurrent shipments are each answered for themselves; none is lost."""
    devices = [enrolled(made) for _ in range(16)]
    fates: list[Fate] = []

    def work(device: Stranger) -> None:
        for _ in range(5):
            receipt = ship(made, gate, device, [device.gap(), device.gap()])
            fates.extend(result.fate for result in receipt.results)

    threads = [threading.Thread(target=work, args=(item,)) for item in devices]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert fates == [Fate.STORED] * 160
    for device in devices:
        stored = made.store.envelopes(made.tenant, device=device.device)
        assert [item.sequence for item in stored] == list(range(1, 11))


def test_bounds_are_those_of_the_wire() -> None:
    """The shipments' bound is the one that agents know."""
    ships = next(item for item in OPERATIONS if item.name == "ship")
    assert ships.limit == limits.SHIPMENT_BYTES


@contextlib.contextmanager
def _connected(gate: RunningGate) -> Iterator[ssl.SSLSocket]:
    plain = socket.create_connection(("127.0.0.1", gate.port), timeout=30)
    with plain, gate.context.wrap_socket(plain, server_hostname="127.0.0.1") as wire:
        yield wire


def _raw(gate: RunningGate, octets: bytes) -> bytes:
    """Send bytes as they are and return the first line of the answer."""
    with _connected(gate) as wire:
        with contextlib.suppress(OSError):  # the gate may answer before the end
            wire.sendall(octets)
        return wire.recv(64).partition(b"\r\n")[0]


def _flood(wire: ssl.SSLSocket, start: bytes) -> None:
    """Send a head without end; raises ConnectionError when cut off."""
    try:
        wire.sendall(start)
        for _ in range(200):
            wire.sendall(b"a" * HEAD_BYTES)
        if wire.recv(1):
            return
    except ssl.SSLError as error:  # an end without TLS's farewell
        raise ConnectionError from error
    raise ConnectionError

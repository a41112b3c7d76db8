# SPDX-License-Identifier: Apache-2.0
"""Refused before the end: what an honest agent still hears, and what others may send.

Rules: a real gate; the agent's own transport.
Not here: which refusals there are (`test_gate.py`).
"""

import socket
import ssl

import pytest
from installation_fixture import CBOR, Installation, RunningGate
from stranger_fixture import enrolled

from agent.delivery.transport import Session
from agent.errors import Problem
from server.gate.bounds import DEVICE_REQUESTS_SAVED, LINGER_BYTES, RETRY_SECONDS
from wire.limits import MIB

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def test_an_agent_hears_why_a_large_shipment_is_refused(
    made: Installation, gate: RunningGate
) -> None:
    """Whoever is refused by its manifest is told when to come again, and not cut off.

    The agent sends all of a shipment before it reads; the gate reads a manifest.
    """
    device = enrolled(made)
    url = f"https://127.0.0.1:{gate.port}"
    session = Session(url, (made.authority.certificate,))
    for _ in range(int(DEVICE_REQUESTS_SAVED)):
        session.post("/v1/poll", device.poll())
    told = [_told(session, device.ship([bytes(MIB)] * 3)) for _ in range(6)]
    session.close()
    refused = [answer for answer in told if answer is not None]
    assert set(refused) == {("over-quota", RETRY_SECONDS)}
    assert len(refused) >= len(told) // 2  # a busy machine is slow, and saves meanwhile


def _told(session: Session, shipment: bytes) -> tuple[str, int | None] | None:
    """Return why a shipment is refused and when to come again; None where it is not."""
    try:
        session.post("/v1/shipments", shipment)
    except Problem as problem:
        return problem.slug, problem.retry_after
    return None


@pytest.mark.parametrize(
    "head",
    [
        f"POST /v1/shipments HTTP/1.1\r\nHost: c\r\nContent-Type: {CBOR}\r\n",
        "POST /v1/shipments HTTP/1.1\r\nHost: c\r\n",
        "POST /nowhere HTTP/1.1\r\nHost: c\r\n",
        "GET /v1/health HTTP/1.1\r\nHost: c\r\n",
        "no request\r\n",
    ],
)
def test_who_goes_on_after_an_answer_is_cut_off(gate: RunningGate, head: str) -> None:
    """Of a body that nobody reads no more comes in than an honest agent has to send."""
    chunk = f"{MIB:x}\r\n".encode() + bytes(MIB) + b"\r\n"
    plain = socket.create_connection(("127.0.0.1", gate.port), timeout=30)
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, MIB // 8)
    with plain, gate.context.wrap_socket(plain, server_hostname="127.0.0.1") as wire:
        wire.sendall(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n")
        sent = _sent(wire, chunk, times=10)
    assert sent < LINGER_BYTES + MIB


def _sent(wire: ssl.SSLSocket, chunk: bytes, times: int) -> int:
    """Send a chunk again and again; return the bytes that went before a cut."""
    for count in range(times):
        try:
            wire.sendall(chunk)
        except OSError:
            return count * len(chunk)
    return times * len(chunk)

# SPDX-License-Identifier: Apache-2.0
"""The agent shows a gate once what it got on its last connection, and nobody else.

Rules: real TLS on this machine; the server hands tickets out as a gate does and notes
what is offered.
Not here: what a gate does with it (`tests/unit/server/test_gate_admissions.py`).
"""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tls_fixture import authority, server_context, server_credential

from agent.delivery.admission import Admission
from agent.delivery.transport import Session
from agent.errors import Problem, TrustError
from server.gate.admissions import offered

CA = authority()
SERVER = server_credential(CA)
DONE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/cbor\r\nContent-Length: 2\r\n"
    b"Connection: close\r\n\r\nok"
)
BUSY = (
    b"HTTP/1.1 429 Too Many Requests\r\nContent-Type: text/plain\r\n"
    b"Content-Length: 2\r\nConnection: close\r\n\r\nno"
)


@dataclass
class Gate:
    """A server that looks at each connection before TLS does."""

    context: ssl.SSLContext
    listener: socket.socket
    answer: bytes = DONE
    given: list[bytes] = field(default_factory=list)
    offered: list[bytes | None] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Return where it is."""
        return f"https://127.0.0.1:{self.listener.getsockname()[1]}"

    def serve(self) -> None:
        """Answer one request on each connection, until nobody can come."""
        with suppress(OSError):
            while True:
                arrived, _ = self.listener.accept()
                self.offered.append(offered(arrived.recv(4_096, socket.MSG_PEEK)))
                with self.context.wrap_socket(arrived, server_side=True) as wire:
                    wire.recv(4_096)
                    session = wire.session
                    assert session is not None
                    self.given.append(session.id)
                    wire.sendall(self.answer)


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    """Run such a server."""
    context = server_context(tmp_path, SERVER)
    context.options |= ssl.OP_NO_TICKET
    context.num_tickets = 1
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made = Gate(context, listener)
        thread = threading.Thread(target=made.serve, daemon=True)
        thread.start()
        yield made
        with suppress(OSError):  # Windows ends what listens by closing it alone
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(9)


@contextmanager
def session(
    gate: Gate, admission: Admission | None, url: str = ""
) -> Iterator[Session]:
    """Give a session of an agent."""
    with Session(url or gate.url, (CA.certificate,), admission=admission) as made:
        yield made


def ask(gate: Gate, admission: Admission | None) -> bytes:
    """Ask on a connection of its own."""
    with session(gate, admission) as made:
        return made.post("/v1/poll", b"?")


def test_each_connection_shows_what_the_last_one_got(gate: Gate) -> None:
    """A gate knows a device by its last connection, and by none before that."""
    admission = Admission()
    assert [ask(gate, admission) for _ in range(3)] == [b"ok"] * 3
    assert gate.offered == [None, *gate.given[:2]]
    assert len(set(gate.given)) == 3


def test_a_refusal_brings_an_admission_too(gate: Gate) -> None:
    """Who is told to come later is known when it does."""
    admission = Admission()
    gate.answer = BUSY
    with pytest.raises(Problem):
        ask(gate, admission)
    gate.answer = DONE
    ask(gate, admission)
    assert gate.offered == [None, gate.given[0]]


def test_a_connection_for_a_file_shows_nothing(gate: Gate) -> None:
    """What is got from an update repository leaves it for the next question."""
    admission = Admission()
    ask(gate, admission)
    with session(gate, admission) as made, made.connect() as wire:
        wire.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert wire.recv(4) == b"HTTP"
    ask(gate, admission)
    assert gate.offered == [None, None, gate.given[0]]


def test_nothing_is_shown_elsewhere(gate: Gate) -> None:
    """What one address gave is shown at no other, and not later either."""
    admission = Admission()
    ask(gate, admission)
    other = gate.url.replace("127.0.0.1", "localhost")
    with session(gate, admission, other):
        pass
    ask(gate, admission)
    assert gate.offered == [None, None]


def test_nothing_is_shown_under_other_pins(gate: Gate) -> None:
    """What was got while other CAs were believed is gone on with at no time."""
    admission, other = Admission(), authority()
    ask(gate, admission)
    with Session(
        gate.url, (CA.certificate, other.certificate), admission=admission
    ) as more:
        more.post("/v1/poll", b"?")
    ask(gate, admission)
    assert gate.offered == [None, None, None]


def test_a_ca_that_was_removed_is_not_believed_by_what_was(gate: Gate) -> None:
    """A collector that was believed a moment ago shows its certificate, and is not."""
    admission = Admission()
    ask(gate, admission)
    with (
        Session(gate.url, (authority().certificate,), admission=admission) as made,
        pytest.raises(TrustError),
    ):
        made.post("/v1/poll", b"?")
    assert gate.offered == [None, None]


def test_without_a_place_for_it_nothing_is_kept(gate: Gate) -> None:
    """Whoever has one question, as an enrolment does, is nobody the next time."""
    assert [ask(gate, None) for _ in range(2)] == [b"ok"] * 2
    assert gate.offered == [None, None]

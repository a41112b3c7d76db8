# SPDX-License-Identifier: Apache-2.0
"""What a device is known by: one ticket, once, read from where TLS has it.

Rules: first messages are OpenSSL's own, made in memory.
Not here: that a gate hands tickets out and looks at them (`test_gate_arrivals.py`).
"""

import ssl
import time
from pathlib import Path

import pytest

from server.gate.admissions import TICKET_BYTES, Admissions, offered, whole
from wire.crypto.certificates import make_authority, make_server

A, B = (b"t", b"a"), (b"t", b"b")
ONE, TWO = b"1" * TICKET_BYTES, b"2" * TICKET_BYTES


def test_a_ticket_is_good_once() -> None:
    """Who shows it is known; who shows it again is not, nor who shows none."""
    admissions = Admissions()
    admissions.give(A, ONE)
    found = [admissions.take(ticket) for ticket in (None, TWO, ONE)]
    assert found == [None, None, A]
    assert admissions.take(ONE) is None
    assert len(admissions) == 0


def test_the_last_ticket_counts() -> None:
    """A device has one admission, so that it cannot hoard them."""
    admissions = Admissions()
    admissions.give(A, ONE)
    admissions.give(A, TWO)
    assert (admissions.take(ONE), len(admissions)) == (None, 1)
    assert admissions.take(TWO) == A


def test_who_was_heard_long_ago_is_known_no_more() -> None:
    """So many devices are known at once: those that were heard last."""
    admissions = Admissions(2)
    for number in range(3):
        admissions.give((b"t", bytes([number])), bytes([number]) * TICKET_BYTES)
        if number == 1:
            admissions.give((b"t", b"\0"), ONE)
    assert admissions.take(b"\1" * TICKET_BYTES) is None
    assert admissions.take(ONE) == (b"t", b"\0")
    assert admissions.take(b"\2" * TICKET_BYTES) == (b"t", b"\2")


class Ends:
    """TLS of a gate, and of a client that trusts it, in memory."""

    def __init__(self, directory: Path, *, numbered: bool = True) -> None:
        authority = make_authority("Test CA", int(time.time()))
        made = make_server(authority, ["127.0.0.1"], int(time.time()))
        key, chain = directory / "key", directory / "chain"
        key.write_bytes(made.key)
        chain.write_text(ssl.DER_cert_to_PEM_cert(made.certificate))
        self._server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._server.load_cert_chain(chain, key)
        if numbered:
            self._server.options |= ssl.OP_NO_TICKET
            self._server.num_tickets = 1
        self._client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._client.load_verify_locations(cadata=authority.certificate)

    def meet(
        self, session: ssl.SSLSession | None = None
    ) -> tuple[bytes, ssl.SSLSession, ssl.SSLSession]:
        """Shake hands; return the first message, and what either side has of it."""
        up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = self._client.wrap_bio(
            down, up, server_hostname="127.0.0.1", session=session
        )
        with pytest.raises(ssl.SSLWantReadError):
            client.do_handshake()
        hello = up.read()
        up.write(hello)
        server = self._server.wrap_bio(up, down, server_side=True)
        with pytest.raises(ssl.SSLWantReadError):
            server.do_handshake()
        client.do_handshake()
        server.do_handshake()
        server.write(b"answer")
        assert client.read() == b"answer"
        assert server.session is not None
        assert client.session is not None
        return hello, server.session, client.session


def test_the_next_connection_offers_what_the_last_one_got(tmp_path: Path) -> None:
    """A gate that noted a session's number finds it in the client's next hello."""
    ends = Ends(tmp_path)
    first, given, held = ends.meet()
    assert whole(first)
    assert offered(first) is None
    second, later, _ = ends.meet(held)
    assert offered(second) == given.id != later.id


def test_a_ticket_of_another_kind_is_nobodys(tmp_path: Path) -> None:
    """What another server sealed for itself has another length, and says nothing."""
    ends = Ends(tmp_path, numbered=False)
    _, _, held = ends.meet()
    hello, _, _ = ends.meet(held)
    assert whole(hello)
    assert offered(hello) is None


def test_what_is_cut_short_offers_nothing(tmp_path: Path) -> None:
    """Of a hello that ends before its ticket does nothing is read."""
    ends = Ends(tmp_path)
    _, given, held = ends.meet()
    hello, _, _ = ends.meet(held)
    end = hello.index(given.id) + TICKET_BYTES
    assert [offered(hello[:length]) for length in range(end)] == [None] * end
    assert offered(hello[:end]) == given.id
    assert not any(whole(hello[:length]) for length in range(len(hello)))


@pytest.mark.parametrize("octets", [b"", b"GET / HTTP/1.1\r\n", b"\x16" * 99])
def test_what_is_no_hello_offers_nothing(octets: bytes) -> None:
    """Other protocols, and octets without sense, are looked at and are nobody."""
    assert offered(octets) is None


def test_lengths_that_lie_lead_nowhere(tmp_path: Path) -> None:
    """Whatever one octet of a hello is changed to, it is read to an end."""
    ends = Ends(tmp_path)
    hello, _, _ = ends.meet(ends.meet()[2])
    right = offered(hello)
    assert right is not None
    for place in range(len(hello)):
        for octet in (0, 1, 0x7F, 0xFF):
            changed = hello[:place] + bytes([octet]) + hello[place + 1 :]
            found = offered(changed)
            assert found is None or len(found) == TICKET_BYTES

# SPDX-License-Identifier: Apache-2.0
"""The agent's only socket believes the pinned CA and nothing else.

Rules: real TLS sockets on this machine; each refusal is one sentence of its own kind.
Not here: which proxy is chosen (`test_proxies.py`).
"""

import json
import socket
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from free_ports import free_port
from tls_fixture import (
    Answer,
    Listening,
    Reply,
    authority,
    connect_proxy,
    plain_server,
    server_credential,
    tls_server,
)

from agent.delivery import transport
from agent.delivery.proxies import parse_proxy
from agent.delivery.transport import Session
from agent.errors import NetworkError, Problem, TrustError
from wire import limits
from wire.crypto.certificates import make_server

YEAR = 365 * 86_400
CA = authority()
SERVER = server_credential(CA)


def echo(path: str, body: bytes) -> Reply:
    """Answer with path and body."""
    return Reply(path.encode() + b" " + body)


def ask(listening: Listening, path: str = "/v1/poll", body: bytes = b"?") -> bytes:
    """Ask one question of a server under the pinned CA."""
    with Session(listening.url, (CA.certificate,)) as session:
        return session.post(path, body)


def problem(slug: str, status: int, **headers: str) -> Answer:
    """Answer with a problem document."""
    document = {"type": f"urn:discreet:problem:{slug}", "server_time": 77}
    body = json.dumps(document).encode()
    pairs = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return lambda _path, _body: Reply(body, status, "application/problem+json", pairs)


def test_two_questions_share_a_connection(tmp_path: Path) -> None:
    """A session asks all its questions over one connection."""
    with (
        tls_server(tmp_path, SERVER, echo) as server,
        Session(server.url, (CA.certificate,)) as session,
    ):
        answers = [session.post("/v1/poll", b"a"), session.post("/v1/poll", b"b")]
    assert answers == [b"/v1/poll a", b"/v1/poll b"]
    assert len(server.connections) == 1


def test_a_stale_connection_is_made_anew(tmp_path: Path) -> None:
    """A connection that the server closed meanwhile costs nothing but a new one."""
    closing = Reply(b"bye", headers=(("Connection", "keep-alive"),))

    def once(_path: str, body: bytes) -> Reply:
        return closing if body == b"a" else Reply(b"later")

    with (
        tls_server(tmp_path, SERVER, once) as server,
        Session(server.url, (CA.certificate,)) as session,
    ):
        session.post("/v1/poll", b"a")
        held = session._socket
        assert held is not None
        held.shutdown(socket.SHUT_RDWR)
        assert session.post("/v1/poll", b"b") == b"later"


def test_another_ca_is_refused(tmp_path: Path) -> None:
    """A certificate of any other CA is refused, and the reason named."""
    other = server_credential(authority())
    with (
        tls_server(tmp_path, other, echo) as server,
        pytest.raises(TrustError, match="presents another certificate: sign in to the"),
    ):
        ask(server)
    assert server.asked == []


def test_the_systems_authorities_are_not_believed() -> None:
    """Only the pinned CA is in the trust store."""
    session = Session("https://127.0.0.1", (CA.certificate,))
    assert session._context.get_ca_certs(binary_form=True) == [CA.certificate]


@pytest.mark.parametrize("shift", [0, -2 * YEAR])
def test_another_name_is_refused(tmp_path: Path, shift: int) -> None:
    """A certificate of the right CA is refused where it names another host."""
    other = make_server(CA, ["collector.test", "10.1.2.3"], int(time.time()) + shift)
    with (
        tls_server(tmp_path, other, echo) as server,
        pytest.raises(TrustError, match="does not name the address"),
    ):
        ask(server)
    assert server.asked == []


def test_old_tls_is_refused(tmp_path: Path) -> None:
    """A server that speaks no TLS 1.3 is refused."""
    with (
        tls_server(tmp_path, SERVER, echo, ssl.TLSVersion.TLSv1_2) as server,
        pytest.raises((TrustError, NetworkError), match=r"TLS 1\.3"),
    ):
        ask(server)


@pytest.mark.parametrize("shift", [-2 * YEAR, 2 * YEAR])
def test_wrong_dates_alone_do_not_strand(tmp_path: Path, shift: int) -> None:
    """A certificate out of its dates is believed if all else about it is right."""
    moment = int(time.time()) + shift
    ca = authority(moment)
    with (
        tls_server(tmp_path, server_credential(ca, moment), echo) as server,
        Session(server.url, (ca.certificate,)) as session,
    ):
        assert session.post("/v1/poll", b"x") == b"/v1/poll x"
        assert session.dates_ignored


def test_wrong_dates_excuse_nothing_else(tmp_path: Path) -> None:
    """A certificate out of its dates and of another CA is refused."""
    moment = int(time.time()) - 2 * YEAR
    other = server_credential(authority(moment), moment)
    with (
        tls_server(tmp_path, other, echo) as server,
        pytest.raises(TrustError, match="presents another certificate"),
    ):
        ask(server)
    assert server.asked == []


def test_a_stranger_is_asked_for_the_introduction_only(tmp_path: Path) -> None:
    """Before the CA is known nothing but the introduction leaves."""
    with (
        tls_server(tmp_path, server_credential(authority()), echo) as server,
        Session(server.url, None) as session,
    ):
        assert session.post(transport.INTRODUCE, b"n") == b"/v1/introduce n"
        with pytest.raises(TrustError, match="before the CA is known"):
            session.post("/v1/enrol", b"secret")
    assert server.asked == [transport.INTRODUCE]


def test_a_damaged_ca_is_refused() -> None:
    """Neither no CA nor a damaged one opens the door to any."""
    for authorities in ((), (b"damaged",)):
        with pytest.raises(TrustError, match=r"restore identity\.cbor"):
            Session("https://127.0.0.1", authorities)


def test_problems_are_told_by_slug(tmp_path: Path) -> None:
    """A refusal carries its slug, status, Retry-After and the other clock."""
    with (
        tls_server(
            tmp_path, SERVER, problem("overloaded", 503, Retry_After="120")
        ) as server,
        pytest.raises(Problem) as refusal,
    ):
        ask(server)
    found = refusal.value
    assert (found.slug, found.status, found.retry_after, found.server_time) == (
        ("overloaded", 503, 120, 77)
    )


def test_the_other_sides_words_are_not_repeated(tmp_path: Path) -> None:
    """What a server writes never reaches a message of ours."""
    body = b'{"type": "about:blank\\u001b[2J", "detail": "\\u001b[2Jrun this"}'
    reply = Reply(body, 500, "application/problem+json")
    with (
        tls_server(tmp_path, SERVER, lambda _path, _body: reply) as server,
        pytest.raises(Problem) as refusal,
    ):
        ask(server)
    assert str(refusal.value) == "the collector refused with the reason internal"


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(b"<html>", content_type="text/html"), "no collector"),
        (Reply(b"", headers=(("Content-Encoding", "gzip"),)), "no collector"),
        (Reply(b"", 302, headers=(("Location", "/"),)), "leads elsewhere: sign in"),
        (Reply(b"<html>", 511, "text/html"), "wants somebody to sign in"),
        (Reply(bytes(limits.ANSWER_BYTES + 1)), "over its bound"),
        (Reply(b"short", length=9), "cut off"),
    ],
)
def test_odd_answers_are_refused(tmp_path: Path, reply: Reply, words: str) -> None:
    """An answer that no collector gives is refused with its reason."""
    with (
        tls_server(tmp_path, SERVER, lambda _path, _body: reply) as server,
        pytest.raises(NetworkError, match=words),
    ):
        ask(server)


def test_a_captive_portal_is_named() -> None:
    """A plain HTTP answer to TLS is told from a network that is down."""

    def portal(connection: socket.socket) -> None:
        connection.recv(1024)
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://portal\r\n\r\n")

    with (
        plain_server(portal) as port,
        pytest.raises(NetworkError, match="does not speak TLS"),
    ):
        ask(Listening(port))


def test_a_closed_port_is_named() -> None:
    """A port where nothing listens is a network error of one sentence."""
    with pytest.raises(NetworkError, match="nothing listens"):
        ask(Listening(free_port()))


@pytest.mark.slow
def test_a_slow_answer_ends(tmp_path: Path) -> None:
    """An answer that drips ends at the deadline, not after its last drop."""
    dripping = Reply(bytes(40), drip=0.1)
    with (
        tls_server(tmp_path, SERVER, lambda _path, _body: dripping) as server,
        Session(server.url, (CA.certificate,), seconds=0.3) as session,
        pytest.raises(NetworkError, match="took too long"),
    ):
        session.post("/v1/poll", b"")


@pytest.mark.slow
def test_silence_ends(tmp_path: Path) -> None:
    """A server that says nothing is given up at the deadline."""
    gone = threading.Event()

    def hang(_path: str, _body: bytes) -> Reply:
        gone.wait(5)
        return Reply(b"late")

    with tls_server(tmp_path, SERVER, hang) as server:
        with (
            Session(server.url, (CA.certificate,), seconds=0.2) as session,
            pytest.raises(NetworkError, match="took too long"),
        ):
            session.post("/v1/poll", b"")
        gone.set()


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
def test_ipv6_is_reached(tmp_path: Path) -> None:
    """A collector at an IPv6 address is reached, and its certificate checked."""
    with tls_server(tmp_path, SERVER, echo, host="::1") as server:
        assert ask(server) == b"/v1/poll ?"
    other = make_server(CA, ["::2"], int(time.time()))
    with (
        tls_server(tmp_path, other, echo, host="::1") as server,
        pytest.raises(TrustError, match="does not name the address"),
    ):
        ask(server)


def test_a_proxy_is_gone_through(tmp_path: Path) -> None:
    """With a proxy the connection is a CONNECT tunnel, with the password it wants."""
    with tls_server(tmp_path, SERVER, echo) as server, connect_proxy() as proxy:
        port, heads = proxy
        way = parse_proxy(f"http://us%40er:pass@127.0.0.1:{port}")
        with Session(server.url, (CA.certificate,), way) as session:
            assert session.post("/v1/poll", b"x") == b"/v1/poll x"
    assert heads == [
        f"CONNECT 127.0.0.1:{server.port} HTTP/1.1\r\n"
        f"Host: 127.0.0.1:{server.port}\r\n"
        "Proxy-Authorization: Basic dXNAZXI6cGFzcw==\r\n\r\n".encode()
    ]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 407 Sign in\r\nContent-Length: 2\r\n\r\nno", "user and password"),
        (b"HTTP/1.1 403 No\r\n\r\n", "forbids the collector"),
        (b"HTTP/1.0 502 Bad\r\n\r\n", r"cannot reach the collector \(it answered 502"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://portal/\r\n\r\n", "to sign in first"),
        (b"HTTP/1.1 511 Authenticate\r\n\r\n", "to sign in first"),
        (b"SSH-2.0-nothing\r\n\r\n", "no HTTP proxy"),
        (b"HTTP/1.1 200 OK\r\n\r\n<html>", "something of its own"),
        (b"H" * 20_000, "no HTTP proxy"),
    ],
)
def test_a_proxys_refusal_is_explained(answer: bytes, words: str) -> None:
    """Each way a proxy refuses has its own sentence."""
    with connect_proxy(answer) as (port, _):
        way = parse_proxy(f"127.0.0.1:{port}")
        session = Session("https://127.0.0.1:1", (CA.certificate,), way)
        with session, pytest.raises(NetworkError, match=words):
            session.post("/v1/poll", b"")


def test_interception_by_a_proxy_is_refused(tmp_path: Path) -> None:
    """A proxy that opens TLS with its own CA sees no question."""
    middle = server_credential(authority())
    with tls_server(tmp_path, middle, echo) as server, connect_proxy() as (port, _):
        way = parse_proxy(f"127.0.0.1:{port}")
        session = Session(server.url, (CA.certificate,), way)
        with session, pytest.raises(TrustError, match="who runs the proxy"):
            session.post("/v1/poll", b"")
    assert server.asked == []


@pytest.mark.slow
def test_importing_the_network_half_stays_cheap() -> None:
    """The resident agent pays for no event loop, no X.509 and no HTTP library."""
    names = ("delivery.transport", "delivery.polling", "delivery.receipts", "enrolment")
    wanted = ", ".join(f"agent.{name}" for name in names)
    code = f"import sys, {wanted}; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True
    )
    heavy = {"asyncio", "requests", "urllib3", "httpx", "cryptography.x509"}
    assert heavy & set(run.stdout.split()) == set()

# SPDX-License-Identifier: Apache-2.0
"""Syslog over TLS as a real rsyslog receives it: no text forges a line.

Rules: rsyslog escapes nothing itself here.
Not here: the ledger's lines (`tests/unit/server`).
"""

import datetime as dt
import errno
import json
import random
import re
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from export_room import ABOUT, DEVICE, dataset_table, written
from hypothesis import given
from hypothesis import strategies as st
from rsyslog_fixture import MISSING, Receiver, rsyslog
from tls_fixture import authority, plain_server, server_credential, tls_server

from server.errors import TrustError, UnreachableError, UsageError
from server.formats import sending, syslog
from server.formats.syslog import Facility, Message, Severity

SEED = 1_124
HEAD = re.compile(
    rb"<\d{1,3}>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ [!-~]{1,255} discreet - [!-~]{1,32} "
    rb'\[origin software="discreet" swVersion="[!-~]+"\] \{[ -~]*\}'
)


def hostile(count: int) -> list[str]:
    """Return texts that try to end a line, a frame or a header."""
    dice = random.Random(SEED)  # noqa: S311 - the same texts each time
    pieces = (
        *("\n", "\r\n", "\0", "\x1b[2J", "\x85", "\u2028", "\u202e", "\x7f", "\x0b"),
        *("<13>1 2026-11-28T00:00:00Z forged discreet - x - ", "12 <13>1 - - - - - - "),
        *('"}', "]", "\\", '\\"', "\\n", "{", "é", "漢", "🙂", "\ufeff", " ", "plain"),
    )
    return [
        "".join(dice.choices(pieces, k=dice.randint(1, 12))) + f" {number}"
        for number in range(count)
    ]


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    """Run rsyslog."""
    if MISSING:
        pytest.skip("needs rsyslog and rsyslog-openssl")
    with rsyslog(tmp_path_factory.mktemp("rsyslog")) as running:
        yield running


@pytest.mark.slow
def test_no_text_forges_a_line_at_rsyslog(receiver: Receiver) -> None:
    """5,000 hostile texts arrive as 5,000 messages, each with its very text."""
    texts = hostile(5_000)
    rows = [{"message": text, "severity_number": 17} for text in texts]
    table = dataset_table("event_logs", rows)
    lines = [syslog.line(one) for one in syslog.messages([table], ABOUT)]
    where = sending.Target("127.0.0.1", receiver.port, receiver.authority)
    assert sending.send_syslog(where, lines) == 5_000
    seen = receiver.seen(5_000)
    assert len(seen) == 5_000
    heads = {(one["priority"], one["host"], one["kind"]) for one in seen}
    assert heads == {("131", DEVICE, "event_logs")}
    assert {one["application"] for one in seen} == {"discreet"}
    assert {one["structured"] for one in seen} == {
        '[origin software="discreet" swVersion="0.1.0"]'
    }
    assert sorted(json.loads(one["message"])["message"] for one in seen) == sorted(
        texts
    )


CONTENT = st.dictionaries(
    st.text(max_size=9), st.none() | st.integers() | st.text(), max_size=4
)


@given(st.text(max_size=300), st.text(max_size=40), CONTENT)
def test_a_line_is_one_line_of_ascii(
    host: str, kind: str, content: dict[str, object]
) -> None:
    """Whatever host, kind and content are, the header is one and ends nowhere."""
    message = Message(
        *(Facility.AUDIT, Severity.NOTICE, 0, host, kind, content, "0.1.0")
    )
    octets = syslog.line(message)
    assert HEAD.fullmatch(octets)
    assert syslog.counted(octets) == str(len(octets)).encode() + b" " + octets


@pytest.mark.parametrize("text", ["x" * 20_000, "\n" * 9_000, "🙂" * 4_000])
def test_a_long_text_is_shortened_and_says_so(text: str) -> None:
    """A line fits what receivers take, and its JSON is whole."""
    table = dataset_table("event_logs", [{"message": text}])
    (octets,) = written("syslog", table).splitlines()
    assert len(octets) <= 8_192
    content = json.loads(octets[octets.index(b"{") :])
    assert content["cut"] is True
    assert text.startswith(content["message"])
    assert len(content["message"]) >= 500


@pytest.mark.parametrize(
    ("number", "priority"),
    [(None, 134), (1, 135), (9, 134), (10, 133), (13, 132), (17, 131), (24, 130)],
)
def test_severities_are_those_of_syslog(number: int | None, priority: int) -> None:
    """OpenTelemetry's numbers become syslog's, in the facility local0."""
    table = dataset_table("event_logs", [{"severity_number": number}])
    assert written("syslog", table).startswith(
        b"<%d>1 2026-11-28T11:00:00Z " % priority
    )


def test_nothing_is_sent_to_who_does_not_prove_its_name(tmp_path: Path) -> None:
    """Another authority's certificate ends the sending before the first line."""
    other = tmp_path / "other.pem"
    other.write_text(ssl.DER_cert_to_PEM_cert(authority().certificate))
    heard: list[bytes] = []
    with tls_server(
        tmp_path, server_credential(authority()), lambda _, body: heard.append(body)
    ) as server:
        where = sending.Target("127.0.0.1", server.port, other)
        with pytest.raises(TrustError, match="--authority"):
            sending.send_syslog(where, [b"secret"])
    assert heard == []


def test_what_fails_here_is_not_blamed_on_the_receiver(tmp_path: Path) -> None:
    """A disk of ours that is full amid the lines is told as that."""

    def lines() -> Iterator[bytes]:
        yield b"first"
        raise OSError(errno.ENOSPC, "full")

    known = authority()
    pem = tmp_path / "known.pem"
    pem.write_text(ssl.DER_cert_to_PEM_cert(known.certificate))
    with tls_server(tmp_path, server_credential(known), lambda _, __: None) as server:
        where = sending.Target("127.0.0.1", server.port, pem)
        with pytest.raises(OSError, match="full"):
            sending.send_syslog(where, lines())


def test_nothing_is_sent_in_clear(tmp_path: Path) -> None:
    """A receiver that speaks no TLS gets no line."""
    pem = tmp_path / "ca.pem"
    pem.write_text(ssl.DER_cert_to_PEM_cert(authority().certificate))
    heard: list[bytes] = []

    def speak(connection: socket.socket) -> None:
        heard.append(connection.recv(4_096))
        connection.sendall(b"what?\r\n")

    with plain_server(speak) as port, pytest.raises(UnreachableError):
        sending.send_syslog(sending.Target("127.0.0.1", port, pem), [b"secret"])
    assert b"secret" not in b"".join(heard)


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("siem.example", "siem.example", 6_514),
        ("siem.example:10514", "siem.example", 10_514),
        ("192.0.2.7:1", "192.0.2.7", 1),
        ("[2001:db8::7]:6515", "2001:db8::7", 6_515),
        ("[2001:db8::7]", "2001:db8::7", 6_514),
        ("2001:db8::7", "2001:db8::7", 6_514),
    ],
)
def test_a_machine_is_named_as_people_do(text: str, host: str, port: int) -> None:
    """Names and addresses of both families, with a port or without."""
    assert sending.target(text, 6_514) == sending.Target(host, port)


@pytest.mark.parametrize(
    "text", ["", ":6514", "h:0", "h:65536", "h:x", "a b", "h\n:1", "[::1]x"]
)
def test_what_names_no_machine_is_refused(text: str) -> None:
    """A wrong address is one sentence."""
    with pytest.raises(UsageError, match="HOST:PORT"):
        sending.target(text, 6_514)


def self_signed(file: Path) -> Path:
    """Write a certificate for a client, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "collector")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    octets = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(made.public_bytes(pem) + octets)
    return file


@pytest.mark.parametrize("known", [True, False])
def test_a_receiver_that_wants_to_know_who_sends_is_heard(
    tmp_path: Path, *, known: bool
) -> None:
    """In TLS 1.3 it refuses after all was sent: that is an error, and no success."""
    ca = authority()
    pem, key = tmp_path / "server.pem", tmp_path / "server.key"
    leaf = server_credential(ca)
    pem.write_text(ssl.DER_cert_to_PEM_cert(leaf.certificate))
    key.write_bytes(leaf.key)
    trusted = tmp_path / "ca.pem"
    trusted.write_text(ssl.DER_cert_to_PEM_cert(ca.certificate))
    client = self_signed(tmp_path / "client.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)
    context.load_verify_locations(client)
    context.verify_mode = ssl.CERT_REQUIRED
    heard: list[bytes] = []

    def speak(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as wrapped:
            while octets := wrapped.recv(4_096):
                heard.append(octets)

    with plain_server(speak) as port:
        where = sending.Target("127.0.0.1", port, trusted, client if known else None)
        if known:
            assert sending.send_syslog(where, [b"a line"]) == 1
        else:
            with pytest.raises(UnreachableError, match="cannot send"):
                sending.send_syslog(where, [b"a line"])
    assert heard == [b"6 a line"] * known


def test_a_file_without_a_key_is_refused(tmp_path: Path) -> None:
    """What --authority and --client name must be what they are for."""
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("no certificate")
    for where in (
        sending.Target("127.0.0.1", 1, wrong),
        sending.Target("127.0.0.1", 1, None, wrong),
    ):
        with pytest.raises(UsageError, match="in PEM"):
            sending.send_syslog(where, [])

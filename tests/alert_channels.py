# SPDX-License-Identifier: Apache-2.0
"""A receiver of webhooks and a mail server, on real sockets over TLS.

Rules: each octet that comes in is kept, as it came; a test says when they refuse.
Not here: what is sent to them (`server/keeper/alarms`).
"""

import base64
import contextlib
import hashlib
import hmac
import json
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tls_fixture import authority, plain_server, server_context, server_credential

from wire.crypto.certificates import Credential

SECRET = bytes(range(32))
_FAR = 20.0


@dataclass
class Heard:
    """What came in.

    Attributes:
        port: where it listens.
        refuses: whether it takes nothing.
        raw: octets of each talk, as they came over TLS.
    """

    port: int = 0
    refuses: bool = False
    raw: list[bytes] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    @property
    def said(self) -> list[dict[str, object]]:
        """Return the messages of a webhook that were taken."""
        return [json.loads(body) for body in self.bodies]


@contextlib.contextmanager
def webhook_receiver(folder: Path, ca: Credential) -> Iterator[Heard]:
    """Run what takes signed requests; a wrong signature is refused."""
    heard, context = Heard(), server_context(folder, server_credential(ca))

    def speak(connection: socket.socket) -> None:
        connection.settimeout(_FAR)
        with context.wrap_socket(connection, server_side=True) as wrapped:
            stream = wrapped.makefile("rb")
            head = b"".join(iter(stream.readline, b"\r\n"))
            named = (line.split(b": ", 1) for line in head.splitlines()[1:])
            headers = {name.lower(): value for name, value in named}
            body = stream.read(int(headers[b"content-length"]))
            heard.raw.append(head + body)
            good = not heard.refuses and _is_signed(headers, body)
            if good:
                heard.bodies.append(body)
            status = b"204 No Content" if good else b"503 Service Unavailable"
            wrapped.sendall(b"HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n" % status)

    with plain_server(speak) as port:
        heard.port = port
        yield heard


def _is_signed(headers: dict[bytes, bytes], body: bytes) -> bool:
    """Check a signature as Standard Webhooks describes it, with code of our own."""
    said = headers[b"webhook-id"] + b"." + headers[b"webhook-timestamp"] + b"." + body
    wanted = base64.b64encode(hmac.new(SECRET, said, hashlib.sha256).digest())
    return headers[b"webhook-signature"] == b"v1," + wanted


@contextlib.contextmanager
def mail_server(
    folder: Path, ca: Credential, *, starttls: bool = False
) -> Iterator[Heard]:
    """Run a mail server that speaks as much of SMTP as a client needs."""
    heard, context = Heard(), server_context(folder, server_credential(ca))

    def speak(connection: socket.socket) -> None:
        connection.settimeout(_FAR)
        if starttls:
            _answered(connection, heard, [], stop=b"STARTTLS", greet=True)
        with context.wrap_socket(connection, server_side=True) as wrapped:
            _answered(wrapped, heard, heard.bodies, greet=not starttls)

    with plain_server(speak) as port:
        heard.port = port
        yield heard


def _answered(
    connection: socket.socket,
    heard: Heard,
    bodies: list[bytes],
    stop: bytes = b"QUIT",
    *,
    greet: bool,
) -> None:
    """Answer a client's lines until it says so; in clear only STARTTLS is offered."""
    clear = not isinstance(connection, ssl.SSLSocket)
    stream = connection.makefile("rb")
    if greet:
        connection.sendall(b"220 mail.example ESMTP\r\n")
    for line in stream:
        heard.raw.append(line)
        verb = line.strip().upper()
        if verb.startswith(b"EHLO"):
            offered = b"STARTTLS" if clear else b"AUTH PLAIN"
            connection.sendall(b"250-mail.example\r\n250 %s\r\n" % offered)
        elif verb.startswith(b"AUTH"):
            connection.sendall(b"235 ok\r\n")
        elif clear and verb != b"STARTTLS":
            connection.sendall(b"530 Must issue STARTTLS first\r\n")
        elif verb == b"DATA":
            connection.sendall(b"354 go on\r\n")
            body = b"".join(iter(stream.readline, b".\r\n"))
            heard.raw.append(body)
            if not heard.refuses:
                bodies.append(body)
            word = b"451 not now" if heard.refuses else b"250 taken"
            connection.sendall(word + b"\r\n")
        else:
            ended = b"220 go on\r\n" if clear else b"421 rude\r\n"
            connection.sendall(ended if verb == stop else b"250 ok\r\n")
            if verb == stop:
                return


@dataclass
class Channels:
    """Both, and what config.toml says of them.

    Attributes:
        webhook: what it heard.
        mail: what it heard.
        words: tables of config.toml.
    """

    webhook: Heard
    mail: Heard
    words: str


@contextlib.contextmanager
def channels(folder: Path, *, starttls: bool = False) -> Iterator[Channels]:
    """Run both, with certificates of one authority."""
    ca = authority()
    pem, secret, password = (folder / name for name in ("ca.pem", "secret", "word"))
    pem.write_text(ssl.DER_cert_to_PEM_cert(ca.certificate))
    for path, text in (
        (secret, f"whsec_{base64.b64encode(SECRET).decode()}"),
        (password, "correct horse"),
    ):
        path.write_text(text)
        path.chmod(0o600)
    with (
        webhook_receiver(folder, ca) as webhook,
        mail_server(folder, ca, starttls=starttls) as mail,
    ):
        words = (
            "[alerts.webhook]\n"
            f'url = "https://localhost:{webhook.port}/hooks/alerts?to=desk"\n'
            f'secret_file = "{secret}"\nauthority = "{pem}"\n'
            "[alerts.mail]\n"
            f'server = "localhost:{mail.port}"\nauthority = "{pem}"\n'
            'from = "alerts@provider.example"\nto = ["desk@provider.example"]\n'
            f'user = "alerts"\npassword_file = "{password}"\n'
            f"starttls = {str(starttls).lower()}\n"
        )
        yield Channels(webhook, mail, words)

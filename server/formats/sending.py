# SPDX-License-Identifier: Apache-2.0
"""Sends what a writer made to a machine that proves its name, over TLS 1.3.

Rules: nothing is sent in clear and nothing before the other side has shown a
certificate of the authority that was named; each wait is bounded; what was not taken is
an error or a count, never silence. Syslog acknowledges nothing: that all was sent is
all that can be said of it.
Not here: what is sent (`syslog.py`, `otlp.py`), trying again (`posting.py`), whether it
may be (`server/commands`).
"""

import http.client
import re
import socket
import ssl
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path

from server.errors import TrustError, UnansweredError, UnreachableError, UsageError
from server.formats import syslog
from server.formats.talking import Talk
from wire import limits

CONNECT_SECONDS = 20.0
"""For a connection: minutes would hang a terminal."""
ANSWER_SECONDS = 60.0
"""For a handshake, an answer, or a receiver that does not read."""
_HOST = re.compile(r"[A-Za-z0-9._:%-]{1,253}")
_PORT = re.compile(r"[0-9]{1,5}")
_PORTS = range(1, 65_536)
PATH = re.compile(rf"(?=.{{0,{limits.RECEIVER_PATH_CHARS}}}\Z)(?:/[A-Za-z0-9._~-]+)*")
"""Of a receiver that has OTLP below a path: `/api/v1/otlp`, `/opentelemetry`."""
_SECONDS = re.compile(r"[0-9]{1,9}")
_ANSWER_BYTES = 65_536
"""An answer of OTLP has a number and a sentence."""


@dataclass(frozen=True, slots=True)
class Target:
    """A machine to send to.

    Attributes:
        host: name or address, which its certificate must have.
        port: where it listens.
        authority: PEM file of who signs its certificate; None for those that this
            system trusts.
        client: PEM file with the certificate and the key that we show it; None for
            none.
        pinned: certificates in PEM of who signs its certificate, in place of a file.
        address: to which one connects, where the name was looked up and judged
            before; None to look it up.
        base: path of OTLP there, to which `/v1/logs` and `/v1/metrics` are added;
            empty for none.
    """

    host: str
    port: int
    authority: Path | None = None
    client: Path | None = None
    pinned: str | None = None
    address: str | None = None
    base: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver answered.

    Attributes:
        status: of HTTP.
        octets: the answer's own.
        retry: after how many seconds it wants to be asked again; None if it does not
            say.
    """

    status: int
    octets: bytes
    retry: float | None = None


def target(
    text: str,
    port: int,
    authority: Path | None = None,
    client: Path | None = None,
    *,
    below: bool = False,
) -> Target:
    """Return where `HOST`, `HOST:PORT` or `[ADDRESS]:PORT` is.

    Args:
        text: as a person typed it.
        port: where none is named.
        authority: see `Target`.
        client: see `Target`.
        below: a path may follow, as `HOST:PORT/PATH`.

    Raises:
        UsageError: it is something else.
    """
    place, base = text, ""
    if below:
        place, slash, path = text.partition("/")
        base = slash + path.removesuffix("/") if path else ""
    host, after = place, ""
    if place.startswith("["):
        host, _, after = place[1:].partition("]")
        after = after.removeprefix(":")
    elif place.count(":") == 1:
        host, _, after = place.partition(":")
    number = after or str(port)
    bad = not _HOST.fullmatch(host) or not _PORT.fullmatch(number)
    if bad or int(number) not in _PORTS:
        msg = "name a machine as HOST:PORT, of an IPv6 address as [ADDRESS]:PORT"
        raise UsageError(msg)
    if not PATH.fullmatch(base):
        msg = "a receiver's path is letters, digits and -._~ between slashes"
        raise UsageError(msg)
    return Target(host, int(number), authority, client, base=base)


def send_syslog(where: Target, lines: Iterable[bytes]) -> int:
    """Send lines, each with its length in front (RFC 5425); returns how many.

    Args:
        where: the receiver.
        lines: each without an end of line.

    Raises:
        UnreachableError: it cannot be reached, or went away amid the lines.
        TrustError: its certificate is not of that authority or not of that name.
        OSError: what the lines come from cannot be read.
    """
    sent = 0
    context = tls_context(where)
    try:
        with connected(where) as plain:
            talk = Talk(plain, context, where.host)
            for octets in _ours(lines):
                talk.say(syslog.counted(octets))
                sent += 1
            talk.end()
    except _OursError as problem:
        raise problem.met from None
    return sent


class _OursError(Exception):
    """What went wrong is on this machine, not at the receiver."""

    def __init__(self, met: OSError) -> None:
        super().__init__()
        self.met = met


def _ours(lines: Iterable[bytes]) -> Iterator[bytes]:
    try:
        yield from lines
    except OSError as met:
        raise _OursError(met) from None


def posted(where: Target, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Post one request over a connection of its own; returns what was answered.

    Args:
        where: the receiver.
        path: what is asked for, with a query if it has one.
        body: the request's.
        headers: its own, without those of the connection.

    Raises:
        UnreachableError: it cannot be reached, or broke off before all was sent.
        UnansweredError: all was sent and no answer came, so it may have been taken.
        TrustError: its certificate is not of that authority or not of that name.
    """
    context = tls_context(where)
    with (
        connected(where) as plain,
        context.wrap_socket(plain, server_hostname=where.host) as secured,
    ):
        request = http.client.HTTPConnection(where.host, where.port)
        request.sock = secured
        request.request("POST", path, body, {**headers, "Connection": "close"})
        try:
            answer = request.getresponse()
            octets = answer.read(_ANSWER_BYTES)
        except (OSError, http.client.HTTPException) as error:
            if _wants_client(error):  # said after we sent, and nothing was looked at
                raise
            msg = (
                f"{where.host} port {where.port} may have taken what was sent and does "
                f"not say so: {_reason(error)}; look there before you send it again"
            )
            raise UnansweredError(msg) from None
        return Answer(answer.status, octets, _retry(answer.getheader("Retry-After")))


def _retry(told: str | None) -> float | None:
    """Return how many seconds a receiver asks for, by RFC 9110; None if it does not."""
    if told is None:
        return None
    if _SECONDS.fullmatch(told.strip()):
        return float(told)
    try:
        moment = parsedate_to_datetime(told).timestamp()
    except (ValueError, OverflowError):  # the second one: of years beyond a calendar's
        return None
    return max(0.0, moment - time.time())


@contextmanager
def connected(where: Target) -> Iterator[socket.socket]:
    """Give a connection; what goes wrong with it is told as what it means.

    Raises:
        UnreachableError: it cannot be made, or went away.
        TrustError: the other side's certificate is not to be trusted.
    """
    try:
        place = (where.address or where.host, where.port)
        with socket.create_connection(place, CONNECT_SECONDS) as plain:
            plain.settimeout(ANSWER_SECONDS)
            yield plain
    except ssl.SSLCertVerificationError as error:
        msg = (
            f"{where.host} shows a certificate that is not to be trusted "
            f"({error.verify_message}): name its authority's file with --authority"
        )
        raise TrustError(msg) from None
    except (OSError, http.client.HTTPException) as error:
        msg = f"cannot send to {where.host} port {where.port}: {_reason(error)}"
        raise UnreachableError(msg) from None


def tls_context(where: Target) -> ssl.SSLContext:
    """Return whom to trust, and who we are, over TLS 1.3.

    Raises:
        UsageError: a file is none of certificates.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        if where.pinned is not None:
            context.load_verify_locations(cadata=where.pinned)
        elif where.authority is None:
            context.load_default_certs()
        else:
            context.load_verify_locations(where.authority)
    except OSError:  # an ssl.SSLError is one
        named = where.authority or f"the authority registered for {where.host}"
        msg = f"{named} is no file of certificates in PEM"
        raise UsageError(msg) from None
    try:
        if where.client is not None:
            context.load_cert_chain(where.client, password=_no_password)
    except (OSError, ValueError):
        msg = f"{where.client} is no file of a certificate and its key in PEM"
        raise UsageError(msg) from None
    return context


def _no_password() -> str:
    """Be asked for the password of a key, which nobody is here to type."""
    return ""


def _wants_client(error: Exception) -> bool:
    return isinstance(error, ssl.SSLError) and "CERTIFICATE" in (error.reason or "")


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "it does not answer in time"
    if _wants_client(error):
        return "it wants to know who sends: name certificate and key with --client"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return "it does not speak TLS 1.3 or HTTP as it must"

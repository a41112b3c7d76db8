# SPDX-License-Identifier: Apache-2.0
"""The agent's only socket: one question, one answer, over pinned TLS 1.3.

Rules: only the pinned CA is believed, never the system's; the host name is always
checked; where nothing but validity dates fails, the connection is made again without
the dates, for time comes signed; every answer has a bound in bytes and in seconds.
Before the CA is known, the signed introduction is asked for and nothing else.
Not here: what is said (`polling.py`, `receipts.py`, `enrolment.py`).
"""

import io
import socket
import ssl
import time

from agent.budget import (
    ANSWER_WHOLE_BYTES,
    CONNECT_SECONDS,
    EXCHANGE_SECONDS,
    PROBLEM_BYTES,
    PROXY_ANSWER_BYTES,
)
from agent.delivery import proxies
from agent.delivery.admission import Admission, trusting
from agent.delivery.answer import Reply
from agent.delivery.asker import Asker
from agent.delivery.connect import open_connection
from agent.delivery.problems import read_problem
from agent.delivery.proxies import Address, Proxy
from agent.errors import NetworkError, TrustError
from wire import limits

CONTENT_TYPE = "application/cbor"
INTRODUCE = "/v1/introduce"
_NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME of OpenSSL, which Python's ssl does not name."""
_DATES = {9, 10}
"""X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED."""
_NAMES = {62, 64}
"""X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH."""
_OLD_TLS = ("PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL", "VERSION_TOO_LOW")
_OK = 200
_SIGN_IN = 511
"""RFC 6585: the network wants somebody to sign in first."""
_OVER = "the collector's answer is over its bound: update the agent"
_CHUNK = 64 * limits.KIB


class InterceptedError(TrustError):
    """Something on the way shows a certificate of its own."""


class CutError(NetworkError):
    """The collector was reached, and the connection ended as TLS began."""


class Session(Asker):
    """A connection to the collector, opened when first used and kept for more."""

    def __init__(
        self,
        url: str,
        authorities: tuple[bytes, ...] | None,
        proxy: Proxy | None = None,
        seconds: float = EXCHANGE_SECONDS,
        admission: Admission | None = None,
    ) -> None:
        """Prepare; nothing is sent yet.

        Args:
            url: the collector's https address.
            authorities: the pinned CA certificates, DER; at least one. None before
                enrolment: then whoever answers may be asked for the introduction
                alone, which is believed for its signature (`enrolment.py`).
            proxy: the HTTP proxy to go through.
            seconds: bound of one question with its answer, connecting included.
            admission: what the gate knows this device by; None where nothing is kept.

        Raises:
            UsageError: the address cannot be read.
            TrustError: a CA certificate is missing or damaged.
        """
        self._address = proxies.parse_url(url)
        self._proxy = proxy
        self._seconds = seconds
        self._authorities, self._admission = authorities, admission
        self._context = (
            trusting(authorities)
            if authorities is None or admission is None
            else admission.context(url, authorities)
        )
        self._stranger = authorities is None
        self._socket: ssl.SSLSocket | None = None
        self._known = False  # its admission is kept: to ask again takes half a ms
        self.dates_ignored = False
        """True once a certificate's dates did not fit this machine's clock."""

    def close(self) -> None:
        """Let the connection go."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def post(self, path: str, body: bytes) -> bytes:
        """Ask one question and return the answer's body.

        Args:
            path: of the collector's API.
            body: CBOR.

        Raises:
            NetworkError: the collector cannot be reached.
            TrustError: someone else answers in its place.
            Problem: the collector refused, with its reason.
        """
        if self._stranger and path != INTRODUCE:
            msg = "nothing but the introduction is asked before the CA is known"
            raise TrustError(msg)
        reused = self._socket is not None
        deadline = time.monotonic() + self._seconds
        try:
            try:
                return self._exchange(path, body, deadline)
            except (ConnectionError, ssl.SSLEOFError):
                if not reused:
                    raise
                self.close()  # it had gone stale: the next one is fresh
                return self._exchange(path, body, deadline)
        except (OSError, ValueError) as problem:
            self.close()
            raise NetworkError(_explain(problem)) from problem
        except NetworkError:
            self.close()
            raise

    def _exchange(self, path: str, body: bytes, deadline: float) -> bytes:
        if self._socket is None:
            self._socket, self._known = self.connect(known=True), False
        stream = Stream(self._socket, deadline)
        stream.send(self._head(path, len(body)) + body)
        reply = Reply(io.BufferedReader(stream))
        try:
            return _read(reply)
        finally:
            if self._admission is not None and not self._known:
                given = self._socket.session
                self._known = self._admission.keep(self._context, given)
            if not reply.reusable or reply.taken != stream.brought:
                self.close()

    def _head(self, path: str, length: int) -> bytes:
        lines = (
            f"POST {path} HTTP/1.1",
            f"Host: {self._address.authority}",
            f"Content-Type: {CONTENT_TYPE}",
            f"Content-Length: {length}",
            f"Accept: {CONTENT_TYPE}",
            "Accept-Encoding: identity",
        )
        return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")

    @property
    def authority(self) -> str:
        """Return the collector's host and port as HTTP writes them."""
        return self._address.authority

    def connect(self, *, known: bool = False) -> ssl.SSLSocket:
        """Return a new connection; made without dates where dates alone were wrong.

        Args:
            known: whether the gate is shown the admission that it gave, once.

        Raises:
            NetworkError: the collector cannot be reached.
            TrustError: someone else answers in its place.
            OSError: the connection broke.
        """
        try:
            return self._handshake(known=known)
        except ssl.SSLCertVerificationError as problem:
            if problem.verify_code not in _DATES or self.dates_ignored:
                raise _untrusted(problem) from problem
        self.dates_ignored = True
        self._context = trusting(self._authorities)  # another one may have the first
        self._context.verify_flags |= _NO_CHECK_TIME
        try:
            return self._handshake(known=False)
        except ssl.SSLCertVerificationError as problem:
            raise _untrusted(problem) from problem

    def _handshake(self, *, known: bool) -> ssl.SSLSocket:
        raw = reach(self._address, self._proxy)
        shown = (
            self._admission.take(self._context) if self._admission and known else None
        )
        try:
            raw.settimeout(CONNECT_SECONDS)
            name = self._address.host.encode("ascii")  # see `open_connection`
            return self._context.wrap_socket(raw, server_hostname=name, session=shown)
        except ssl.SSLCertVerificationError:
            raw.close()
            raise
        except ssl.SSLError as problem:
            raw.close()
            raise _no_tls(problem) from problem
        except BaseException:
            raw.close()
            raise


class Stream(io.RawIOBase):
    """A socket for one answer, bounded in bytes and by one deadline for every step.

    What is read without a bound of its own ends here, as interim answers do; and no
    one can drip.
    """

    def __init__(
        self,
        connection: ssl.SSLSocket,
        deadline: float,
        most: int = ANSWER_WHOLE_BYTES,
    ) -> None:
        """Take the socket, the moment of its end and the bytes it may bring."""
        self._connection = connection
        self._deadline = deadline
        self._left = most
        self.brought = 0

    def readable(self) -> bool:
        """Say that it reads."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # BufferedReader hands a memoryview
        """Read what is there, before the deadline."""
        self._hurry()
        count = self._connection.recv_into(buffer)
        self._left -= count
        self.brought += count
        if self._left < 0:
            raise NetworkError(_OVER)
        return count

    def send(self, octets: bytes) -> None:
        """Send all, before the deadline."""
        view = memoryview(octets)
        while view:
            self._hurry()
            view = view[self._connection.send(view[:_CHUNK]) :]

    def _hurry(self) -> None:
        _set_timeout(self._connection, self._deadline)


def _set_timeout(connection: socket.socket, deadline: float) -> None:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    connection.settimeout(left)


def presented(address: Address, proxy: Proxy | None) -> bytes:
    """Return the certificate that whoever answers shows, DER; nothing is asked of them.

    Raises:
        NetworkError: nobody can be reached.
        OSError: no TLS comes about.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with reach(address, proxy) as raw:
        raw.settimeout(CONNECT_SECONDS)
        name = address.host.encode("ascii")  # see `open_connection`
        with context.wrap_socket(raw, server_hostname=name) as wrapped:
            return wrapped.getpeercert(binary_form=True) or b""


def reach(address: Address, proxy: Proxy | None) -> socket.socket:
    """Return a TCP connection that ends at the collector.

    Raises:
        NetworkError: it, or the proxy, cannot be reached.
    """
    host, port = (proxy.host, proxy.port) if proxy else (address.host, address.port)
    what = "proxy" if proxy else "collector"
    try:
        raw = open_connection(host, port)
        raw.settimeout(CONNECT_SECONDS)
    except OSError as problem:
        raise NetworkError(_unreachable(what, problem)) from problem
    try:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if proxy:
            _tunnel(raw, address, proxy)
    except BaseException:
        raw.close()
        raise
    return raw


def _tunnel(raw: socket.socket, address: Address, proxy: Proxy) -> None:
    """Ask a proxy for a tunnel; nothing may follow its answer before we speak."""
    deadline = time.monotonic() + CONNECT_SECONDS
    raw.sendall(proxies.connect_request(address, proxy))
    head = b""
    while b"\r\n\r\n" not in head and len(head) < PROXY_ANSWER_BYTES:
        _set_timeout(raw, deadline)
        piece = raw.recv(PROXY_ANSWER_BYTES - len(head))
        if not piece:
            break
        head += piece
    proxies.check_connected(head)
    if not head.endswith(b"\r\n\r\n"):
        msg = "the proxy answers with something of its own: ask who runs it"
        raise NetworkError(msg)


def _read(reply: Reply) -> bytes:
    """Return the body of a good answer, within its bound."""
    content_type = (reply.header("Content-Type") or "").partition(";")[0]
    content_type = content_type.strip().lower()
    if reply.status != _OK:
        if reply.status // 100 == 3:  # noqa: PLR2004 - HTTP's class of redirects
            msg = (
                "the collector's address leads elsewhere: sign in to the network if it "
                "asks for that, else enrol with the collector's own address"
            )
            raise NetworkError(msg)
        if reply.status == _SIGN_IN:
            raise NetworkError(proxies.SIGN_IN)
        body = reply.read(PROBLEM_BYTES)  # what is over belongs to no problem
        retry_after = reply.header("Retry-After")
        raise read_problem(reply.status, content_type, retry_after, body)
    if content_type != CONTENT_TYPE or reply.header("Content-Encoding"):
        msg = "what answers at the collector's address is no collector: check the URL"
        raise NetworkError(msg)
    return _bounded(reply, limits.ANSWER_BYTES)


def _bounded(reply: Reply, most: int) -> bytes:
    body = reply.read(most + 1)
    if len(body) > most:
        raise NetworkError(_OVER)
    return body


def _untrusted(problem: ssl.SSLCertVerificationError) -> TrustError:
    if problem.verify_code in _NAMES:
        msg = (
            "the collector's certificate does not name the address in use: enrol with "
            "an address that it names, or have the certificate renewed"
        )
        return TrustError(msg)
    msg = (
        "something between this machine and the collector presents another "
        "certificate: sign in to the network if it asks for that, else ask who "
        "runs the proxy or firewall to leave it alone"
    )
    return InterceptedError(msg)


def _no_tls(problem: ssl.SSLError) -> NetworkError | TrustError:
    reason = problem.reason or ""
    if any(name in reason for name in _OLD_TLS):
        msg = (
            "something between this machine and the collector offers less than TLS "
            "1.3: ask who runs the proxy or firewall"
        )
        return TrustError(msg)
    if isinstance(problem, ssl.SSLEOFError):
        cut = "the connection was cut as TLS began: a firewall may forbid it"
        return CutError(cut)
    msg = (
        "what answers does not speak TLS: sign in to the network if it asks for that, "
        "and check the port"
    )
    return NetworkError(msg)


def _unreachable(what: str, problem: OSError) -> str:
    if isinstance(problem, socket.gaierror):
        return f"the {what}'s name is not known here: check the address and the DNS"
    if isinstance(problem, TimeoutError):
        return f"the {what} does not answer: check the network and the firewall"
    if isinstance(problem, ConnectionRefusedError):
        return f"nothing listens at the {what}'s address: check host and port"
    return f"the {what} cannot be reached: check this machine's network"


def _explain(problem: OSError | ValueError) -> str:
    if isinstance(problem, TimeoutError):
        return (
            "the collector took too long to answer: data stays here and is sent later"
        )
    if isinstance(problem, OSError):
        return (
            "the connection to the collector broke: data stays here and is sent later"
        )
    return "the collector's answer was cut off or is no HTTP: it is asked again later"

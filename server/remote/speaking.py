# SPDX-License-Identifier: Apache-2.0
"""Speaks with a console as a program: signs in by a key file, opens and sends.

Rules: TLS 1.3 and the certificate of who was named, or nothing is said; a signature
names the console, so that nobody uses it at another; an answer is bounded, and one that
is cut off is an error; what a console says is shown without what hides or turns text.
Not here: the session's file (`kept.py`), the console's side (`server/console`).
"""

import base64
import binascii
import http.client
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import BinaryIO
from urllib.parse import urlencode

from server.access import key_proofs
from server.access.bounds import SECRET_BYTES
from server.access.sessions import token_of
from server.errors import DeniedError, ServerError, UnreachableError, UsageError
from server.formats.sending import Target, connected, tls_context
from server.remote.kept import Kept, place_of
from wire import limits
from wire.crypto.signing import SigningKey

COOKIE = "__Host-discreet"
_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"
_PAGE = "text/html"
_ANSWER_BYTES = 2 * limits.EVIDENCE_PACKAGE_BYTES
"""The largest file that a console gives is a package of evidence."""
_TOLD_BYTES = 64 * 1024
_PIECE_BYTES = 1024 * 1024
_REFUSED, _NOBODY, _DENIED = "sign-in-refused", "not-signed-in", "denied"
_AGAIN = "you are not signed in any more: sign in again with remote sign-in"
_UNKNOWN = (
    "the console does not let this key in: its person is not registered, or does not "
    "take part; ask who leads you"
)
_OTHER = "this is no console of this release: look at the address, and at its version"


@dataclass(frozen=True, slots=True)
class Given:
    """What a console answered.

    Attributes:
        kind: the type of the content; empty where there is none.
        size: octets that were written.
    """

    kind: str
    size: int

    @property
    def is_page(self) -> bool:
        """Tell whether it is a page, for people and browsers."""
        return self.kind == _PAGE


def sign_in(origin: str, authority: str, key: SigningKey) -> Kept:
    """Return a new session of whoever holds a key.

    Args:
        origin: of the console.
        authority: certificates in PEM of who signs its certificate; empty for those
            that this system trusts.
        key: of a person whom the console knows.

    Raises:
        DeniedError: the console does not let this key in.
        UnreachableError: it does not answer, or is none.
        TrustError: it shows a certificate of somebody else.
    """
    stranger = Kept(origin, authority, "")
    told, _ = _said(stranger, "/key/begin", {})
    try:
        challenge = base64.b64decode(str(told.get("challenge")), validate=True)
    except binascii.Error:
        challenge = b""
    if len(challenge) != SECRET_BYTES:
        raise UnreachableError(_OTHER)
    proof = {
        "key": key.public,
        "challenge": challenge,
        "signature": key_proofs.sign(key, origin, challenge),
    }
    encoded = {name: base64.b64encode(one).decode() for name, one in proof.items()}
    told, secret = _said(stranger, "/key", encoded)
    if told.get("refused"):
        raise DeniedError(_REFUSED, _UNKNOWN, written=True)
    if not secret:
        raise UnreachableError(_OTHER)
    return Kept(origin, authority, secret)


def get(session: Kept, path: str, out: BinaryIO) -> Given:
    """Open a route of the console and write what it gives.

    Args:
        session: of who asks.
        path: the route, with its query.
        out: takes the octets of a file; a page is not written.

    Raises:
        ServerError: what the console says is wrong, as its own class.
    """
    return _asked(session, "GET", _route(path), None, out)


def send(
    session: Kept, path: str, fields: Sequence[tuple[str, str]], out: BinaryIO
) -> Given:
    """Send a form to a route of the console, as its page does.

    Args:
        session: of who asks.
        path: the route.
        fields: each with its value; a name may stand more than once.
        out: takes the octets of a file that is the answer; a page is not written.

    Raises:
        ServerError: what the console says is wrong, as its own class.
    """
    token = ("token", token_of(session.secret))
    body = urlencode([token, *fields]).encode()
    return _asked(session, "POST", _route(path), body, out)


def _route(path: str) -> str:
    """Return a route that a person typed.

    Raises:
        UsageError: it is none.
    """
    if not path.startswith("/") or not path.isascii() or not path.isprintable():
        msg = "name a route of the console, such as /me/taken"
        raise UsageError(msg)
    if " " in path:
        msg = "write what is odd in a route as browsers do, a blank as %20"
        raise UsageError(msg)
    return path


def _asked(
    session: Kept, method: str, path: str, body: bytes | None, out: BinaryIO
) -> Given:
    kind = _FORM if body is not None else ""
    with _line(session) as line:
        line.request(method, path, body, _headers(session, kind))
        answer = line.getresponse()
        if answer.status in {HTTPStatus.OK, HTTPStatus.SEE_OTHER}:
            return _taken(answer, out)
        raise _problem(answer.status, answer.read(_TOLD_BYTES))


def _taken(answer: http.client.HTTPResponse, out: BinaryIO) -> Given:
    """Write what a console gives, unless it is a page or leads to one.

    Raises:
        UnreachableError: it is cut off, or has no end.
    """
    kind = answer.headers.get_content_type()
    if answer.status == HTTPStatus.SEE_OTHER or kind == _PAGE:
        return Given(_PAGE, 0)
    promised, size = answer.length, 0
    while piece := answer.read(_PIECE_BYTES):
        size += len(piece)
        if size > _ANSWER_BYTES:
            break
        out.write(piece)
    if size > _ANSWER_BYTES or (promised is not None and size != promised):
        msg = "the answer was cut off or too long: try again"
        raise UnreachableError(msg)
    return Given(kind, size)


def _said(
    session: Kept, path: str, said: Mapping[str, str]
) -> tuple[dict[str, object], str]:
    """Say something in JSON; return what is answered, and the secret of a session.

    Raises:
        UnreachableError: this is no console, or it does not answer.
        TrustError: it shows a certificate of somebody else.
    """
    with _line(session) as line:
        line.request("POST", path, json.dumps(said), _headers(session, _JSON))
        answer = line.getresponse()
        octets = answer.read(_TOLD_BYTES)
        cookie = answer.headers.get("set-cookie", "")
    told = _told(octets)
    if answer.status == HTTPStatus.FORBIDDEN and told.get("refused"):
        return told, ""
    if answer.status != HTTPStatus.OK:
        raise _problem(answer.status, octets)
    name, _, value = cookie.partition(";")[0].partition("=")
    return told, value.strip('"') if name == COOKIE else ""


def _headers(session: Kept, kind: str) -> dict[str, str]:
    """Return the headers of a request, as a program of the console's own origin."""
    headers = {
        "Host": session.origin.removeprefix("https://"),
        "Origin": session.origin,
        "Accept": _JSON,
        "Connection": "close",
    }
    if kind:
        headers["Content-Type"] = kind
    if session.secret:
        headers["Cookie"] = f"{COOKIE}={session.secret}"
    return headers


@contextmanager
def _line(session: Kept) -> Iterator[http.client.HTTPConnection]:
    """Give a connection to the console, held to the certificate that was pinned."""
    host, port = place_of(session.origin)
    where = Target(host, port, pinned=session.authority or None)
    with (
        connected(where) as plain,
        tls_context(where).wrap_socket(plain, server_hostname=where.host) as secured,
    ):
        line = http.client.HTTPConnection(where.host, where.port)
        line.sock = secured
        yield line


def _told(octets: bytes) -> dict[str, object]:
    try:
        found: object = json.loads(octets)
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else {}


def _problem(status: int, octets: bytes) -> ServerError:
    """Return what an answer means that is no success."""
    told = str(_told(octets).get("told", ""))
    sentence = "".join(char if char.isprintable() else "?" for char in told)
    match status:
        case HTTPStatus.UNAUTHORIZED:
            return DeniedError(_NOBODY, _AGAIN, written=True)
        case HTTPStatus.FORBIDDEN:
            return DeniedError(_DENIED, sentence or _OTHER, written=True)
        case HTTPStatus.MISDIRECTED_REQUEST:
            msg = "the console has another name: give the origin of its config.toml"
            return UsageError(msg)
        case HTTPStatus.BAD_REQUEST | HTTPStatus.NOT_FOUND:
            return UsageError(sentence or _OTHER)
        case HTTPStatus.METHOD_NOT_ALLOWED:
            msg = "this route is not used so: docs/console-openapi.json lists all"
            return UsageError(msg)
    return UnreachableError(sentence or _OTHER)

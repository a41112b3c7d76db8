# SPDX-License-Identifier: Apache-2.0
"""Promises of the command line on another machine: what it says, to whom, and not.

Rules: consoles that lie or break off are real servers over TLS; what is typed wrongly
is told in a sentence, and nothing is sent.
Not here: a console that runs (`tests/e2e/test_remote_console.py`), the console's side
(`test_access_entering.py`, `test_console_pages.py`).
"""

import base64
import io
import json
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tls_fixture import Answer, Reply, authority, server_credential, tls_server

from server import __main__ as program
from server.access import key_proofs
from server.errors import (
    DeniedError,
    ServerError,
    StateError,
    TrustError,
    UnreachableError,
    UsageError,
)
from server.remote import kept, speaking
from server.remote.kept import Kept
from wire.crypto.signing import SigningKey

pytestmark = pytest.mark.slow
SECRET = "s" * 43
KEY = SigningKey.generate()
CHALLENGE = bytes(range(32))


@contextmanager
def console(answer: Answer, folder: Path) -> Iterator[Kept]:
    """Run something that may be a console; yields a session with it."""
    ca = authority()
    with tls_server(folder, server_credential(ca), answer) as server:
        pem = ssl.DER_cert_to_PEM_cert(ca.certificate)
        yield Kept(f"https://localhost:{server.port}", pem, SECRET)


def said(status: int = 200, cookie: str = "", **told: object) -> Reply:
    """Return an answer in JSON."""
    headers = (("Set-Cookie", cookie),) if cookie else ()
    return Reply(json.dumps(told).encode(), status, "application/json", headers)


def challenge(octets: bytes = CHALLENGE) -> Reply:
    """Return the answer that has a challenge."""
    return said(challenge=base64.b64encode(octets).decode())


def test_what_is_signed_names_the_console(tmp_path: Path) -> None:
    """The proof is for this origin and this challenge, and the secret is kept."""
    bodies: list[dict[str, str]] = []

    def answer(path: str, body: bytes) -> Reply:
        if path == "/key/begin":
            return challenge()
        bodies.append(json.loads(body))
        return said(cookie=f"{speaking.COOKIE}={SECRET}; Path=/; Secure", done=True)

    with console(answer, tmp_path) as where:
        got = speaking.sign_in(where.origin, where.authority, KEY)
    assert got.secret == SECRET
    given = {name: base64.b64decode(value) for name, value in bodies[0].items()}
    proved = given["key"], where.origin, given["challenge"], given["signature"]
    assert (given["challenge"], key_proofs.is_proof(*proved)) == (CHALLENGE, True)
    other = given["key"], "https://elsewhere.example", CHALLENGE, given["signature"]
    assert not key_proofs.is_proof(*other)
    assert SECRET not in repr(got)


@pytest.mark.parametrize(
    ("begun", "entered", "error", "words"),
    [
        (challenge(b"short"), said(), UnreachableError, "no console"),
        (said(challenge=7), said(), UnreachableError, "no console"),
        (Reply(b"[" * 9_000), said(), UnreachableError, "no console"),
        (said(500), said(), UnreachableError, "no console"),
        (said(421), said(), UsageError, "another name"),
        (challenge(), said(done=True), UnreachableError, "no console"),
        (challenge(), said(cookie="other=x"), UnreachableError, "no console"),
        (challenge(), said(403, refused=True), DeniedError, "does not let this key"),
        (said(503, told="busy \x1b[31m\u202e"), said(), UnreachableError, "busy"),
    ],
)
def test_a_console_that_lies_gets_nothing(
    tmp_path: Path, begun: Reply, entered: Reply, error: type[ServerError], words: str
) -> None:
    """What is no challenge is not signed, and what is no session is not kept."""

    def answer(path: str, body: bytes) -> Reply:
        del body
        return begun if path == "/key/begin" else entered

    with (
        console(answer, tmp_path) as where,
        pytest.raises(error, match=re.escape(words)) as told,
    ):
        speaking.sign_in(where.origin, where.authority, KEY)
    assert "\x1b" not in str(told.value)


def test_another_s_certificate_gets_no_word(tmp_path: Path) -> None:
    """Where the certificate is not of who was named, not even the session is sent."""
    asked: list[str] = []

    def answer(path: str, body: bytes) -> Reply:
        del body
        asked.append(path)
        return said()

    other = ssl.DER_cert_to_PEM_cert(authority().certificate)
    with console(answer, tmp_path) as where:
        wrong = Kept(where.origin, other, SECRET)
        for act in (
            lambda: speaking.sign_in(wrong.origin, other, KEY),
            lambda: speaking.send(wrong, "/sign-out", [], io.BytesIO()),
        ):
            with pytest.raises(TrustError, match="--authority"):
                act()
    assert asked == []


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(b"half", content_type="text/csv", length=400), UnreachableError),
        (said(401), DeniedError),
        (said(403, told="prove first that it is you"), DeniedError),
        (said(400, told="say why"), UsageError),
        (said(404, told="not here"), UsageError),
        (said(405), UsageError),
        (said(503, told="away"), UnreachableError),
    ],
)
def test_what_goes_wrong_is_told_as_what_it_is(
    tmp_path: Path, reply: Reply, error: type[ServerError]
) -> None:
    """Each refusal has its own class, and a file that was cut off is none."""
    with (
        console(lambda path, body: reply, tmp_path) as where,  # noqa: ARG005 - as asked
        pytest.raises(error),
    ):
        speaking.send(where, "/explore/file", [("reason", "r")], io.BytesIO())


def test_a_form_carries_the_session_s_token(tmp_path: Path) -> None:
    """A form has the token by which the console knows that it is no other page's."""
    bodies: list[bytes] = []

    def answer(path: str, body: bytes) -> Reply:
        del path
        bodies.append(body)
        return Reply(b"a,b\r\n", content_type="text/csv")

    out = io.BytesIO()
    with console(answer, tmp_path) as where:
        given = speaking.send(where, "/x", [("a", "b c"), ("a", "d")], out)
    assert bodies[0].startswith(b"token=")
    assert bodies[0].endswith(b"&a=b+c&a=d")
    assert (given.kind, out.getvalue()) == ("text/csv", b"a,b\r\n")


@pytest.mark.parametrize(
    "typed",
    [
        *("", "console.example.org", "http://console.example.org", "https://"),
        *("https://a/b", "https://a b", "https://user@a", "https://a?x", "https://ä"),
    ],
)
def test_what_is_no_console_s_address_is_said(typed: str) -> None:
    """Only an origin is taken, as browsers have it."""
    with pytest.raises(UsageError, match="name the console as browsers do"):
        kept.origin_of(typed)


def test_an_address_is_taken_as_it_is_meant() -> None:
    """A slash at its end and capitals change nothing; a port is one."""
    assert kept.origin_of(" https://Console.Example/ ") == "https://console.example"
    assert kept.place_of("https://a.example") == ("a.example", 443)
    assert kept.place_of("https://a.example:8444") == ("a.example", 8444)
    for port in ("0", "65536", "99999"):
        with pytest.raises(UsageError, match="port"):
            kept.place_of(f"https://a.example:{port}")


def test_a_session_s_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    """It is 0600; what others may read, or is no session, is refused in words."""
    path, session = tmp_path / "session", Kept("https://a.example", "", SECRET)
    with pytest.raises(StateError, match="sign in with remote sign-in"):
        kept.read(path)
    kept.keep(path, session)
    assert (path.stat().st_mode & 0o777, kept.read(path)) == (0o600, session)
    path.chmod(0o644)
    with pytest.raises(StateError, match="others may read"):
        kept.read(path)
    odd = [b"", b"[]", b"{", b"\xff", b"[" * 9_000]
    whole = {"console": session.origin, "authority": "", "secret": SECRET}
    odd += [
        json.dumps(whole | wrong).encode()
        for wrong in (
            {"console": "http://a.example"},
            {"secret": "a\r\nX: y"},
            {"secret": 7},
        )
    ]
    path.chmod(0o600)
    for octets in odd:
        path.write_bytes(octets)
        with pytest.raises(StateError, match="no file of a session"):
            kept.read(path)


@pytest.mark.parametrize("route", ["me", "", "/a b", "/a\r\nHost: x", "/ä"])
def test_a_route_is_one(route: str) -> None:
    """What is no route of a console is refused before anything is sent."""
    with pytest.raises(UsageError):
        speaking.get(Kept("https://a.invalid", "", SECRET), route, io.BytesIO())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("sign-in", "--console", "x"), "as browsers do"),
        (("get", "/me/taken"), "there is no session"),
        (("send", "/tickets/open", "ticket"), "there is no session"),
    ],
)
def test_a_command_says_what_is_wrong(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    words: str,
) -> None:
    """Without a session, or a console's address, one sentence says what to do."""
    session = ("--session", str(tmp_path / "session"))
    key = ("--key", str(tmp_path / "key")) if arguments[0] == "sign-in" else ()
    assert program.main(["remote", *arguments, *key, *session]) in {2, 7}
    assert words in capsys.readouterr().err


def test_a_field_has_a_name_and_a_value(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A field without its sign of equality is refused, and nothing is sent."""
    path = tmp_path / "session"
    kept.keep(path, Kept("https://a.invalid", "", SECRET))
    session = ("--session", str(path))
    assert program.main(["remote", "send", "/x", "ticket", *session]) == 2
    assert "NAME=VALUE" in capsys.readouterr().err


def test_an_authority_is_of_certificates(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is no certificate, in PEM or DER, is refused before the key is opened."""
    wrong = tmp_path / "authority"
    for octets in (b"", b"no", b"-----BEGIN CERTIFICATE-----\nAA\n"):
        wrong.write_bytes(octets)
        arguments = ["--console", "https://a.invalid", "--authority", str(wrong)]
        arguments += ["--key", str(tmp_path / "k"), "--session", str(tmp_path / "s")]
        assert program.main(["remote", "sign-in", *arguments]) == 2
        assert "no file of certificates" in capsys.readouterr().err

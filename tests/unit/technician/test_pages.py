# SPDX-License-Identifier: Apache-2.0
"""What the page on a technician's machine gives, to whom, and what it takes.

Rules: the program runs as it ships and is asked over HTTP; passkeys are software ones.
Not here: a browser's part (`tests/e2e/test_authorise.py`).
"""

import http.client
import json
import re
import socket
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from authenticator import Passkey as Software
from authorise_room import drafted, page_of, request
from hypothesis import given
from hypothesis import strategies as some

import policies
from technician import keys, page
from technician.browsing import passkey_of
from technician.errors import TechnicianError
from technician.keys import Passkey
from technician.speaking import speeches
from wire.authorisation import unauthorised
from wire.order_words import Line, describe
from wire.orders import challenge, read_order
from wire.technicians import KeyKind

pytestmark = pytest.mark.slow
PORT = 18_347
SOFTWARE = Software(b"s" * 32, origin=f"http://localhost:{PORT}")
CREDENTIAL = b"credential"
ENGLISH, GERMAN = speeches()["en"], speeches()["de"]
HOSTILE = "<script>alert(1)</script>&quot;'\"><img src=x onerror=alert(1)>"


@dataclass
class Shown:
    """A page that is shown, and the program that shows it."""

    program: subprocess.Popen[str]
    address: str
    place: Path

    def ask(
        self,
        name: str = "",
        answer: object = None,
        headers: Mapping[str, str] | None = None,
        path: str | None = None,
    ) -> tuple[int, str, Mapping[str, str]]:
        """Ask as the browser does, with changes; return status, body and headers."""
        parts = urlsplit(self.address)
        sent = {"Host": parts.netloc, "Origin": SOFTWARE.origin}
        if answer is not None:
            sent["Content-Type"] = "application/json"
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=20)
        connection.request(
            "GET" if answer is None else "POST",
            parts.path + name if path is None else path,
            None if answer is None else json.dumps(answer),
            sent | dict(headers or {}),
        )
        got = connection.getresponse()
        body = got.read().decode()
        connection.close()
        return got.status, body, dict(got.headers)

    def signed(self, software: Software = SOFTWARE) -> dict[str, str]:
        """Return what a browser answers with a passkey's assertion."""
        proof = software.sign(challenge((self.place / "request").read_bytes()))
        assert proof.authenticator is not None
        assert proof.client is not None
        return {
            "authenticator": page.text_of(proof.authenticator),
            "client": page.text_of(proof.client),
            "signature": page.text_of(proof.signature),
        }


@pytest.fixture
def shown(tmp_path: Path) -> Iterator[Shown]:
    """Return the page of a request whose reason is hostile."""
    keys.write_passkey(
        tmp_path / "mine", Passkey(CREDENTIAL, SOFTWARE.technician("Lena"))
    )
    path = drafted(tmp_path, reason=HOSTILE)
    with page_of(
        *("serve", path, "--passkey", tmp_path / "mine", "--port", str(PORT))
    ) as (program, address):
        yield Shown(program, address, tmp_path)


class Words(HTMLParser):
    """The text of a page, and its elements."""

    def __init__(self, octets: str) -> None:
        """Read a page."""
        super().__init__()
        self.text, self.tags = "", []
        self.feed(octets)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """Note an element."""
        del attrs
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.text += data


def test_a_page_shows_the_request_and_is_inert(shown: Shown) -> None:
    """All that is signed stands there as text; nothing in it is markup."""
    status, body, headers = shown.ask()
    assert status == 200
    words = Words(body)
    for text in ("service_state", "“cups”", "“T-1042”", f"“{HOSTILE}”"):
        assert text in words.text
    assert (words.tags.count("script"), words.tags.count("img")) == (1, 0)
    assert "onerror" not in re.sub(r"<bdi>.*?</bdi>", "", body)
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["Referrer-Policy"] == "no-referrer"


def test_a_german_browser_is_answered_in_german(shown: Shown) -> None:
    """Words that are signed have their meaning beside them; refusals are said in it."""
    german = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}
    _, body, _ = shown.ask(headers=german)
    assert '<html lang="de">' in body
    for text in ("On device", "Auf Gerät", "10 seconds", "10 Sekunden", "“cups”"):
        assert text in Words(body).text
    assert "Mit service: " not in body
    unverified = shown.signed(SOFTWARE.but(flags=1))
    _, told, _ = shown.ask("yes", unverified, german)
    assert told == "Nicht unterschrieben: der Passkey hat nicht geprüft, wer da ist"


def test_a_language_that_was_pressed_stays(shown: Shown) -> None:
    """It counts over the browser's until the program ends; no other word is one."""
    english = {"Accept-Language": "en"}
    assert "Say no" in shown.ask("?language=xx", headers=english)[1]
    assert "Sagen Sie Nein" in shown.ask("?language=de", headers=english)[1]
    assert "Sagen Sie Nein" in shown.ask(headers=english)[1]
    assert "nichts wurde unterschrieben" in shown.ask("no", {}, english)[1]


def test_a_passkey_signs_once(shown: Shown) -> None:
    """What it says is checked as a device does, written, and the program ends."""
    status, body, _ = shown.ask("yes", shown.signed())
    assert (status, "Signed" in body) == (200, True)
    assert shown.program.wait(20) == 0
    order, asked = read_order((shown.place / "request.order").read_bytes())
    known = [SOFTWARE.technician("Lena")]
    assert unauthorised(order, asked, known, (), sensitive=False) is None


def test_what_no_device_takes_is_not_written(shown: Shown) -> None:
    """Another key, challenge or origin, or nobody verified, is told and tried again."""
    other = request().id
    for wrong in (
        SOFTWARE.but(seed=b"o" * 32),
        SOFTWARE.but(origin="http://localhost:1"),
        SOFTWARE.but(flags=1),
        SOFTWARE.but(type="webauthn.create"),
    ):
        status, body, _ = shown.ask("yes", shown.signed(wrong))
        assert (status, body.startswith("Not signed: ")) == (409, True)
    stale = SOFTWARE.sign(challenge(other))
    assert stale.client is not None
    answer = shown.signed() | {"client": page.text_of(stale.client)}
    assert shown.ask("yes", answer)[0] == 409
    assert not (shown.place / "request.order").exists()
    assert shown.ask("yes", shown.signed())[0] == 200


def test_whoever_says_no_signs_nothing(shown: Shown) -> None:
    """The program ends, and there is no order."""
    assert shown.ask("no", {})[0] == 200
    assert shown.program.wait(20) == 6
    assert not (shown.place / "request.order").exists()


def test_a_silent_connection_holds_nobody_up(shown: Shown) -> None:
    """A browser that opens more connections than it uses is answered all the same."""
    with socket.create_connection(("127.0.0.1", PORT)) as silent:
        assert shown.ask()[0] == 200
        other = SOFTWARE.but(seed=b"o" * 32)
        assert shown.ask("yes", shown.signed(other))[0] == 409
        silent.settimeout(0)
        with pytest.raises(BlockingIOError):  # for none of them it was let go
            silent.recv(1)
        assert shown.ask("yes", shown.signed())[0] == 200
        assert shown.program.wait(8) == 0  # nor is it waited for at the end


def test_only_this_page_is_heard(shown: Shown) -> None:
    """A foreign name, origin or word, and any other path, gets nothing."""
    answer = shown.signed()
    for name, sent, headers, path, status in (
        ("", None, {"Host": f"evil.example:{PORT}"}, None, 404),
        ("", None, {"Host": f"127.0.0.1:{PORT}"}, None, 404),
        ("", None, {}, "/", 404),
        ("", None, {}, "/word/", 404),
        ("../keys", None, {}, None, 404),
        ("yes", answer, {"Origin": "https://evil.example"}, None, 403),
        ("yes", answer, {"Origin": "null"}, None, 403),
        ("no", {}, {"Origin": f"http://localhost:{PORT + 1}"}, None, 403),
        ("yes", answer, {"Content-Type": "text/plain"}, None, 400),
        ("yes", answer, {"Content-Length": "99999"}, None, 400),
        ("yes", [1], {}, None, 400),
        ("yes", {"client": 1}, {}, None, 409),
    ):
        assert shown.ask(name, sent, headers, path)[0] == status
    assert not (shown.place / "request.order").exists()


def test_a_passkey_is_good_for_one_address(tmp_path: Path) -> None:
    """On another port it is told which one it is for."""
    keys.write_passkey(
        tmp_path / "mine", Passkey(CREDENTIAL, SOFTWARE.technician("Lena"))
    )
    path = drafted(tmp_path)
    with page_of("serve", path, "--passkey", tmp_path / "mine") as (program, _):
        assert program.wait(20) == 2
        assert program.stderr is not None
        assert f"localhost:{PORT}" in program.stderr.read()


@pytest.mark.parametrize("kind", [KeyKind.PASSKEY_ES256, KeyKind.PASSKEY_EDDSA])
def test_a_browser_makes_a_key(kind: KeyKind) -> None:
    """Its key is taken in the one form of its kind, and in no other."""
    software = SOFTWARE.but(kind=kind)
    answer = {
        "credential": page.text_of(CREDENTIAL),
        "algorithm": -7 if kind is KeyKind.PASSKEY_ES256 else -8,
        "public": page.text_of(software.spki()),
    }
    made = passkey_of(answer, "Lena", SOFTWARE.origin)
    assert made.technician == software.technician("Lena")
    for changes in (
        {"algorithm": -257},
        {"algorithm": "-7x"},
        {"public": page.text_of(software.spki()[:-1])},
        {"public": page.text_of(software.public)},
        {"public": "§"},
        {"credential": ""},
    ):
        with pytest.raises(TechnicianError):
            passkey_of(answer | changes, "Lena", SOFTWARE.origin)


def test_every_text_is_in_every_language() -> None:
    """A language lacks none and takes the same values, or its page would break."""
    assert ENGLISH.texts.keys() == GERMAN.texts.keys()
    for name, text in ENGLISH.texts.items():
        taken = re.findall(r"\{\w+\}", text)
        assert re.findall(r"\{\w+\}", GERMAN.texts[name]) == taken


def test_every_diagnostic_is_told_in_every_language() -> None:
    """What the catalogue says of a diagnostic has its meaning beside it."""
    for name, dataset in policies.catalogue().datasets.items():
        if dataset.diagnostic is None:
            continue
        lines = describe(request(diagnostic=name, parameters=()), dataset)
        title = dataset.title
        body = page.authorise_page(GERMAN, lines, b"c" * 32, CREDENTIAL).decode()
        assert f"<bdi>{escape(title, quote=True)}</bdi>" in body
        assert GERMAN.shown(title) != title


@given(some.text(), some.text(), some.text())
def test_no_text_is_markup(name: str, value: str, note: str) -> None:
    """Whatever a line says is shown as text, and makes no element."""
    plain = page.authorise_page(ENGLISH, [Line("a", "b", "c")], b"c" * 32, CREDENTIAL)
    shown = page.authorise_page(
        ENGLISH, [Line(name, value, note or "c")], b"c" * 32, CREDENTIAL
    )
    words = Words(shown.decode("utf-8", "surrogatepass"))
    assert words.tags == Words(plain.decode()).tags
    for text in (name, value, note):
        assert _lines(text) in _lines(words.text)


def _lines(text: str) -> str:
    """Return a text whose lines end in one way, as a browser shows it."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def test_a_line_turns_nothing_around_it() -> None:
    """A text is set apart, so its direction stays its own."""
    shown = page.authorise_page(
        ENGLISH, [Line("Because", "“אבג”")], b"c" * 32, CREDENTIAL
    )
    assert "<dd><bdi>“אבג”</bdi></dd>" in shown.decode()

# SPDX-License-Identifier: Apache-2.0
"""What a program gives that waits for what a console sends, and what it refuses.

Rules: the program runs as it ships and is asked over HTTP, as a browser does it.
Not here: a browser's part (`tests/e2e/test_console_diagnostics.py`).
"""

import base64
import http.client
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from authenticator import Passkey as Software
from authorise_room import LOG_N, PASSPHRASE, page_of, request, typed, words

from technician import keys, page
from technician.keys import Passkey
from wire.authorisation import unauthorised
from wire.orders import Proof, challenge, read_order, write_order, write_request
from wire.technicians import TECHNICIAN

pytestmark = pytest.mark.slow
PORT = 18_346
CONSOLE = "https://console.example:8444"
SOFTWARE = Software(b"s" * 32, origin=f"http://localhost:{PORT}")
WINDOW = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


def ask(
    path: str, answer: object = None, headers: Mapping[str, str] | None = None
) -> tuple[int, str, Mapping[str, str]]:
    """Ask as the browser does, with changes; return status, body and headers."""
    sent = {"Host": f"localhost:{PORT}"} | WINDOW
    if answer is not None:
        sent |= {"Origin": SOFTWARE.origin, "Content-Type": "application/json"}
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=20)
    body = None if answer is None else json.dumps(answer)
    method = "GET" if answer is None else "POST"
    connection.request(method, path, body, sent | dict(headers or {}))
    got = connection.getresponse()
    told = got.read().decode()
    connection.close()
    return got.status, told, dict(got.headers)


def sent(**changes: object) -> tuple[bytes, str]:
    """Return a request, and the address that a console links to."""
    octets = write_request(request(**changes))
    return octets, f"/ask?request={page.text_of(octets)}"


def opened(address: str) -> str:
    """Send what a console sends; return the address of its page.

    It has an empty part, in place of whatever part the console's own address names.
    """
    status, _, headers = ask(address)
    assert status == 303
    place, part, name = headers["Location"].partition("#")
    assert (part, name) == ("#", "")
    return place


def signed(octets: bytes) -> dict[str, str]:
    """Return what a browser answers with a passkey's assertion."""
    proof = SOFTWARE.sign(challenge(octets))
    parts = {
        "authenticator": proof.authenticator,
        "client": proof.client,
        "signature": proof.signature,
    }
    return {name: page.text_of(part or b"") for name, part in parts.items()}


@pytest.fixture
def standing(tmp_path: Path) -> Iterator[None]:
    """Have Lena's program wait for her console."""
    keys.write_passkey(tmp_path / "mine", Passkey(b"one", SOFTWARE.technician("Lena")))
    given = "--passkey", tmp_path / "mine", "--port", str(PORT), "--console", CONSOLE
    with page_of("serve", *given) as (_, address):
        assert address == f"{SOFTWARE.origin}/"
        yield


@pytest.mark.usefixtures("standing")
def test_a_request_is_shown_signed_and_goes_back() -> None:
    """The words, then the proof a device takes, then a form for the console alone."""
    octets, address = sent()
    place = opened(address)
    assert octets.hex() not in place
    _, body, headers = ask(place)
    assert "service_state" in body
    assert "form-action 'none'" in headers["Content-Security-Policy"]
    assert ask(f"{place}signed")[0] == 404
    assert ask(f"{place}yes", signed(octets))[0] == 200
    status, body, headers = ask(f"{place}signed")
    assert status == 200
    assert f"form-action {CONSOLE};" in headers["Content-Security-Policy"]
    assert f'action="{CONSOLE}/diagnostics/signed"' in body
    found = re.search(r'name="order" value="([\w-]+)"', body)
    assert found is not None
    order, asked = read_order(page_octets(found[1]))
    assert order.request == octets
    known = [SOFTWARE.technician("Lena")]
    assert unauthorised(order, asked, known, (), sensitive=False) is None
    assert ask("/")[0] == 200


@pytest.mark.usefixtures("standing")
def test_a_page_is_swapped_for_no_other() -> None:
    """What comes while one is read has a page of its own; each signs its own."""
    (first, at_first), (second, at_second) = (
        sent(),
        sent(diagnostic="disk_state", parameters=()),
    )
    one, other = opened(at_first), opened(at_second)
    assert one != other
    assert "service_state" in ask(one)[1]
    assert ask(f"{one}yes", signed(second))[0] == 409
    assert ask(f"{one}yes", signed(first))[0] == 200
    assert ask(f"{other}signed")[0] == 404


@pytest.mark.usefixtures("standing")
def test_a_signature_beside_it_is_told_as_hearsay() -> None:
    """A link may say that another has signed: whose word that is stands beside it."""
    octets, _ = sent(diagnostic="packet_headers", parameters=())
    order = write_order(octets, [Proof(b"m" * 16, b"s" * 64, None, None)])
    place = opened(f"/ask?request={page.text_of(order)}")
    assert "by the word of who sent it" in ask(place)[1]
    german = ask(place, None, {"Accept-Language": "de"})[1]
    assert "Schon unterschrieben" in german
    assert "so sagt, wer es geschickt hat" in german


@pytest.mark.usefixtures("standing")
def test_what_is_no_link_of_a_console_shows_nothing() -> None:
    """A frame, a script, a foreign name, and what no device would do, are refused."""
    _, good = sent()
    late = sent(issued=1, expires=2)[1]
    for address, headers, status in (
        (good, {"Sec-Fetch-Dest": "iframe"}, 403),
        (good, {"Sec-Fetch-Mode": "no-cors"}, 403),
        (good, {"Sec-Fetch-Mode": ""}, 403),
        (good, {"Host": f"rebound.example:{PORT}"}, 404),
        (good, {"Host": f"127.0.0.1:{PORT}"}, 404),
        ("/ask", {}, 400),
        ("/ask?request=%00", {}, 400),
        ("/ask?request=§§", {}, 400),
        (f"{good}&request=AA", {}, 400),
        ("/ask?request=AAAA", {}, 409),
        (late, {}, 409),
        ("/ask/", {}, 404),
    ):
        found, body, _ = ask(address.replace("§", "%C2%A7"), None, headers)
        assert (found, "<dl>" in body) == (status, False), address


@pytest.mark.usefixtures("standing")
def test_what_is_refused_is_a_page_that_leads_back() -> None:
    """Whoever came by a link reads why there is nothing, and goes back by another."""
    late = sent(issued=1, expires=2)[1]
    german = {"Accept-Language": "de"}
    for address, why in ((late, "seine Zeit ist um"), ("/gone/", "neu gestartet")):
        _, body, headers = ask(address, None, german)
        assert why in body
        assert f'href="{CONSOLE}/diagnostics"' in body
        assert headers["Content-Type"].startswith("text/html")
    assert "text/css" in ask("/authorise.css")[2]["Content-Type"]


@pytest.mark.usefixtures("standing")
def test_the_oldest_page_gives_way() -> None:
    """Whoever sends many makes no program grow: the oldest are forgotten."""
    first = opened(sent()[1])
    for _ in range(16):
        opened(sent()[1])
    assert ask(first)[0] == 404


def test_a_key_file_signs_what_the_page_shows(tmp_path: Path) -> None:
    """A key that was unlocked signs when the person presses, and not before."""
    keys.make_key(tmp_path / "lena", "Lena", PASSPHRASE, LOG_N)
    known = [TECHNICIAN.decode((tmp_path / "lena.public").read_bytes())]
    given = "--key", tmp_path / "lena", "--passphrase-file", words(tmp_path)
    where = "--port", str(PORT), "--console", CONSOLE
    octets, address = sent()
    with page_of("serve", *given, *where):
        place = opened(address)
        assert ask(f"{place}yes", {}, {"Origin": CONSOLE})[0] == 403
        assert ask(f"{place}signed")[0] == 404
        assert ask(f"{place}yes", {})[0] == 200
        found = re.search(r'name="order" value="([\w-]+)"', ask(f"{place}signed")[1])
    assert found is not None
    order, asked = read_order(page_octets(found[1]))
    assert order.request == octets
    assert unauthorised(order, asked, known, (), sensitive=False) is None


@pytest.mark.parametrize(
    "console",
    ["http://console.example", "https://a.example/x", "https://a;b", "https://*", ""],
)
def test_a_console_is_an_origin(tmp_path: Path, console: str) -> None:
    """What is to stand in the page's policy is an origin and nothing else."""
    with pytest.raises(SystemExit):
        typed("serve", "--passkey", tmp_path / "mine", "--console", console)


def test_either_a_request_or_a_console(tmp_path: Path) -> None:
    """Without both, or with both, the person is told what to name."""
    given = "serve", "--passkey", tmp_path / "mine"
    assert "REQUEST" in typed(*given, code=2)
    both = *given, tmp_path / "request", "--console", CONSOLE
    assert "--console" in typed(*both, code=2)


def page_octets(text: str) -> bytes:
    """Return the octets of base64url without its padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

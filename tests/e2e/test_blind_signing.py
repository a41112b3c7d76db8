# SPDX-License-Identifier: Apache-2.0
"""A console that lies cannot have a technician's browser sign what it wants.

Rules: a real console and a real Chromium, whose pages and answers are changed as who
holds the console would change them, at the worst place for it: under the RP ID that
technicians' passkeys are made for; `discreet-authorise` runs as it ships; what comes
of it is carried to a device, and what has run is what the device's ledger says.
Not here: a program that waits for what a console sends (`test_lying_console.py`), a
collector without a browser (`tests/fault/test_compromised.py`).
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from authorise_room import page_of
from browser_fixture import CHROMIUM
from lying_room import AWAY, Scene, challenges, lying, octets, text, unbind
from playwright.sync_api import expect

from wire import orders
from wire.orders import challenge, read_order, write_order

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium"),
]
PORT = 18_352
AT = ("--port", str(PORT))
ASKS = """async ([challenge, credential, rpId]) => {
  const octets = (text) => Uint8Array.from(
    atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\\+/g, "-").replace(/\\//g, "_").replace(/=+$/, "");
  const made = await navigator.credentials.get({ publicKey: {
    challenge: octets(challenge), rpId, userVerification: "required",
    allowCredentials: [{ type: "public-key", id: octets(credential) }] } });
  return { authenticatorData: text(made.response.authenticatorData),
    clientDataJSON: text(made.response.clientDataJSON),
    signature: text(made.response.signature) };
}"""
"""What a script of the console says to have a passkey sign anything."""
POSTS = """async ([address, kind]) => {
  const [mode, headers] = kind ? ["cors", { "content-type": kind }] : ["no-cors", {}];
  try {
    const answer = await fetch(address, { method: "POST", mode, headers, body: "{}" });
    return `${answer.type} ${answer.status}`;
  } catch (error) { return error.name; }
}"""
SENDS = """(address) => {
  const form = Object.assign(document.createElement("form"),
    { action: address, method: "post", enctype: "text/plain" });
  document.body.append(form);
  form.submit();
}"""
FRAMES = """(address) => new Promise((done) => {
  const frame = Object.assign(document.createElement("iframe"), { src: address });
  frame.addEventListener("load", () => done());
  document.body.append(frame);
})"""


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Return Lena with both of her passkeys, and a device that names her."""
    with lying(tmp_path_factory.mktemp("blind"), PORT) as made:
        yield made


@pytest.fixture
def drafted(scene: Scene) -> Iterator[Path]:
    """Return the file of a harmless request; nothing else may have run in the end."""
    before = scene.device.begun()
    path = scene.place / "request"
    path.write_bytes(orders.write_request(scene.wish()))
    yield path
    path.unlink()
    assert scene.device.begun() == before


def test_a_console_that_asks_the_other_passkey(scene: Scene) -> None:
    """Under the same RP ID it gets a signature, worthless for its own origin."""
    scene.sign_in()
    scene.visitor.page.wait_for_url(lambda url: not url.endswith("/sign-in"))
    asked = orders.write_request(scene.wish())
    said = scene.visitor.page.evaluate(
        ASKS,
        [text(challenge(asked)), text(scene.passkey.credential), "localhost"],
    )
    where = octets(said["authenticatorData"])[:32]
    assert where == hashlib.sha256(b"localhost").digest()
    assert challenge(asked) in challenges(said)
    assert scene.fate(scene.proven(asked, said)) == "bad-proof"


def test_a_sign_in_with_another_challenge(scene: Scene) -> None:
    """What the sign-in signs of a request's digest is no proof of the request."""
    asked = orders.write_request(scene.wish())
    said = scene.sign_in_over(asked)
    assert scene.fate(scene.proven(asked, said)) == "bad-proof"


def test_a_sign_in_that_is_used_again(scene: Scene) -> None:
    """A true sign-in's assertion is no proof of any request."""
    page = scene.visitor.page
    with page.expect_request(
        lambda one: one.method == "POST" and one.url.endswith("/sign-in")
    ) as sent:
        scene.sign_in()
    said = json.loads(sent.value.post_data or "")["answer"]["response"]
    asked = orders.write_request(scene.wish())
    assert scene.fate(scene.proven(asked, said)) == "bad-proof"


def test_another_request_than_was_agreed(scene: Scene, drafted: Path) -> None:
    """The page shows what the file really asks, so that Lena says no."""
    false = scene.wish(diagnostic="packet_headers", parameters=(), reason="as agreed")
    drafted.write_bytes(orders.write_request(false))
    with _page(scene, drafted) as address:
        scene.visitor.page.goto(address)
        shown = scene.visitor.page.inner_text("dl")
        assert "packet_headers" in shown
        assert "needs a second technician's signature" in shown
        scene.visitor.page.get_by_role("button", name="No").click()
        scene.visitor.page.get_by_text("nothing was signed").wait_for()
    assert not drafted.with_name("request.order").exists()


def test_a_request_that_changes_while_it_is_read(scene: Scene, drafted: Path) -> None:
    """What was shown is signed, and not what stands in the file by then."""
    shown = drafted.read_bytes()
    with _page(scene, drafted) as address:
        scene.visitor.page.goto(address)
        false = scene.wish(diagnostic="disk_state", parameters=())
        drafted.write_bytes(orders.write_request(false))
        scene.visitor.page.get_by_role("button", name="Sign with my passkey").click()
        scene.visitor.page.get_by_text("Signed").first.wait_for()
    signed = drafted.with_name("request.order")
    order, _ = read_order(signed.read_bytes())
    signed.unlink()
    assert order.request == shown
    other = write_order(drafted.read_bytes(), order.proofs)
    assert scene.fate(other) == "bad-proof"


def test_a_page_of_the_console_around_it(scene: Scene, drafted: Path) -> None:
    """It is shown in no frame, and hears nothing of another origin."""
    visitor, page = scene.visitor, scene.visitor.page
    page.route("**/privacy", unbind)
    with _page(scene, drafted) as address:
        visitor.go("/privacy")
        page.evaluate(FRAMES, address)
        framed = [one for one in page.frames if one is not page.main_frame]
        assert [one.locator("#yes").count() for one in framed] == [0]
        told = {
            page.evaluate(POSTS, [address + answer, kind])
            for answer in ("yes", "no")
            for kind in ("", "application/json")
        }
        assert told == {"TypeError"}
        for answer in ("yes", "no"):
            visitor.go("/privacy")
            with page.expect_navigation() as went:
                page.evaluate(SENDS, address + answer)
            assert went.value is not None
            assert went.value.status == 403
        page.goto(address)
        expect(page.locator("#yes")).to_be_enabled(timeout=30_000)
    page.unroute_all()
    assert not drafted.with_name("request.order").exists()


def test_another_name_for_this_machine(scene: Scene, drafted: Path) -> None:
    """A name that was made to lead here is answered with nothing."""
    with _page(scene, drafted) as address:
        page = scene.visitor.page
        answer = page.goto(address.replace("localhost", AWAY))
        assert answer is not None
        assert answer.status == 404
        assert page.locator("#yes").count() == 0


def test_what_was_shown_in_words_runs(scene: Scene) -> None:
    """The one that Lena read and signed runs, and nothing else has."""
    path = scene.place / "request"
    asked = scene.wish(diagnostic="disk_state", parameters=())
    path.write_bytes(orders.write_request(asked))
    with _page(scene, path) as address:
        page = scene.visitor.page
        page.goto(address)
        assert "disk_state" in page.inner_text("dl")
        page.get_by_role("button", name="Sign with my passkey").click()
        page.get_by_text("Signed").first.wait_for()
    scene.agree(path.with_name("request.order").read_bytes())
    assert scene.device.begun() == scene.agreed


@contextmanager
def _page(scene: Scene, request: Path) -> Iterator[str]:
    """Have Lena's program show a request until the end of the block."""
    serve = "serve", request, "--passkey", scene.place / "lena", *AT
    with page_of(*serve) as (_, address):
        yield address

# SPDX-License-Identifier: Apache-2.0
"""A console that lies gets from the program beside it what was read in words, no more.

Rules: a technician's program waits for what a console sends, as people run it; the
console's pages are its own, changed as who holds it would change them, in a real
Chromium; whatever comes of it is carried to the device, whose ledger says what began.
Not here: a program that shows a file (`test_blind_signing.py`), what the program
refuses over HTTP (`tests/unit/technician/test_standing.py`).
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from browser_fixture import CHROMIUM
from collector_process import free_port
from diagnosing_room import REASON
from lying_room import (
    AWAY,
    HOME,
    NAME,
    Scene,
    credulous,
    lying,
    octets,
    text,
    unbind,
)
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.compromised import people
from wire.orders import (
    Request,
    read_order,
    read_request,
    write_order,
    write_request,
)

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium"),
]
GOES = "(address) => { location = address; }"
SEIZES = """(address) => {
  const handle = opener;
  open(address, "pane");
  if (handle) handle.location = address;
  return handle === null;
}"""
"""What another window of the console does to the one where her program's page is."""
PRESSES = """async (address) => {
  const at = new URL(address).origin;
  const frame = Object.assign(document.createElement("iframe"), { src: address });
  const loaded = new Promise((done) => frame.addEventListener("load", done));
  document.body.append(frame);
  await loaded;
  const told = [];
  for (const mode of ["no-cors", "cors"]) {
    for (const path of [address, `${at}/yes`, `${at}/signed`]) {
      for (const method of ["GET", "POST"]) {
        try {
          const body = method === "POST" ? "{}" : null;
          const answer = await fetch(path, { method, mode, body });
          told.push(`${answer.type} ${answer.status}`);
        } catch (error) { told.push(error.name); }
      }
    }
  }
  return told;
}"""
"""What a script of the console does by itself; it hears nothing of any answer."""
BLIND = {"TypeError"}
ON_PRESS = """(address) => {
  addEventListener("mousedown", () => { location = address; }, { once: true });
}"""
SOON_MS, SPARE_MS = 800, 10_000
"""Within a second, in which nobody has read, and well after it."""


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Return Lena, and a device that the console knows and wants."""
    with lying(tmp_path_factory.mktemp("lying"), free_port()) as made:
        yield made


@pytest.fixture(autouse=True)
def only_what_was_read(scene: Scene) -> Iterator[None]:
    """Nothing has begun in the end but what was read in words and agreed to."""
    yield
    scene.visitor.page.unroute_all()
    assert scene.device.begun() == scene.agreed


@pytest.fixture
def home(scene: Scene) -> Iterator[BrowserContext]:
    """Return a browser in which no time goes by of itself, at the console."""
    browser = scene.visitor.context.browser
    assert browser is not None
    context = credulous(browser)
    context.clock.install()
    page = context.new_page()
    page.route("**/sign-in", unbind)
    page.goto(f"{scene.visitor.origin}/sign-in")
    context.clock.pause_at("2999-12-31")
    yield context
    context.close()


def drafted(scene: Scene, diagnostic: str = "disk_state") -> Request:
    """Ask at the console, up to its words; return what its page links to."""
    scene.sign_in()
    page = scene.visitor.page
    page.wait_for_url(lambda url: not url.endswith("/sign-in"))
    scene.visitor.go(f"/diagnostics?about={diagnostic}")
    page.select_option("#asked-by", NAME)
    page.fill("#reason", REASON)
    page.get_by_role("button", name="Ask", exact=True).click()
    link = page.locator("#sign").get_attribute("href") or ""
    assert link.startswith(scene.link(b""))
    return read_request(octets(link.partition("=")[2]))


def follow(page: Page) -> str:
    """Follow the console's link; return the words on her program's page."""
    page.get_by_role("link", name="Sign on my machine").click()
    return page.inner_text("dl")


def sign(page: Page, origin: str) -> None:
    """Sign on her program's page, and come back to the console."""
    page.get_by_role("button", name="Sign with my passkey").click()
    page.wait_for_url(f"{origin}/**")


def test_words_that_are_not_those_of_the_link(scene: Scene) -> None:
    """What the link asks stands on her program's page, so that Lena says no."""
    page, false = (
        scene.visitor.page,
        scene.wish(diagnostic="packet_headers", parameters=()),
    )

    def lie(route: Route) -> None:
        answer = route.fetch()
        asks = f"request={text(write_request(false))}"
        body, changed = re.subn(r"request=[\w-]{99,}", asks, answer.text())
        assert changed == 1
        route.fulfill(response=answer, body=body)

    with scene.waits() as brought:
        assert drafted(scene).diagnostic == "disk_state"
        page.route(lambda url: "/diagnostic?order=" in url, lie)
        page.reload()
        assert "disk_state" in page.inner_text("dl")
        shown = follow(page)
        assert "packet_headers" in shown
        assert "disk_state" not in shown
        assert "needs a second technician's signature" in shown
        page.get_by_role("button", name="No").click()
        page.get_by_text("nothing was signed").wait_for()
    assert brought == []


def test_another_link_while_one_is_read(scene: Scene) -> None:
    """No other window of the console puts another request where one is being read."""
    visitor, page = scene.visitor, scene.visitor.page
    first = write_request(scene.wish(diagnostic="disk_state", parameters=()))
    second = write_request(scene.wish())
    visitor.context.route("**/privacy", unbind)
    with scene.waits() as brought:
        visitor.go("/privacy")
        page.evaluate("() => { name = 'pane'; }")
        with page.expect_popup() as opened:
            page.evaluate("() => { open('/privacy'); }")
        other = opened.value
        other.wait_for_load_state()
        page.evaluate(GOES, scene.link(first))
        page.locator("#yes").wait_for()
        at = page.url
        with visitor.context.expect_page() as swapped:
            assert other.evaluate(SEIZES, scene.link(second))
        swapped.value.locator("#yes").wait_for()
        assert "service_state" in swapped.value.inner_text("dl")
        page.bring_to_front()
        assert page.url == at
        assert "disk_state" in page.inner_text("dl")
        sign(page, visitor.origin)
        answer = swapped.value.goto(swapped.value.url.replace("#", "signed"))
        assert answer is not None
        assert answer.status == 404
        swapped.value.close()
        other.close()
    visitor.context.unroute_all()
    (order,) = brought
    signed, _ = read_order(order)
    assert signed.request == first
    assert scene.fate(write_order(second, signed.proofs)) == "bad-proof"
    scene.agree(order)


def test_an_order_that_is_changed_on_its_way_back(scene: Scene) -> None:
    """Her signature beside another request is worth nothing, here or at the device."""
    page = scene.visitor.page
    other = write_request(drafted(scene))
    changed: list[bytes] = []

    def change(route: Route) -> None:
        given = route.request.post_data or ""
        order, _ = read_order(octets(given.partition("=")[2]))
        changed.append(write_order(other, order.proofs))
        route.continue_(post_data=f"order={text(changed[0])}")

    page.route("**/diagnostics/signed", change)
    with scene.waits() as brought:
        mine = write_request(drafted(scene))
        assert mine != other
        follow(page)
        sign(page, scene.visitor.origin)
        page.get_by_text("does not verify").first.wait_for()
    assert "order-sent" not in acts(scene)
    assert scene.fate(changed[0]) == "bad-proof"
    assert [read_order(one)[0].request for one in brought] == [mine]


def acts(scene: Scene) -> set[str]:
    """Return what the console's ledger names."""
    told = scene.collector.ask("ledger", "show", "--json").splitlines()
    return {json.loads(line)["act"] for line in told}


def test_a_way_back_that_leads_elsewhere(scene: Scene) -> None:
    """No link and no answer of the console leads an order to another place."""
    page, elsewhere = scene.visitor.page, f"https://{AWAY}/diagnostics/signed"
    asked = write_request(scene.wish(diagnostic="disk_state", parameters=()))
    page.route(
        f"{scene.visitor.origin}/diagnostics/signed",
        lambda route: route.fulfill(status=307, headers={"location": elsewhere}),
    )
    scene.visitor.elsewhere.clear()
    with scene.waits() as brought:
        for more in (f"&console=https://{AWAY}", f"&origin=https://{AWAY}"):
            answer = page.goto(scene.link(asked) + more)
            assert answer is not None
            assert answer.status == 400
            assert page.locator("#yes").count() == 0
        page.goto(scene.link(asked))
        with page.expect_event("console", lambda said: "form-action" in said.text):
            page.get_by_role("button", name="Sign with my passkey").click()
    assert {one.split("/")[2] for one in scene.visitor.elsewhere} == {
        f"localhost:{scene.port}"
    }
    scene.agree(brought[0])


def test_a_console_that_presses_by_itself(scene: Scene, home: BrowserContext) -> None:
    """No script of it signs, and none reads the word of a page that waits."""
    (page,) = home.pages
    asked = scene.wish(asked_by=HOME)
    with scene.waits_with_a_file(home) as brought:
        told = page.evaluate(PRESSES, scene.link(write_request(asked)))
        assert set(told) == BLIND
        framed = [one for one in page.frames if one is not page.main_frame]
        assert [one.locator("#yes").count() for one in framed] == [0]
    assert brought == []


def test_keys_that_were_pressed_for_the_console(
    scene: Scene, home: BrowserContext
) -> None:
    """No address puts the key that signs under a finger that is already down."""
    (page,) = home.pages
    asked = write_request(scene.wish(asked_by=HOME))
    with scene.waits_with_a_file(home) as brought:
        page.evaluate(GOES, f"{scene.link(asked)}#yes")
        page.locator("#yes").wait_for()
        assert not page.url.endswith("#yes")
        assert page.evaluate("scrollY") == 0
        for _ in range(2):
            for key in ("Enter", "Space"):
                page.keyboard.press(key)
            home.clock.run_for(SPARE_MS)
            expect(page.locator("#yes")).to_be_enabled(timeout=30_000)
    assert brought == []


def test_a_click_that_was_meant_for_the_console(
    scene: Scene, home: BrowserContext
) -> None:
    """A second click that finds the page under it signs nothing; a later one does."""
    (page,) = home.pages
    page.set_viewport_size({"width": 800, "height": 1_200})
    wish = scene.wish(asked_by=HOME, diagnostic="disk_state", parameters=())
    link, here = scene.link(write_request(wish)), page.url
    with scene.waits_with_a_file(home) as brought:
        page.goto(link)
        box = page.locator("#yes").bounding_box()
        assert box is not None
        where = box["x"] + 9, box["y"] + 9
        page.goto(here)
        page.evaluate(ON_PRESS, link)
        page.mouse.click(*where)
        page.locator("#yes").wait_for()
        for _ in range(3):
            page.mouse.click(*where)
            home.clock.run_for(SOON_MS)
        home.clock.run_for(SPARE_MS)
        expect(page.locator("#yes")).to_be_enabled(timeout=30_000)
        page.evaluate("() => { dispatchEvent(new Event('focus')); }")
        page.mouse.click(*where)
        assert page.inner_text("#told") == ""
        assert brought == []
        home.clock.run_for(SPARE_MS)
        expect(page.locator("#yes")).to_be_enabled(timeout=30_000)
        page.mouse.click(*where)
        page.wait_for_url(f"{scene.visitor.origin}/**")
    (order,) = brought
    scene.agree(order)


def test_a_link_that_carries_a_sign_in(scene: Scene) -> None:
    """A sign-in with a request's challenge is no proof of it, in whosever name."""
    page, visitor = scene.visitor.page, scene.visitor
    asked = write_request(scene.wish(diagnostic="packet_headers", parameters=()))
    hers = scene.proof(scene.sign_in_over(asked))
    others = replace(hers, signer=people.BEN.identity)
    with scene.waits() as brought:
        page.goto(scene.link(write_order(asked, [hers])))
        assert "by the word of who sent it" in page.inner_text("dl")
        page.get_by_role("button", name="Sign with my passkey").click()
        page.get_by_text("this key has signed it already").wait_for()
        assert brought == []
        page.goto(scene.link(write_order(asked, [others])))
        assert "Signed already" in page.inner_text("dl")
        assert "packet_headers" in page.inner_text("dl")
        sign(page, visitor.origin)
    (order,) = brought
    assert len(read_order(order)[0].proofs) == 2
    assert scene.fate(order) == "bad-proof"


def test_what_was_read_in_words_runs(scene: Scene) -> None:
    """The console's own link, read, signed and brought back: that one runs."""
    page = scene.visitor.page
    with scene.waits() as brought:
        asked = drafted(scene)
        words = page.locator("dl").first.inner_text()
        shown = follow(page)
        for said in ("disk_state", REASON, NAME):
            assert said in words
            assert said in shown
        sign(page, scene.visitor.origin)
        page.locator("#state").wait_for()
    (order,) = brought
    assert read_order(order)[0].request == write_request(asked)
    assert "order-sent" in acts(scene)
    scene.agree(order)

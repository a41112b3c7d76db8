# SPDX-License-Identifier: Apache-2.0
"""What the console refuses, what it sets, and what it writes down.

Rules: requests as browsers send them, each wrong in one thing.
Not here: proofs (`test_access_entering.py`), changes (`test_access_changing.py`), what
is written down (`test_console_privacy.py`), who may do what (`test_console_matrix.py`),
a real browser (`tests/e2e`).
"""

import base64
import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from access_room import DAY, NOW, ROOT, TENANT
from authenticator_fixture import ORIGIN, Authenticator
from console_room import Browser, ConsoleRoom

from policies.saying import LANGUAGES
from server.access import key_proofs
from server.access.actions import Role
from server.access.model import STEP_UP_SECONDS
from server.console.bounds import BODY_BYTES
from server.console.route import POST
from server.console.routes import ROUTES
from server.console.site import COOKIE
from wire.crypto.signing import SigningKey

pytestmark = pytest.mark.slow
CHANGES = [route for route in ROUTES if route.method == POST and route.action]
OPEN = [route for route in ROUTES if route.action is None]


@pytest.fixture
def room(tmp_path: Path) -> Iterator[ConsoleRoom]:
    """Make a console."""
    made = ConsoleRoom(tmp_path)
    yield made
    made.close()


def send(browser: Browser, route: object, **headers: str) -> int:
    """Send a change that is right but for some headers; return the status."""
    path, is_json = route.path, route.json  # type: ignore[attr-defined]  # a Route
    token = browser.token() if browser.cookie else ""
    if is_json:
        return browser.say(path, {}, **{"x-token": token} | headers).status
    return browser.form(path, {"token": token}, **headers).status


ELSEWHERE = [
    {"origin": "https://evil.example"},
    {"origin": "https://console.example:8445"},
    {"origin": "http://console.example:8444"},
    {"origin": "null", "sec-fetch-site": "cross-site"},
    {"origin": ORIGIN, "sec-fetch-site": "cross-site"},
    {"origin": ORIGIN, "sec-fetch-site": "same-site"},
    {"origin": ORIGIN, "sec-fetch-site": "none"},
    {"origin": ""},
]


@pytest.mark.parametrize("headers", ELSEWHERE)
def test_no_other_site_changes_anything(
    room: ConsoleRoom, headers: dict[str, str]
) -> None:
    """Every change, sign-in among them, is refused unless a page of ours sent it."""
    browser = room.browser(Role.OPERATOR)
    before = len(room.acts())
    routes = [one for one in ROUTES if one.method == POST and not one.elsewhere]
    assert {send(browser, route, **headers) for route in routes} == {403}
    assert len(room.acts()) == before
    assert room.session(browser.cookie) is not None


def test_one_door_takes_a_form_of_elsewhere(room: ConsoleRoom) -> None:
    """What technicians' programs bring is the one, and it looks at no session."""
    doors = [route for route in ROUTES if route.elsewhere]
    assert [(one.path, one.action) for one in doors] == [("/diagnostics/signed", None)]
    browser = room.browser(Role.TECHNICIAN)
    for order in ("", "AAAA", "§", "A" * 9_999):
        reply = browser.form(doors[0].path, {"order": order}, **ELSEWHERE[0])
        assert (reply.status, "refresh" in reply.text) == (200, False)


def test_a_form_of_ours_says_no_origin(room: ConsoleRoom) -> None:
    """Under no-referrer a browser's form says "null", and its own word is taken."""
    browser = room.browser(Role.OPERATOR)
    fields = {"token": browser.token(), "language": "de"}
    assert browser.form("/me/preferences", fields).status == 303
    assert "Sitzung" in browser.get("/me").text


@pytest.mark.parametrize("route", CHANGES, ids=lambda route: route.path)
def test_a_change_needs_the_session_s_own_token(
    room: ConsoleRoom, route: object
) -> None:
    """Without the token, or with somebody else's, nothing is changed."""
    ann = room.browser(Role.OPERATOR)
    bo = room.browser(Role.OPERATOR, name="Bo")
    path, is_json = route.path, route.json  # type: ignore[attr-defined]  # a Route
    before = len(room.acts())
    for token in ("", "0" * 64, bo.token()):
        reply = (
            ann.say(path, {}, **{"x-token": token})
            if is_json
            else ann.form(path, {"token": token})
        )
        assert reply.status == 403
    assert len(room.acts()) == before


@pytest.mark.parametrize("route", CHANGES, ids=lambda route: route.path)
def test_a_change_needs_a_session(room: ConsoleRoom, route: object) -> None:
    """Nobody who is not signed in changes anything."""
    assert send(Browser(room), route) == 401
    stranger = Browser(room, cookie="x" * 43)
    path, is_json = route.path, route.json  # type: ignore[attr-defined]  # a Route
    sent = stranger.say(path, {}) if is_json else stranger.form(path, {})
    assert sent.status == 401


def test_another_name_leads_nowhere(room: ConsoleRoom) -> None:
    """A request under another host's name is refused, so no name is bound to us."""
    browser = room.browser(Role.OPERATOR)
    for host in ("evil.example", "console.example", "127.0.0.1:8444", ""):
        assert browser.get("/me", host=host).status == 421


def test_what_a_browser_had_before_is_worth_nothing(room: ConsoleRoom) -> None:
    """A session that somebody planted is not the one that a sign-in gives."""
    planted = room.browser(Role.TECHNICIAN, name="Mallory").cookie
    _, device = room.person(Role.OPERATOR)
    victim = Browser(room, cookie=planted)
    assert victim.sign_in(device).status == 200
    assert victim.cookie != planted
    assert room.session(planted) is None
    planted = "A" * 43
    victim = Browser(room, cookie=planted)
    assert victim.sign_in(device).status == 200
    assert victim.cookie != planted


def test_the_cookie_is_for_this_host_alone(room: ConsoleRoom) -> None:
    """No script reads it, no other site or subdomain sends it, no plain line."""
    _, device = room.person(Role.OPERATOR)
    line = Browser(room).sign_in(device).header("set-cookie")
    name, *attributes = [part.strip().lower() for part in line.split(";")]
    assert name.startswith(COOKIE.lower() + "=")
    assert set(attributes) == {"path=/", "secure", "httponly", "samesite=strict"}


def test_no_cookie_before_sign_in(room: ConsoleRoom) -> None:
    """Whoever is not signed in is given no cookie by any page."""
    browser = Browser(room)
    for route in OPEN:
        reply = (
            browser.say(route.path, {})
            if route.method == POST
            else browser.get(route.path)
        )
        assert "set-cookie" not in reply.headers


def test_who_was_removed_is_out_at_the_next_request(room: ConsoleRoom) -> None:
    """Suspended or removed, a person's next request leads to sign-in."""
    number, device = room.person(Role.OPERATOR)
    browser = Browser(room)
    browser.sign_in(device)
    assert browser.get("/me").status == 200
    room.people.suspend(ROOT, number, NOW)
    assert browser.get("/me").header("location") == "/sign-in?to=me"
    room.people.resume(ROOT, number, NOW)
    browser.sign_in(device)
    room.people.remove(ROOT, number, NOW)
    assert browser.get("/people").header("location") == "/sign-in?to=people"


def test_a_role_taken_away_counts_at_the_next_request(room: ConsoleRoom) -> None:
    """The next request of somebody whose role or training ended is denied."""
    number, device = room.person(Role.OPERATOR)
    browser = Browser(room)
    browser.sign_in(device)
    assert browser.get("/people").status == 200
    room.people.attest(ROOT, number, NOW, NOW)
    assert browser.get("/people").status == 403
    assert "training is not attested" in browser.get("/me").text
    room.people.attest(ROOT, number, NOW + DAY, NOW)
    room.people.take(ROOT, number, Role.OPERATOR, TENANT, NOW)
    assert browser.get("/people").status == 403
    denied = [act.body for act in room.acts() if act.act == "access-denied"]
    assert [body and body["denied"] for body in denied] == ["untrained", "no-role"]


def test_a_change_that_is_denied_is_written_down(room: ConsoleRoom) -> None:
    """Who passes the guard and may not make this very change is in the ledger."""
    number, device = room.person(Role.OPERATOR)
    browser = Browser(room)
    browser.sign_in(device)
    form = {"person": number, "token": browser.token()}
    assert browser.form("/people/suspend", form).status == 403
    denied = [act.body for act in room.acts() if act.act == "access-denied"]
    assert [body and body["denied"] for body in denied] == ["own-roles"]


def test_what_matters_wants_somebody_there(room: ConsoleRoom) -> None:
    """Five minutes after the last proof a change asks for another one, and takes it."""
    _, device = room.person(Role.OPERATOR)
    browser = Browser(room)
    browser.sign_in(device)
    room.now = NOW + STEP_UP_SECONDS + 1
    fields = {"token": browser.token(), "name": "Bo", "role": "auditor"}
    reply = browser.form("/people/invite", fields)
    assert reply.status == 403
    assert "/step-up?to=people" in reply.text
    before = browser.cookie
    token = browser.token()
    options = browser.say("/step-up/begin", {}, **{"x-token": token}).text
    answer = {"answer": json.loads(device.use(options))}
    assert browser.say("/step-up", answer, **{"x-token": token}).status == 200
    assert browser.cookie != before
    fields["token"] = browser.token()
    assert browser.form("/people/invite", fields).status == 200


def test_a_proof_leads_to_a_page_of_ours(room: ConsoleRoom) -> None:
    """No link sends somebody who proved to be there to another place."""
    browser = room.browser(Role.OPERATOR)
    stranger = Browser(room)
    for to in ("https://evil.example", "//evil.example", "/people", "javascript:x"):
        assert 'data-to="/me"' in browser.get(f"/step-up?to={to}").text
        assert 'data-to="/"' in stranger.get(f"/sign-in?to={to}").text
    assert 'data-to="/people"' in browser.get("/step-up?to=people").text
    assert browser.get("/sign-in?to=people").header("location") == "/people"


def test_sign_in_leads_to_where_one_wanted_to_go(room: ConsoleRoom) -> None:
    """A link to a page leads there over the sign-in; the sign-in alone to the first."""
    stranger = Browser(room)
    where = stranger.get("/device?device=aabb&purpose=provision").header("location")
    assert where == "/sign-in?to=device%3Fdevice%3Daabb%26purpose%3Dprovision"
    wanted = 'data-to="/device?device=aabb&amp;purpose=provision"'
    assert wanted in stranger.get(where).text
    odd = stranger.get("/fleet?q=%3Cscript%3E").header("location")
    assert odd == "/sign-in?to=fleet"
    assert stranger.get("/").header("location") == "/sign-in"
    assert 'data-to="/"' in stranger.get("/sign-in").text


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "{{ 7 * 7 }}{% for x in y %}",
    "=HYPERLINK(1)",
    "{0.__class__}",
    "&lt;b&gt;",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_shown_inert(room: ConsoleRoom, name: str) -> None:
    """A name that is markup, a template or a formula is shown as it is, as text."""
    browser = room.browser(Role.OPERATOR)
    fields = {"token": browser.token(), "name": name, "role": "auditor"}
    shown = browser.form("/people/invite", fields).text
    page = browser.get("/people").text
    for text in (shown, page):
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "onmouseover='" not in text
    plain = re.sub(r"&(#39|#34|lt|gt|amp);", lambda m: _CHARS[m[1]], page)
    assert f"<bdi>{name}</bdi>" in plain


_CHARS = {"#39": "'", "#34": '"', "lt": "<", "gt": ">", "amp": "&"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_answer_is_guarded(room: ConsoleRoom, language: str) -> None:
    """Each answer, whatever it is, forbids what is not ours, frames and referrers."""
    browser = room.browser(Role.OPERATOR)
    browser.headers["accept-language"] = language
    paths = ["/nowhere", "/static/console.css"]
    paths += [route.path for route in ROUTES if route.method != POST]
    for path, host in itertools.product(paths, ({}, {"host": "evil.example"})):
        reply = browser.get(path, **host)
        policy = reply.header("content-security-policy")
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert reply.header("referrer-policy") == "no-referrer"
        assert reply.header("strict-transport-security") == "max-age=63072000"
        assert not re.search(r"<script(?! src)|<style| style=| on[a-z]+=", reply.text)
        assert not re.search(r'(src|href|action)="(?!/|#)', reply.text)


def test_nonsense_is_refused_in_words(room: ConsoleRoom) -> None:
    """What is no form, no JSON, too large or of another type is one sentence."""
    browser = room.browser(Role.OPERATOR)
    ours = {"sec-fetch-site": "same-origin", "origin": ORIGIN}
    form = {"content-type": "application/x-www-form-urlencoded"}
    said = {"content-type": "application/json"}
    tries = [
        ("/me/forget", b"\xff\xfe", form, 400),
        ("/me/forget", b"a&b&&", form, 400),
        ("/me/forget", b"&".join([b"a=b"] * 65), form, 400),
        ("/me/forget", b"a" * (BODY_BYTES + 1), form, 413),
        ("/me/forget", b"{}", said, 415),
        ("/sign-in", b"[]", said, 400),
        ("/sign-in", b"[" * 50_000, said, 400),
        ("/sign-in", b"{", said, 400),
        ("/sign-in", b"{}", form, 415),
        ("/sign-in", b'{"answer": {"response": 1}}', said, 403),
        ("/join", b'{"invitation": "\\ud800"}', said, 403),
        ("/key", b'{"key": "!", "challenge": 1}', said, 403),
    ]
    for path, body, headers, status in tries:
        reply = browser._send("POST", path, body, ours | headers)
        assert reply.status == status, (path, body[:20])
        assert "Traceback" not in reply.text


def test_an_invitation_is_in_no_address(room: ConsoleRoom) -> None:
    """The link's secret stays behind the #, which a browser sends to nobody."""
    browser = room.browser(Role.OPERATOR)
    fields = {"token": browser.token(), "name": "Bo", "role": "auditor"}
    link = re.search(
        rf"{ORIGIN}/join#([\w-]{{43}})<", browser.form("/people/invite", fields).text
    )
    assert link is not None
    device, guest = Authenticator(), Browser(room)
    options = guest.say("/join/begin", {"invitation": link[1]}).text
    said = {"invitation": link[1], "answer": json.loads(device.make(options))}
    assert guest.say("/join", said).status == 200
    assert guest.say("/join", said).status == 403
    assert "Bo" in guest.get("/me").text
    assert link[1] not in "".join(path.read_text() for path in room.log.iterdir())


def test_a_key_file_signs_in_by_http(room: ConsoleRoom) -> None:
    """The command line signs a challenge of the console, and has a session."""
    number, _ = room.person(Role.OPERATOR)
    key, browser = SigningKey.generate(), Browser(room)
    room.people.add_key(ROOT, number, key.public, NOW)
    challenge = json.loads(browser.say("/key/begin", {}).text)["challenge"]
    proof = key_proofs.sign(key, ORIGIN, base64.b64decode(challenge))
    said = {
        "key": base64.b64encode(key.public).decode(),
        "challenge": challenge,
        "signature": base64.b64encode(proof).decode(),
    }
    assert browser.say("/key", said).status == 200
    assert browser.get("/me").status == 200
    assert browser.say("/key", said).status == 403


def test_a_program_is_told_in_json(room: ConsoleRoom) -> None:
    """Who wants JSON gets a sentence, and a status, where people get a page."""
    ann, program = room.browser(Role.CLIENT), {"accept": "application/json"}
    for path, status in (("/people", 403), ("/nowhere", 404), ("/me/forget", 405)):
        told = ann.get(path, **program)
        assert (told.status, list(json.loads(told.text))) == (status, ["told"])
    stranger = Browser(room).get("/me/taken", **program)
    assert (stranger.status, stranger.text) == (401, "")


def test_a_file_is_of_the_type_that_its_route_says(room: ConsoleRoom) -> None:
    """What a person takes of themselves is JSON, as the document of routes has it."""
    (route,) = [one for one in ROUTES if one.path == "/me/taken"]
    given = room.browser(Role.CLIENT).get(route.path).header("content-type")
    assert given.partition(";")[0] == route.gives

# SPDX-License-Identifier: Apache-2.0
"""A client at the console: its own map, requests, releases and deletions, nothing else.

Rules: keeper, office, reader and console run as processes; a real browser signs in by
invitation; what there is to see was asked, granted and released by people's commands.
Not here: the table of roles and acts (`tests/unit/server/test_console_matrix.py`).
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from browser_fixture import CHROMIUM, Visitor, chromium
from collector_process import free_port
from installation_fixture import standard
from office_fixture import Office
from reader_fixture import running_part, table
from sharing_office import Abroad, granted, made, sharing_office

import policies
from server import configuration, tls
from server.authority import open_authority
from server.console.desks import Desks
from server.errors import DeniedError
from wire.policy_source import compile_policy

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium"),
]
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "console-openapi.json"
OWN = {
    *("/", "/policy", "/policy/dataset", "/policy/changes", "/retention", "/sharing"),
    *("/subjects", "/me", "/me/taken", "/me/preferences", "/me/forget"),
    *(
        "/me/sessions/end",
        "/me/passkeys/remove",
        "/step-up",
        "/step-up/begin",
        "/sign-out",
    ),
}
"""What a client may open; of all else nothing."""
ANYBODYS = {
    *("/privacy", "/.well-known/gpc.json", "/sign-in", "/sign-in/begin", "/join"),
    *("/join/begin", "/key", "/key/begin", "/elsewhere", "/elsewhere/back"),
    "/diagnostics/signed",
}
"""What whoever comes may open, signed in or not; nothing of anybody is there."""
TABS = ["Policy", "Retention", "Sharing", "Requests", "Me"]
SAID = [{"message": "a", "user.id": "ann", "severity_number": 17, "event.id": "1"}]
_SEND = """async ([path, token, json]) => {
  const kind = json ? "application/json" : "application/x-www-form-urlencoded";
  const said = json ? "{}" : `token=${token}&purpose=support&reason=r`;
  const headers = { "content-type": kind, "x-token": token };
  const answer = await fetch(path, { method: "POST", body: said, headers });
  return answer.status;
}"""


@dataclass
class Scene:
    """The office, and the client's browser."""

    office: Office
    client: Visitor
    release: str


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Run a console where somebody asked for theirs and a release was made."""
    place, port = tmp_path_factory.mktemp("client"), free_port()
    origin = f"https://localhost:{port}"
    where = f'origin = "{origin}"\nrp_id = "localhost"\nhost = "127.0.0.1"'
    abroad = Abroad(tmp_path_factory.mktemp("abroad"))
    with (
        sharing_office(place, abroad, standard(), f"\n[console]\n{where}\n") as office,
        ExitStack() as stack,
    ):
        site = office.site
        site.say(site.enrol("Desk"), [table("event_logs", SAID)])
        release = made(office, granted(office)).name
        about = place / "value"
        about.write_text("ann\n")
        who = "--class", "user", "--value-file", str(about)
        office.typed("subject", "export", *who, *office.signing("amelie"))
        _narrow(office)
        settings = configuration.read(site.layout).console
        assert settings is not None
        tls.ensure_console(site.layout, settings, site.now)
        for part in ("office", "reader", "console"):
            stack.enter_context(running_part(site, part))
        browser = stack.enter_context(chromium(site.layout.console / "tls.pem"))
        client = Visitor(browser.new_context(locale="en-GB"), origin)
        invite = "person", "invite", "--name", "Cleo", "--role", "client"
        client.page.goto(office.typed(*invite).strip())
        client.prove()
        client.page.wait_for_url(f"{origin}/me")
        yield Scene(office, client, release)


def _narrow(office: Office) -> None:
    """Publish a policy that takes less than the one before."""
    text = policies.preset("minimal")
    less = compile_policy(text, policies.catalogue(), "minimal.toml")
    with open_authority(office.site.layout) as authority:
        authority.publish(less, office.site.now, "ops")


def routes(method: str) -> list[tuple[str, bool]]:
    """Return the routes that a client may not take, and whether each takes JSON."""
    document = json.loads(DOCUMENT.read_text())
    found = []
    for path, methods in document["paths"].items():
        if path in OWN | ANYBODYS or method not in methods:
            continue
        kinds = methods[method].get("requestBody", {}).get("content", {})
        found.append((path, "application/json" in kinds))
    return found


def denials(scene: Scene) -> int:
    """Return how often the ledger has that somebody was denied."""
    return sum(one.act == "access-denied" for one in scene.office.site.acts())


def test_a_client_is_offered_its_own_pages_alone(scene: Scene) -> None:
    """The tabs and the first page lead to what a client may see."""
    page = scene.client.page
    scene.client.go("/")
    assert page.locator("nav a").all_inner_texts() == TABS
    assert "overdue" not in page.locator("main").inner_text()


def test_a_client_sees_what_is_theirs(scene: Scene) -> None:
    """The map, what a version changed, a person's request, a release, what ends."""
    client = scene.client
    main = client.page.locator("main")
    client.go("/policy?version=1")
    assert "software" in main.inner_text()
    client.go("/policy/changes")
    assert "Nothing more is taken than before." in main.inner_text()
    client.go("/subjects")
    assert main.locator("tbody tr").count() == 1
    client.go("/sharing")
    assert "soc" in main.inner_text()
    assert scene.release[:8] in main.inner_text()
    client.go("/retention")
    assert "Certificates of deletion" in main.inner_text()
    assert "Holds" not in main.inner_text()
    assert (client.elsewhere, client.complaints) == ([], [])


def test_every_other_page_is_denied(scene: Scene) -> None:
    """By its address each other page is refused, and shows nothing of anybody."""
    paths = [path for path, _ in routes("get")]
    assert {"/fleet", "/ledger", "/people", "/why", "/evidence", "/explore"} < {*paths}
    for path in paths:
        answer = scene.client.page.goto(scene.client.origin + path)
        assert answer is not None
        assert (path, answer.status) == (path, 403)
        assert "Desk" not in scene.client.page.content()


def test_every_other_change_is_denied(scene: Scene) -> None:
    """Sent as a page of ours would, each is refused by role, and in the ledger."""
    page = scene.client.page
    scene.client.go("/me")
    token = page.locator("input[name=token]").first.get_attribute("value")
    every, before = routes("post"), denials(scene)
    assert len(every) > 15
    for path, takes_json in every:
        status = page.evaluate(_SEND, [path, token, takes_json])
        assert (path, status) == (path, 403)
    assert denials(scene) == before + len(every)


@pytest.mark.parametrize(
    ("desk", "question"),
    [
        ("office", {"act": "fleet"}),
        ("office", {"act": "orders"}),
        ("office", {"act": "diagnostics"}),
        ("office", {"act": "device", "device": "Desk"}),
        ("keeper", {"act": "hold"}),
        ("keeper", {"act": "why", "what": "Desk"}),
        ("keeper", {"act": "ticket", "do": "list"}),
        ("keeper", {"act": "overdue"}),
        (
            "reader",
            {"purpose": "support", "reason": "r", "datasets": ["event_logs"]},
        ),
    ],
)
def test_no_process_tells_a_client_more(
    scene: Scene, desk: str, question: dict[str, object]
) -> None:
    """Asked with the client's own session, behind the pages, each process refuses."""
    (cookie,) = scene.client.context.cookies()
    ask = getattr(Desks(scene.office.site.layout), desk)
    with pytest.raises(DeniedError):
        list(ask(cookie["value"], question))

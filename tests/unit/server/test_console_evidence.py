# SPDX-License-Identifier: Apache-2.0
"""Tests of the page of evidence, over a keeper that runs."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from evidence_room import root_of
from pages_room import Open, Reader, opened, somebody, words

from server.access import sessions
from server.access.actions import Role
from server.console.evidence import duties
from server.desk.asking import ask
from server.evidence.verifying import verify

WHY = "the yearly <audit>"
FOLLOWED = re.compile(r'data-follow="(/evidence/state\?package=[0-9a-f]{32})"')
FETCHED = re.compile(r'href="(/evidence/package\?package=[0-9a-f]{32})"')


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    """Return a console with a keeper that runs."""
    with opened(tmp_path_factory.mktemp("evidence"), "keeper") as made:
        yield made


def followed(ann: Reader, page: str) -> dict[str, object]:
    """Follow a package as the page's script does, until it is over."""
    (path,) = set(FOLLOWED.findall(page))
    while True:
        told: dict[str, object] = json.loads(ann.get(path).text)
        if told["over"]:
            return told


@pytest.mark.slow
def test_a_package_is_built_from_the_page(room: Open) -> None:
    """Who may asks with a reason, sees it being built, and takes what verifies."""
    ann = somebody(room, [Role.PRIVACY_OFFICER])
    sent = ann.post("/evidence/build", reason=WHY)
    assert (sent.status, sent.header("location")) == (303, "/evidence")
    page = ann.get("/evidence").text
    if FOLLOWED.search(page):
        assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in page
        assert followed(ann, page)["words"] == "ready"
        page = ann.get("/evidence").text
    assert "the yearly &lt;audit&gt;" in page
    assert "Ann" in words(page)
    (path,) = set(FETCHED.findall(page))
    given = ann.get(path)
    assert given.header("content-type") == "application/zip"
    named = given.header("content-disposition")
    assert re.fullmatch(r'attachment; filename="evidence-\d{4}-\d\d-\d\d.zip"', named)
    assert given.header("content-length") == str(len(given.octets))
    held = verify(given.octets, root_of(room.installation))
    assert f"{len(held.evidence.files)} files, signed after" in words(page)
    assert ann.acts("evidence-asked")[-1]["by"] == ann.number
    assert ann.acts("evidence-fetched")[-1]["by"] == ann.number


@pytest.mark.slow
def test_who_may_not_build_sees_and_takes_no_more_than_they_may(room: Open) -> None:
    """An operator sees the list and builds and takes nothing; security sees no list."""
    bo, cy = somebody(room, [Role.OPERATOR]), somebody(room, [Role.SECURITY])
    page = bo.get("/evidence").text
    assert "Packages that were built" in page
    assert "/evidence/build" not in page
    assert FETCHED.search(page) is None
    for path in ("/evidence/package?package=" + "0" * 32,):
        assert bo.get(path).status == 403
    assert bo.post("/evidence/build", reason="because").status == 403
    assert "Packages that were built" not in cy.get("/evidence").text
    assert cy.get("/evidence/state?package=" + "0" * 32).status == 403


@pytest.mark.slow
def test_building_wants_somebody_there(room: Open) -> None:
    """Who proved it too long ago is led to the proof, before they wrote a reason."""
    ann = somebody(room, [Role.COUNSEL])
    with room.register.writing() as connection:
        connection.execute("UPDATE sessions SET verified = ?", (sessions.NEVER,))
    page = ann.get("/evidence").text
    assert 'href="/step-up?to=evidence"' in page
    assert 'name="reason"' not in page
    sent = ann.post("/evidence/build", reason="because")
    assert (sent.status, "/step-up?to=evidence" in sent.text) == (403, True)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/evidence/package", "there is no such package"),
        ("/evidence/package?package=zz", "the keeper does not understand"),
        ("/evidence/package?package=../../etc", "the keeper does not understand"),
        ("/evidence/state?package=1", "there is no such package"),
    ],
)
def test_an_odd_package_is_refused_in_words(room: Open, path: str, said: str) -> None:
    """What names no package is one sentence, and no file."""
    told = somebody(room, [Role.AUDITOR]).get(path)
    assert (told.status, said in told.text) == (400, True)


@pytest.mark.slow
def test_without_the_keeper_the_page_says_so(tmp_path: Path) -> None:
    """While the keeper is away the page is the one of that, with what to do."""
    with opened(tmp_path) as room:
        told = somebody(room, [Role.AUDITOR]).get("/evidence")
        assert (told.status, "keeper.sock" in told.text) == (503, False)


@pytest.mark.slow
def test_findings_are_listed_with_their_day(tmp_path: Path) -> None:
    """A finding shows with title, severity and day; without any the page says so."""
    with opened(tmp_path, "keeper") as room:
        ann = somebody(room, [Role.AUDITOR])
        before = words(ann.get("/evidence").text)
        assert "There is no finding." in before
        assert "There is no incident." in before
        assert "No package was built here yet." in before
        question = {
            "act": "finding",
            "step": "open",
            "finding": "pt-2026-03",
            "title": "Ports <open>",
            "severity": "high",
            "source": "penetration-test",
            "owner": "officer",
            "due": int(time.time()) + 86_400,
        }
        list(ask(room.installation.layout.keeper_socket, question))
        told = ann.get("/evidence").text
        assert "pt-2026-03" in told
        assert "Ports &lt;open&gt;" in told
        bo = somebody(room, [Role.CLIENT])
        assert bo.get("/evidence").status == 403


def test_a_duty_that_is_overdue_stands_out() -> None:
    """Each duty is told with its state and its day; one that is overdue is marked."""
    late: dict[str, object] = {"whom": "authority", "state": "overdue", "due": 86_400}
    told: dict[str, object] = {"whom": "client", "state": "told", "due": 0}
    assert duties([told, late]).look == "bad"
    assert duties([late]).text == "authority: overdue, 1970-01-02 00:00"
    assert (duties([told]).text, duties([]).text) == ("client: told", "-")

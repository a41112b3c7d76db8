# SPDX-License-Identifier: Apache-2.0
"""What the console writes down of its visitors, and in which words it tells them.

Rules: real files; every value that identifies somebody is looked for in all of them.
Not here: what the console refuses (`test_console_pages.py`).
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from access_room import DAY, NOW, ROOT
from console_room import Browser, ConsoleRoom

from policies.saying import LANGUAGES
from server.access.actions import Role
from server.access.changing import NOT_TO_GIVE, OWN
from server.access.impossible import What
from server.access.model import Reason
from server.console.words import words
from wire.purposes import Purpose


@pytest.fixture
def room(tmp_path: Path) -> Iterator[ConsoleRoom]:
    """Make a console."""
    made = ConsoleRoom(tmp_path)
    yield made
    made.close()


def test_refused_sign_ins_are_counted(room: ConsoleRoom) -> None:
    """The ledger has how many did not come in and why, once an hour and no name."""
    browser = Browser(room)
    for _ in range(3):
        browser.say("/join/begin", {"invitation": "no such"})
    room.clock.time += 3_600
    browser.say("/join/begin", {"invitation": "no such"})
    lines = [act.body for act in room.acts() if act.act == "sign-in-refused"]
    assert lines == [
        {"denied": "no-invitation", "count": 1},
        {"denied": "no-invitation", "count": 3},
    ]


def test_the_log_of_requests_knows_nobody(room: ConsoleRoom) -> None:
    """A line has minute, route, status and the shortened network, and nothing else."""
    browser = room.browser(Role.OPERATOR, name="Annabella")
    browser.headers["user-agent"] = "Canary/1.0"
    browser.headers["referer"] = "https://canary.example/"
    browser.get("/me?canary=1")
    browser.get("/canary")
    text = next(room.log.iterdir()).read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert {frozenset(line) for line in lines} == {
        frozenset({"time", "method", "route", "status", "network"})
    }
    assert {line["network"] for line in lines} == {"203.0.113.0/24"}
    assert {line["time"] % 60 for line in lines} == {0}
    for word in ("anary", "Annabella", browser.cookie, "203.0.113.77"):
        assert word not in text


def test_privacy_control_is_honoured(room: ConsoleRoom) -> None:
    """A browser that asks for privacy is written down without its network."""
    browser = Browser(room, headers={"sec-gpc": "1"})
    browser.get("/sign-in")
    line = json.loads(next(room.log.iterdir()).read_text())
    assert line["network"] == ""
    assert json.loads(browser.get("/.well-known/gpc.json").text)["gpc"] is True


def test_the_log_is_forgotten_after_a_fortnight(room: ConsoleRoom) -> None:
    """Fourteen days after the first request of a day nothing of that day is left."""
    first = NOW - NOW % DAY
    for room.now in (first, first + DAY - 1, first + DAY):
        Browser(room).get("/sign-in")
    fortnight = 14 * DAY
    room.site.visits.forget(first + fortnight - 1)
    assert sorted(_minutes(room)) == [first, first + DAY - 60, first + DAY]
    room.site.visits.forget(first + fortnight)
    assert _minutes(room) == [first + DAY]


def test_no_line_of_the_log_is_older_than_is_promised(room: ConsoleRoom) -> None:
    """Whenever the log is looked at, it has no line that is fourteen days old."""
    promised = 14 * DAY
    for room.now in range(NOW, NOW + 40 * DAY, 7 * 3_600 + 13):
        Browser(room).get("/sign-in")
        room.site.visits.forget(room.now)
        assert room.now - min(_minutes(room)) < promised


def _minutes(room: ConsoleRoom) -> list[int]:
    """Return the times of all lines."""
    return [
        json.loads(line)["time"]
        for path in room.log.iterdir()
        for line in path.read_text().splitlines()
    ]


def test_everybody_sees_takes_and_deletes_what_is_theirs(room: ConsoleRoom) -> None:
    """Preferences are kept, taken and deleted by their person, and go with them."""
    number, device = room.person(Role.CLIENT)
    browser = Browser(room)
    browser.sign_in(device)
    fields = {"token": browser.token(), "theme": "dark", "language": "elvish"}
    browser.form("/me/preferences", fields)
    taken = json.loads(browser.get("/me/taken").text)
    assert (taken["id"], taken["preferences"]) == (number, {"theme": "dark"})
    assert 'data-theme="dark"' in browser.get("/me").text
    browser.form("/me/forget", {"token": browser.token()})
    assert json.loads(browser.get("/me/taken").text)["preferences"] == {}
    browser.form("/me/preferences", fields)
    room.people.remove(ROOT, number, NOW)
    assert room.rows() == 0


def test_every_language_has_every_text() -> None:
    """No text is lacking in a language, and each takes the same words in."""
    found = words()
    first = found[LANGUAGES[0]]
    for language in LANGUAGES:
        assert found[language].keys() == first.keys()
        for name, text in found[language].items():
            assert _inserted(text) == _inserted(first[name]), (language, name)


def test_every_refusal_has_words() -> None:
    """Whatever is denied or not possible is said in the person's own language."""
    wanted = {f"denied.{reason.value}" for reason in Reason}
    wanted |= {f"denied.{reason}" for reason in (NOT_TO_GIVE, OWN)}
    wanted |= {f"impossible.{what.value}" for what in What}
    wanted |= {f"role.{role.value}" for role in Role if role is not Role.READER}
    wanted |= {f"purpose.{purpose.value}" for purpose in Purpose}
    assert wanted - words()["de"].keys() == set()


def _inserted(text: str) -> list[str]:
    return sorted(set(re.findall(r"{(\w+)}", text)))

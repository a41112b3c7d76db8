# SPDX-License-Identifier: Apache-2.0
"""A session of the console ends where its person ends it, and after a day's work.

Rules: as of `test_console_pages.py`.
Not here: who may come in.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from access_room import NOW
from console_room import Browser, ConsoleRoom

from server.access.actions import Role
from server.access.bounds import SESSION_SECONDS

pytestmark = pytest.mark.slow


@pytest.fixture
def room(tmp_path: Path) -> Iterator[ConsoleRoom]:
    """Make a console."""
    made = ConsoleRoom(tmp_path)
    yield made
    made.close()


def test_sign_out_ends_the_session(room: ConsoleRoom) -> None:
    """After sign-out what the browser had is worth nothing, wherever it was copied."""
    browser = room.browser(Role.CLIENT)
    had = browser.cookie
    assert browser.form("/sign-out", {"token": browser.token()}).status == 303
    assert browser.cookie == ""
    assert room.session(had) is None


def test_another_session_can_be_ended(room: ConsoleRoom) -> None:
    """A person ends their other session, and nobody else's."""
    _, device = room.person(Role.CLIENT)
    here, there = Browser(room), Browser(room)
    here.sign_in(device)
    there.sign_in(device)
    other = room.browser(Role.CLIENT, name="Bo")
    for browser in (there, other):
        found = room.session(browser.cookie)
        assert found is not None
        number = found.digest[:8].hex()
        here.form("/me/sessions/end", {"token": here.token(), "session": number})
    assert room.session(there.cookie) is None
    assert room.session(other.cookie) is not None


def test_a_day_s_work_ends(room: ConsoleRoom) -> None:
    """After eight hours of use a session leads to sign-in."""
    browser = room.browser(Role.CLIENT)
    for room.now in range(NOW, NOW + SESSION_SECONDS, 1_200):
        assert browser.get("/me").status == 200
    room.now = NOW + SESSION_SECONDS
    assert browser.get("/me").header("location") == "/sign-in?to=me"

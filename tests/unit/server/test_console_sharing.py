# SPDX-License-Identifier: Apache-2.0
"""Tests of who got what, of persons' requests and of the first page."""

from collections.abc import Iterator

import pytest
from pages_room import Open, opened, somebody, words

from server.access.actions import Role
from server.console.sharing import fate

NOW = 1_800_000_000
MADE: dict[str, object] = {
    "expires": NOW + 60,
    "fetched": 0,
    "received": 0,
    "deleted": 0,
    "revoked": 0,
}


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    """Return a console whose keeper runs."""
    with opened(tmp_path_factory.mktemp("sharing"), "keeper") as made:
        yield made


@pytest.mark.slow
def test_an_officer_sees_that_nothing_was_given(room: Open) -> None:
    """Without recipients, grants and releases each part says so, with its command."""
    said = words(somebody(room, [Role.PRIVACY_OFFICER]).get("/sharing").text)
    assert "Nobody is registered" in said
    assert "Nothing is granted to anybody." in said
    assert "Nothing has been given to anybody." in said


@pytest.mark.slow
def test_requests_have_a_page_of_their_own(room: Open) -> None:
    """Where nobody asked for anything the page says so, in both languages."""
    ann = somebody(room, [Role.PRIVACY_OFFICER])
    assert "Nobody has asked for anything." in words(ann.get("/subjects").text)
    ann.browser.headers["accept-language"] = "de"
    assert "Niemand hat etwas verlangt." in words(ann.get("/subjects").text)


@pytest.mark.slow
def test_the_first_page_says_what_is_overdue_and_where_to_go(room: Open) -> None:
    """Staff learn that nothing is overdue; a client gets its own pages alone."""
    staff = words(somebody(room, [Role.PRIVACY_OFFICER]).get("/").text)
    assert "Nothing is overdue." in staff
    assert "every act, in an order that cannot be changed" in staff
    client = words(somebody(room, [Role.CLIENT]).get("/").text)
    assert "overdue" not in client
    assert "what is collected, for what" in client
    assert "every act" not in client


@pytest.mark.slow
def test_a_keeper_that_is_away_leaves_the_rest(room: Open) -> None:
    """The first page says that the keeper does not answer, and where one may go."""
    path = room.installation.layout.keeper_socket
    aside = path.with_suffix(".aside")
    path.rename(aside)
    try:
        told = somebody(room, [Role.PRIVACY_OFFICER]).get("/")
        assert (told.status, "does not answer now" in told.text) == (200, True)
        assert somebody(room, [Role.PRIVACY_OFFICER]).get("/sharing").status == 503
    finally:
        aside.rename(path)


@pytest.mark.slow
def test_a_technician_does_not_see_who_got_what(room: Open) -> None:
    """Sharing and persons' requests are denied to a technician."""
    bo = somebody(room, [Role.TECHNICIAN])
    assert bo.get("/sharing").status == 403
    assert bo.get("/subjects").status == 403


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, "open"),
        ({"expires": NOW}, "over"),
        ({"fetched": 1}, "unreceived"),
        ({"fetched": 1, "received": 2}, "open"),
        ({"fetched": 1, "received": 2, "deleted": 3}, "deleted"),
        ({"fetched": 1, "revoked": 4}, "revoked"),
    ],
)
def test_a_release_is_told_by_what_happened_last(
    more: dict[str, object], expected: str
) -> None:
    """A release that was fetched and not received wants somebody to look."""
    assert fate(MADE | more, NOW) == expected

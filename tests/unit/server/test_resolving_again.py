# SPDX-License-Identifier: Apache-2.0
"""A keeper that comes back to a question that was approved.

Rules: the keeper's own desk, over what people and a recipient left behind.
Not here: what is told (`test_commands_share_resolve.py`).
"""

import json
from dataclasses import dataclass

import pytest
from installation_fixture import standard
from keeper_fixture import Machine
from reader_fixture import table
from sharing_office import Abroad, granted, made, opened, sharing_office

from server.keeper import case_words, matters
from server.keeper.desk import Desk
from server.keeper.process import opened as desk_of
from server.keeper.sharing import fetching
from server.layout import Layout
from server.register import recipients, resolutions
from wire.papers.matter import MatterKind

pytestmark = pytest.mark.slow
SAID = [{"user.id": "ann", "severity_number": 17}]


@dataclass
class Left:
    """What people left behind: two questions on one release, one of them approved."""

    layout: Layout
    now: int
    grant: bytes
    release: bytes
    answered: bytes
    waiting: bytes


@pytest.fixture
def left(tmp_path_factory: pytest.TempPathFactory) -> Left:
    """Let people and a recipient work, and stop the keeper."""
    abroad = Abroad(tmp_path_factory.mktemp("a"))
    with sharing_office(tmp_path_factory.mktemp("o"), abroad, standard()) as office:
        office.site.say(office.site.enrol("Desk"), [table("event_logs", SAID)])
        grant = granted(office)
        release = made(office, grant)
        text = (opened(office, abroad, release) / "event_logs.jsonl").read_text()
        user = str(json.loads(text)["user.id"])
        cases = []
        for name, words in (("one", [user]), ("two", [user, "user_0000000000"])):
            asked = [word for one in words for word in ("--stand-in", one)]
            abroad.own("resolve", release, name, *asked, "--reason", "alert")
            question = str(abroad.place / name)
            office.typed("share", "resolve", question, *office.signing("amelie"))
            cases.append(office.newest_case("resolve"))
            if name == "one":
                office.approve(cases[0], "bo")
        numbers = [bytes.fromhex(one) for one in (grant, release.name, *cases)]
        return Left(office.site.layout, office.site.now, *numbers)


def again(desk: Desk, case: bytes, now: int) -> bool:
    """Do what was approved, as a keeper does that was killed amid it."""
    matter = case_words.open_case(desk, case).matter
    return matters.handler(MatterKind.RESOLVE).do(desk, matter, (), now)


def acts(desk: Desk, name: str) -> int:
    """Return how often the ledger has an act."""
    return [entry.act for entry in desk.ledger.entries(0)].count(name)


def test_what_was_answered_is_not_opened_again(left: Left) -> None:
    """The same answer stays, and nothing more is counted or written down."""
    with desk_of(left.layout, Machine(left.now).sources) as desk:
        with desk.register.view() as connection:
            before = resolutions.find(connection, left.answered)
        told = [acts(desk, f"resolution-{one}") for one in ("opened", "made")]
        assert again(desk, left.answered, left.now)
        with desk.register.view() as connection:
            assert resolutions.find(connection, left.answered) == before
        assert before is not None
        assert told == [acts(desk, f"resolution-{one}") for one in ("opened", "made")]


def test_a_grant_that_ended_meanwhile_tells_nothing(left: Left) -> None:
    """The case ends without an answer, and the ledger has why."""
    with desk_of(left.layout, Machine(left.now).sources) as desk:
        with desk.register.transaction() as connection:
            recipients.revoke_grant(connection, left.grant, left.now)
        assert again(desk, left.waiting, left.now)
        with desk.register.view() as connection:
            assert resolutions.find(connection, left.waiting) is None
        newest = list(desk.ledger.entries(0))[-1]
        assert (newest.body or {}).get("denied") == "grant-revoked"


def test_an_answer_ends_with_its_release(left: Left) -> None:
    """When the release is over, what waits to be handed out is dropped."""
    with desk_of(left.layout, Machine(left.now).sources) as desk:
        fetching.revoke(desk, left.release, "amelie", left.now)
        fetching.sweep(desk, left.now)
        with desk.register.view() as connection:
            kept = resolutions.find(connection, left.answered)
        assert kept is not None
        assert (kept.answer, kept.asked) == (None, 1)

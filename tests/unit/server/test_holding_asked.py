# SPDX-License-Identifier: Apache-2.0
"""What may be asked to be held, what is refused, and who releases it.

Rules: cases go through the keeper's own desk, of a real installation.
Not here: what a hold keeps (`test_holding.py`), who may decide (`test_people.py`).
"""

import pytest
from hold_desk import hold_room, speaking_ann  # noqa: F401 - fixtures
from holding_room import HoldRoom, scope_of
from reader_fixture import Speaker

from server.errors import DeniedError, UsageError
from server.keeper import holding
from server.register import cases
from wire.papers.decision import Role
from wire.papers.matter import Term
from wire.papers.scope import DatasetScope
from wire.purposes import Purpose

pytestmark = pytest.mark.slow
DAY = 86_400


def test_a_hold_counts_before_anybody_approves(
    room: HoldRoom, desk_of_ann: Speaker
) -> None:
    """Who asks and who approves hear how much it is; the ledger has the question."""
    with room.keeper() as desk:
        counts = room.ask(desk, room.matter(scope_of(room, desk_of_ann.device)))
        assert counts["ended"] == 0
        assert (counts["envelopes"], counts["rows"], counts["more"]) == (1, 1, 0)
    acts = [one.act for one in room.site.acts()]
    assert acts.index("hold-asked") < acts.index("case-asked")


def test_a_hold_on_nothing_is_refused(room: HoldRoom, desk_of_ann: Speaker) -> None:
    """Where no row is in the scope there is nothing to approve, and no case."""
    with room.keeper() as desk:
        names = DatasetScope("event_logs", ("host.name",))
        elsewhere = scope_of(room, desk_of_ann.device, datasets=(names,))
        for scope in (
            elsewhere,
            scope_of(room, purposes=(Purpose.SECURITY,)),
            scope_of(room, since=1, until=2),
        ):
            with pytest.raises(DeniedError, match="a hold on nothing is refused"):
                room.ask(desk, room.matter(scope))
        with desk.register.view() as connection:
            assert cases.every(connection) == []


@pytest.mark.parametrize(
    ("terms", "sentence"),
    [
        ((Term("review", "2099-01-01"), Term("x", "y")), "lies ahead, within a year"),
        ((Term("authority", "Court"),), "on which day somebody looks"),
        ((Term("authority", "C"), Term("review", "soon")), "on which day somebody"),
        ((Term("authority", "C"), Term("review", "2020-01-01")), "lies ahead"),
    ],
)
def test_a_hold_says_who_why_and_how_long(
    room: HoldRoom, desk_of_ann: Speaker, terms: tuple[Term, ...], sentence: str
) -> None:
    """Each thing that a hold must say and does not is one sentence."""
    with room.keeper() as desk:
        matter = room.matter(scope_of(room, desk_of_ann.device), terms=terms)
        with pytest.raises(UsageError, match=sentence):
            room.ask(desk, matter)


def test_names_of_a_scope_are_known(room: HoldRoom, desk_of_ann: Speaker) -> None:
    """A device, dataset or column that nobody has is refused, not ignored."""
    with room.keeper() as desk:
        day = room.matter(None).terms[1]
        for matter, sentence in (
            (room.matter(scope_of(room, bytes(16))), "device that is not enrolled"),
            (room.matter(None), "without a scope"),
            (
                room.matter(
                    scope_of(room, datasets=(DatasetScope("event_logs", ("colour",)),))
                ),
                "dataset or column",
            ),
            (
                room.matter(scope_of(room, desk_of_ann.device), terms=(day,)),
                "say who asks for the hold",
            ),
        ):
            with pytest.raises(UsageError, match=sentence):
                room.ask(desk, matter)


def test_a_hold_that_comes_too_late_says_so(
    room: HoldRoom, desk_of_ann: Speaker
) -> None:
    """From its last second on a key is ended, whether the keeper was quick or not."""
    with room.keeper() as desk:
        room.until_due(desk)
        for _ in range(2):
            matter = room.matter(scope_of(room, desk_of_ann.device))
            with pytest.raises(DeniedError, match="all 1 key periods in this scope"):
                room.ask(desk, matter)
            room.turn(desk)


def test_no_release_without_counsel(room: HoldRoom, desk_of_ann: Speaker) -> None:
    """Neither another role nor who asked ends a hold, and it stays in force."""
    with room.keeper() as desk:
        hold = room.hold(desk, scope_of(room, desk_of_ann.device))
        release = room.release_of(hold)
        room.ask(desk, release)
        with pytest.raises(DeniedError, match="that is for counsel, not for approver"):
            room.approve(desk, release, "cy", Role.APPROVER)
        with pytest.raises(DeniedError, match="who asked cannot decide"):
            room.approve(desk, release, "amelie")
        with pytest.raises(DeniedError, match="not the role counsel"):
            room.approve(desk, release, "cy", Role.COUNSEL)
        assert [one.placed.case for one in holding.in_force(desk)] == [hold.case]

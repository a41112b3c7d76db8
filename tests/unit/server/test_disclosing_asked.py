# SPDX-License-Identifier: Apache-2.0
"""A disclosure that is asked for: what must be named, who decides, who is told.

Rules: the keeper's own desk; nothing is given without counsel, by any path.
Not here: what is given (`test_disclosing.py`), who must decide (`test_people.py`).
"""

from dataclasses import replace
from itertools import product

import pytest
from disclosing_desk import planted_desk, planted_room  # noqa: F401 - fixtures
from disclosing_room import LETTER, Case, of_ann, question

from server.errors import DeniedError, ServerError, UsageError
from server.keeper import notices
from server.keeper.acts import acts as keeper_acts
from server.keeper.acts import answer
from server.keeper.bounds import DISCLOSURE_NOTICE_SECONDS
from server.keeper.desk import Desk
from server.keeper.rights import exporting
from server.register import notices as register
from server.register.cases import State
from server.register.notices import NoticeKind, Standing
from tests.vectors import world
from wire.papers.decision import Act, Decision, Role, sign_decision
from wire.papers.matter import MATTER, Matter, matter_digest
from wire.papers.scope import Comparison, Rule

pytestmark = pytest.mark.slow


def notice_of(desk: Desk, matter: Matter) -> register.Notice:
    """Return the notice of a disclosure."""
    with desk.register.view() as connection:
        (found,) = register.every(connection)
    assert (found.kind, found.event) == (NoticeKind.DISCLOSURE, matter.case)
    return found


def test_the_client_hears_of_it(room: Case, desk: Desk) -> None:
    """Within days, in words without a value; or from the day that people decided."""
    matter = room.asking(of_ann(room))
    room.ask(desk, matter)
    with desk.register.view() as connection:
        assert register.every(connection) == []
    room.approve(desk, matter)
    notice = notice_of(desk, matter)
    assert notice.due == room.machine.system + DISCLOSURE_NOTICE_SECONDS
    text = notices.text_of(desk, notice)
    assert "To: Court of Examples\nBasis: section 94 of the code\n" in text
    assert not any(str(row["message"]) in text for *_, row in room.planted)


def test_the_notice_may_wait(room: Case, desk: Desk) -> None:
    """With a basis and an end in the matter itself; one alone is refused."""
    day = "2099-01-01"
    for terms in ({"delay_until": day}, {"delay_basis": "section 95a"}):
        with pytest.raises(UsageError, match="on a lawful basis and until a day"):
            room.ask(desk, room.asking(of_ann(room), **terms))
    basis = {"delay_basis": "section 95a"}
    with pytest.raises(UsageError, match="lies ahead, within a year"):
        room.ask(desk, room.asking(of_ann(room), delay_until=day, **basis))
    near = room.matter(None).term("review") or ""
    matter = room.asking(of_ann(room), delay_until=near, **basis)
    room.ask(desk, matter)
    room.approve(desk, matter)
    notice = notice_of(desk, matter)
    assert notice.delayed_by == matter.case
    assert notice.standing(room.machine.system) is Standing.DELAYED


@pytest.mark.parametrize(
    ("kind", "terms", "sentence"),
    [
        ("disclose", {"basis": ""}, "on what legal basis"),
        ("disclose", {"authority": ""}, "say which authority asks"),
        ("disclose", {"letter": ""}, "SHA-256 digest of the authority's letter"),
        ("disclose", {"letter": "x" * 64}, "SHA-256 digest of the authority's letter"),
        ("protect", {}, "SHA-256 digest of the memo"),
        ("protect", {"memo": LETTER}, "on which day somebody looks at it again"),
        ("protect", {"memo": LETTER, "review": "2020-01-01"}, "lies ahead"),
    ],
)
def test_what_must_be_named(
    room: Case, desk: Desk, kind: str, terms: dict[str, str], sentence: str
) -> None:
    """What is missing is one sentence, and nothing was opened or asked."""
    before = len(room.site.acts())
    with pytest.raises(UsageError, match=sentence):
        room.ask(desk, room.asking(of_ann(room), kind, **terms))
    asked = [one.act for one in room.site.acts()[before:]]
    assert "disclosure-asked" not in asked
    assert "case-asked" not in asked


def test_each_column_of_a_person_needs_a_reason(room: Case, desk: Desk) -> None:
    """Of what names somebody or is free text; what is harmless needs none."""
    scope = of_ann(room)
    (one,) = scope.datasets
    for columns, missing in (
        (("message",), "need event_logs.message"),
        (("severity_text", "user.id"), "need event_logs.user.id"),
    ):
        wanted = replace(scope, datasets=(replace(one, columns=columns),))
        matter = room.asking(wanted)
        less = tuple(item for item in matter.terms if item.name != missing)
        with pytest.raises(DeniedError, match=f"say why {missing[5:]} is needed"):
            room.ask(desk, replace(matter, terms=less))
    harmless = replace(scope, datasets=(replace(one, columns=("severity_text",)),))
    matter = room.asking(harmless)
    bare = tuple(item for item in matter.terms if not item.name.startswith("need"))
    assert room.ask(desk, replace(matter, terms=bare))["rows"] > 0


def test_nothing_to_disclose_is_refused(room: Case, desk: Desk) -> None:
    """A scope that holds nothing, or one that lies ahead."""
    nobody = Rule("user.id", Comparison.AMONG, ("zoe",))
    (one,) = of_ann(room).datasets
    empty = of_ann(room, datasets=(replace(one, filter=(nobody,)),))
    with pytest.raises(DeniedError, match="there is nothing to disclose"):
        room.ask(desk, room.asking(empty))
    with pytest.raises(UsageError, match="let its scope end today or before"):
        room.ask(desk, room.asking(of_ann(room, until=room.machine.system + 1)))


def signed(matter: Matter, name: str, act: Act, role: Role, now: int) -> str:
    """Return a decision, in hexadecimal digits."""
    digest = matter_digest(MATTER.encode(matter))
    whole = Decision(matter.tenant, matter.case, act, name, role, digest, now, "why")
    return sign_decision(whole, world.signing(name)).hex()


@pytest.mark.parametrize("kind", ["disclose", "protect"])
def test_no_path_produces_without_counsel(room: Case, desk: Desk, kind: str) -> None:
    """Every act, step and decision by all others than counsel: no archive is there."""
    now = room.machine.system
    review = {"memo": LETTER, "review": room.matter(None).term("review") or ""}
    matter = room.asking(of_ann(room), kind, **review)
    room.ask(desk, matter)
    said = [
        signed(matter, name, act, role, now)
        for name, act, role in product(
            ("amelie", "bo", "cy"), (Act.ASK, Act.APPROVE), Role
        )
        if (name, act, role) != ("bo", Act.APPROVE, Role.COUNSEL)
    ]
    steps = ("ask", "list", "show", "decide", "fetch", "dry-run", "custody", "find")
    for act, step, decision in product(keeper_acts(), steps, said):
        message: dict[str, object] = {"act": act, "step": step, "do": "show"}
        message |= {"case": matter.case.hex(), "matter": MATTER.encode(matter).hex()}
        if act not in {"case", "disclose"} and decision != said[0]:
            continue
        try:
            list(answer(desk, message | {"decision": decision}, "ops", now))
        except ServerError:
            continue
    assert not exporting.path_of(desk, matter.case).exists()
    assert "disclosed" not in [one.act for one in room.site.acts()]


def test_protecting_needs_two_people(room: Case, desk: Desk) -> None:
    """Counsel twice does not do; with another approver it is handed over."""
    review = {"memo": LETTER, "review": room.matter(None).term("review") or ""}
    matter = room.asking(of_ann(room), "protect", **review)
    room.ask(desk, matter)
    assert room.approve(desk, matter) is State.ASKED
    with pytest.raises(DeniedError, match="this person has approved already"):
        room.approve(desk, matter)
    assert not exporting.path_of(desk, matter.case).exists()
    assert room.approve(desk, matter, "cy", Role.APPROVER) is State.DONE
    assert exporting.path_of(desk, matter.case).exists()


def test_other_cases_are_no_disclosures(room: Case, desk: Desk) -> None:
    """What the act says of them is one sentence, as for a step that nobody knows."""
    hold = room.matter(of_ann(room))
    room.ask(desk, hold)
    for step, sentence in (("custody", "is no disclosure"), ("send", "does not under")):
        with pytest.raises(UsageError, match=sentence):
            list(answer(desk, question(step, hold), "ops", room.machine.system))

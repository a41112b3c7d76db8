# SPDX-License-Identifier: Apache-2.0
"""Who must decide on each kind of matter, and that nobody decides for another.

Rules: every kind there is is tried, with real signatures; people here have every role,
so that what refuses them is never a missing one.
Not here: keeping cases (`test_casework.py`).
"""

import dataclasses
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from people_fixture import EVERYTHING, people, said

from server.configuration_keeper import People
from server.errors import DeniedError
from server.keeper.bounds import CASE_LAPSE_SECONDS
from server.keeper.people import NEEDS, Standing, Verdict, check, role_for, take
from tests.vectors import paper_world, world
from wire.papers.decision import Act, Role
from wire.papers.matter import Matter, MatterKind

NOW = world.NOW
NAMES = ("amelie", "bo", "cy", "dee")
ALL = people(**dict.fromkeys(NAMES, EVERYTHING))
KINDS = pytest.mark.parametrize("kind", MatterKind)


def matter(kind: MatterKind) -> Matter:
    """Return a matter of a kind."""
    return paper_world.matter(kind=kind)


def asked(kind: MatterKind, name: str = "amelie") -> bytes:
    """Return that somebody asks, in a role that may."""
    role = role_for(ALL[name], kind, Act.ASK)
    assert role is not None
    return said(matter(kind), name, Act.ASK, role, NOW)


def approved(kind: MatterKind, name: str) -> bytes:
    """Return that somebody approves, in the role that is needed most."""
    role = role_for(ALL[name], kind, Act.APPROVE)
    assert role is not None
    return said(matter(kind), name, Act.APPROVE, role, NOW)


def refusal(
    kind: MatterKind, before: list[bytes], octets: bytes, there: People = ALL
) -> str:
    """Return why a decision does not count after others that do."""
    verdict = check(matter(kind), before, there, NOW)
    with pytest.raises(DeniedError) as caught:
        take(verdict, matter(kind), octets, there, NOW)
    return caught.value.reason


def test_every_kind_has_its_people() -> None:
    """No kind of matter is without a line of who decides."""
    assert set(MatterKind) == set(NEEDS)


@pytest.mark.parametrize("kind", [MatterKind.PROTECT, MatterKind.TRANSFER])
def test_two_must_approve(kind: MatterKind) -> None:
    """What protects the provider, or gives a business away, takes two approvers."""
    one = [asked(kind), approved(kind, "bo")]
    assert check(matter(kind), one, ALL, NOW).standing is Standing.ASKED
    two = [*one, approved(kind, "cy")]
    assert check(matter(kind), two, ALL, NOW).standing is Standing.APPROVED


@KINDS
def test_enough_others_approve(kind: MatterKind) -> None:
    """As many others as the kind needs are enough, and one fewer is not."""
    given = [asked(kind), *(approved(kind, name) for name in NAMES[1:])]
    count = NEEDS[kind].count
    enough = check(matter(kind), given[: 1 + count], ALL, NOW)
    assert enough.standing is Standing.APPROVED
    fewer = check(matter(kind), given[:count], ALL, NOW)
    assert fewer.standing is Standing.ASKED


@KINDS
@pytest.mark.parametrize("role", Role)
def test_who_asked_never_approves(kind: MatterKind, role: Role) -> None:
    """Not in any role, not after another's approval, not by refusing."""
    before = [asked(kind)]
    before += [approved(kind, "bo")] if NEEDS[kind].count > 1 else []
    for act in (Act.APPROVE, Act.REFUSE):
        own = said(matter(kind), "amelie", act, role, NOW)
        assert refusal(kind, before, own) in {"same-person", "wrong-role"}
        left = check(matter(kind), [*before, own], ALL, NOW)
        assert left.standing is Standing.ASKED


@KINDS
def test_who_asked_does_not_approve_under_another_name(kind: MatterKind) -> None:
    """A second name for one key is no second person, and no second ask makes room."""
    renamed = people(bo=EVERYTHING)
    alias = {"alias": dataclasses.replace(ALL["amelie"], name="alias"), **renamed}
    given = [asked(kind), approved(kind, "bo"), approved(kind, "cy")]
    own = said(matter(kind), "amelie", Act.APPROVE, Role.COUNSEL, NOW, person="alias")
    assert check(matter(kind), [*given, own], alias, NOW).standing is Standing.NOBODY
    again = [approved(kind, "amelie"), asked(kind, "amelie")]
    assert check(matter(kind), again, ALL, NOW).standing is Standing.ASKED
    assert refusal(kind, [asked(kind)], asked(kind, "bo")) == "asked-already"


@KINDS
def test_the_same_person_twice_is_one(kind: MatterKind) -> None:
    """An approval that is given twice, word for word or anew, counts once."""
    if NEEDS[kind].count == 1:
        given = [asked(kind), approved(kind, "bo")]
        assert refusal(kind, given, approved(kind, "bo")) == "already-decided"
        return
    given = [asked(kind), approved(kind, "bo")]
    other = said(matter(kind), "bo", Act.APPROVE, Role.APPROVER, NOW + 1)
    assert refusal(kind, given, given[1]) == "same-person-twice"
    assert refusal(kind, given, other) == "same-person-twice"


@pytest.mark.parametrize("kind", [MatterKind.PROTECT, MatterKind.TRANSFER])
def test_two_without_counsel_are_not_enough(kind: MatterKind) -> None:
    """Of the two who protect the provider, or give a business away, one is counsel."""
    two = [
        said(matter(kind), name, Act.APPROVE, Role.APPROVER, NOW)
        for name in ("bo", "cy")
    ]
    before = [asked(kind), *two]
    assert check(matter(kind), before, ALL, NOW).standing is Standing.ASKED
    counsel = said(matter(kind), "dee", Act.APPROVE, Role.COUNSEL, NOW)
    after = check(matter(kind), [*before, counsel], ALL, NOW)
    assert after.standing is Standing.APPROVED


@KINDS
@pytest.mark.parametrize("role", Role)
def test_only_the_roles_of_the_line_approve(kind: MatterKind, role: Role) -> None:
    """A role that the line does not name approves nothing, whoever has it."""
    octets = said(matter(kind), "bo", Act.APPROVE, role, NOW)
    verdict = check(matter(kind), [asked(kind), octets], ALL, NOW)
    counts = len(verdict.counted) == 2
    assert counts is (role in NEEDS[kind].approves)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"matter": bytes(32)}, "other-matter"),
        ({"case": bytes(16)}, "other-matter"),
        ({"tenant": bytes(16)}, "other-matter"),
        ({"person": "cy"}, "not-their-role"),
        ({"time": NOW + 901}, "from-the-future"),
    ],
)
def test_a_decision_is_for_one_matter_and_person(
    changes: dict[str, object], reason: str
) -> None:
    """One over another matter, case, tenant or name does not count."""
    kind = MatterKind.HOLD
    octets = said(matter(kind), "bo", Act.APPROVE, Role.COUNSEL, NOW, **changes)
    assert reason == refusal(kind, [asked(kind)], octets)


def test_a_role_is_what_config_toml_says() -> None:
    """A role that somebody signs and does not have does not count."""
    there = {**ALL, **people(bo=frozenset({Role.OPERATOR}))}
    octets = approved(MatterKind.HOLD, "bo")
    assert refusal(MatterKind.HOLD, [asked(MatterKind.HOLD)], octets, there) == (
        "not-their-role"
    )


def test_a_stranger_decides_nothing() -> None:
    """A key that config.toml does not have, or has no more, counts for nobody."""
    there = {name: ALL[name] for name in ("amelie", "cy")}
    kind = MatterKind.HOLD
    assert refusal(kind, [asked(kind)], approved(kind, "bo"), there) == "not-their-key"
    assert refusal(kind, [asked(kind)], b"\x00", there) == "not-their-key"


def test_a_salt_makes_another_matter() -> None:
    """The same words under another salt are another matter."""
    kind = MatterKind.HOLD
    other = paper_world.matter(kind=kind, salt=bytes(16))
    octets = said(other, "bo", Act.APPROVE, Role.COUNSEL, NOW)
    assert refusal(kind, [asked(kind)], octets) == "other-matter"


def test_a_refusal_ends_it() -> None:
    """After one no, no yes counts."""
    kind = MatterKind.TRANSFER
    no = said(matter(kind), "bo", Act.REFUSE, Role.APPROVER, NOW)
    given = [asked(kind), no]
    assert check(matter(kind), given, ALL, NOW).standing is Standing.REFUSED
    assert refusal(kind, given, approved(kind, "cy")) == "already-decided"


def test_only_who_asked_withdraws() -> None:
    """Another person cannot take back what somebody asked for."""
    kind = MatterKind.HOLD
    others = said(matter(kind), "bo", Act.WITHDRAW, Role.COUNSEL, NOW)
    assert refusal(kind, [asked(kind)], others) == "not-theirs"
    own = said(matter(kind), "amelie", Act.WITHDRAW, Role.COUNSEL, NOW)
    left = check(matter(kind), [asked(kind), own], ALL, NOW)
    assert left.standing is Standing.WITHDRAWN


def test_an_ask_lapses() -> None:
    """What nobody approved in time cannot be approved later."""
    kind = MatterKind.HOLD
    last = NOW + CASE_LAPSE_SECONDS
    given = [asked(kind)]
    assert check(matter(kind), given, ALL, last).standing is Standing.ASKED
    assert check(matter(kind), given, ALL, last + 1).standing is Standing.LAPSED
    with pytest.raises(DeniedError):
        take(
            check(matter(kind), given, ALL, last + 1),
            matter(kind),
            approved(kind, "bo"),
            ALL,
            last + 1,
        )


MOVES = list(itertools.product(NAMES, Act, Role))


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(st.sampled_from(MatterKind), st.lists(st.sampled_from(MOVES), max_size=6))
def test_no_path_lets_one_person_decide(
    kind: MatterKind, moves: list[tuple[str, Act, Role]]
) -> None:
    """Whatever is signed in whatever order, approved means enough others did."""
    octets = [said(matter(kind), name, act, role, NOW) for name, act, role in moves]
    verdict = check(matter(kind), octets, ALL, NOW)
    if verdict.standing is not Standing.APPROVED:
        return
    need = NEEDS[kind]
    askers = {said.person for said, _ in verdict.counted if said.act is Act.ASK}
    yes = [said for said, _ in verdict.counted if said.act is Act.APPROVE]
    assert len(askers) == 1
    assert len({said.person for said in yes} - askers) == len(yes) >= need.count
    assert {said.role for said in yes} <= need.approves
    assert need.among is None or need.among in {said.role for said in yes}


def test_nothing_is_decided_before_it_is_asked() -> None:
    """An approval that came first does not wait for its question."""
    kind = MatterKind.HOLD
    early = [approved(kind, "bo"), asked(kind)]
    assert check(matter(kind), early, ALL, NOW).standing is Standing.ASKED
    assert Verdict() == check(matter(kind), early[:1], ALL, NOW)

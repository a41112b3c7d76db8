# SPDX-License-Identifier: Apache-2.0
"""Who may do what, against a model of its own: every role, act, purpose and tenant.

Rules: the model is `tests/access_model.py`.
Not here: people and their sign-in.
"""

import argparse
import itertools
import os
from collections.abc import Iterator

import pytest
from access_model import EVERY, MODEL, NOW, OURS, THEIRS, expected

from policies import PRESETS, catalogue, preset
from server import __main__ as program
from server.access.actions import GIVES, RULES, Action, Role
from server.access.model import (
    STEP_UP_SECONDS,
    Held,
    Person,
    Standing,
    Verdict,
    may,
    may_give,
)
from server.errors import DeniedError
from server.keeper.people import NEEDS
from server.reader.grants import Wish, decide
from tools import access_page
from wire.papers import decision
from wire.policy_source import AGGREGATOR, compile_policy
from wire.purposes import Purpose


def told(verdict: Verdict) -> str:
    """Return the slug of a verdict, or nothing."""
    return verdict.reason.value if verdict.reason else ""


def people(role: Role) -> Iterator[Person]:
    """Yield people with one role, of every standing, training and presence."""
    for tenant, purposes, trained, verified in itertools.product(
        (OURS, None),
        (EVERY, frozenset({Purpose.SUPPORT}), frozenset[Purpose]()),
        (0, NOW, NOW + 1),
        (0, NOW - STEP_UP_SECONDS - 1, NOW - STEP_UP_SECONDS, NOW + 1),
    ):
        held = (Held(role, tenant, purposes),)
        yield Person("ann", Standing.ACTIVE, held, trained, verified)
    for standing in Standing:
        yield Person("ann", standing, (Held(role, None, EVERY),), NOW + 1, NOW)


@pytest.mark.slow
@pytest.mark.parametrize("role", Role)
def test_every_verdict_is_that_of_the_model(role: Role) -> None:
    """Role x act x purpose x tenant x standing x training: all as a model says."""
    differing = [
        (action.value, purpose, person, tenant)
        for person in people(role)
        for action, purpose in itertools.product(Action, (None, *Purpose))
        for tenant in (OURS, THEIRS)
        if told(may(person, action, tenant, purpose, NOW))
        != expected(role.value, action.value, purpose, person, tenant)
    ]
    assert differing == []


def test_every_act_has_a_rule() -> None:
    """No act is forgotten by the table, and no rule allows what is no act."""
    assert set(RULES) == set(Action)


def test_who_has_no_role_may_nothing() -> None:
    """Deny by default: a person without roles sees and changes themselves alone."""
    nobody = Person("ann", trained_until=NOW + 1, verified=NOW)
    allowed = [
        action
        for action, purpose in itertools.product(Action, (None, *Purpose))
        if may(nobody, action, OURS, purpose, NOW).allowed
    ]
    assert allowed == [Action.SELF_SEE, Action.SELF_CHANGE, Action.SELF_PASSKEY]


def _commands(parser: argparse.ArgumentParser, before: str = "") -> Iterator[str]:
    """Yield every command with its act."""
    below = [
        action
        for action in parser._actions
        if isinstance(action, argparse._SubParsersAction)
    ]
    if not below or not below[0].required:
        yield before.strip()
    for one in below:
        for name, found in one.choices.items():
            yield from _commands(found, f"{before} {name}")


def test_every_command_is_a_way_to_an_act() -> None:
    """No command is outside of the table, and no act lacks a way but the console's."""
    parser = program._parser(program._modules(), os.environ)
    ways = {way.partition(" --")[0] for way in access_page.WAYS}
    assert set(_commands(parser)) == ways | access_page.NO_WAY
    decided = {act for act in Action if act.value.endswith(".approve")}
    reached = {*access_page.WAYS.values(), *access_page.ONLY_CONSOLE, *decided}
    assert reached == set(Action)


@pytest.mark.parametrize("name", PRESETS)
def test_reading_is_the_same_by_command_and_console(name: str) -> None:
    """A role reads for a purpose by a command where policy and table both let it."""
    policy = compile_policy(preset(name), catalogue(), name)
    acts = Action.READ, Action.EXPORT_TABLES, Action.ACCOUNT
    for role, rules, action in itertools.product(Role, policy.purposes, acts):
        person = Person("ann", held=(Held(role, None, EVERY),), trained_until=NOW + 1)
        table = may(person, action, OURS, rules.purpose, NOW).allowed
        named = role.value in set(rules.readers) - {AGGREGATOR}
        try:
            decide(
                Wish("ann", rules.purpose.value, "why", "", 1, action),
                [role.value],
                policy,
                NOW,
            )
        except DeniedError:
            assert not named
        else:
            assert named
            assert table


def test_deciding_is_the_same_by_signature_and_console() -> None:
    """Who asks and who approves a case is for every kind what the table says."""
    for kind, need in NEEDS.items():
        for role in decision.Role:
            mine = MODEL[role.value].split()
            assert (role in need.asks) == (f"{kind.value}.ask" in mine)
            assert (role in need.approves) == (f"{kind.value}.approve" in mine)


def test_nobody_makes_somebody_who_checks_them() -> None:
    """An administrator gives working roles of the own tenant alone."""
    admin = Person("ann", held=(Held(Role.ADMINISTRATOR, OURS),))
    given = {role.value for role in Role if may_give(admin, role, OURS)}
    assert given == {"technician", "administrator", "security", "requester", "client"}
    assert not any(may_give(admin, role, THEIRS) for role in Role)
    assert not any(may_give(admin, role, None) for role in Role)
    assert Role.READER not in set().union(*GIVES.values())

# SPDX-License-Identifier: Apache-2.0
"""Who may do what, against a model of its own: every role, act, purpose and tenant.

Rules: the table here is written by role, and not derived from the product's.
Not here: people and their sign-in.
"""

import argparse
import itertools
import os
from collections.abc import Iterator

import pytest

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

NOW = 1_700_000_000
OURS, THEIRS = b"o" * 16, b"t" * 16
EVERY = frozenset(Purpose)
HELPED = [purpose.value for purpose in Purpose if purpose.value != "support"]
NEVER = ["account", "communication", "compliance", "improvement"]

ASKED_BY_ALL = [
    *("hold", "release-hold", "disclose", "protect"),
    *("share", "resolve", "transfer", "delay-notice"),
]
APPROVED = ["protect", "share", "resolve", "transfer"]
RIGHTS = ["erase", "restrict", "lift", "export", "annotate", "object", "forward"]
RUNS = ["purge", "clock", "backup-end"]
KINDS = [*ASKED_BY_ALL, *RIGHTS, *RUNS]


def asks(kinds: list[str]) -> str:
    """Return the acts of asking."""
    return " ".join(f"{kind}.ask" for kind in kinds)


def approves(kinds: list[str]) -> str:
    """Return the acts of approving."""
    return " ".join(f"{kind}.approve" for kind in kinds)


OWN = "policy.see"
SIGHT = "data.why device.see ticket.see case.see retention.see law.see"
CONTROL = (
    "share.see recipient.see notice.see hold.see certificate.see contract.see"
    " ledger.see incident.see finding.see"
)
WORK = f"{OWN} {SIGHT} {asks(ASKED_BY_ALL)} ticket.open ticket.close"
DATA = "data.read data.export data.account"
MODEL = {
    "technician": f"{WORK} {DATA} device.label diagnose.see diagnose.ask"
    " diagnose.approve diagnose.cancel alert.see alert.acknowledge",
    "administrator": f"{WORK} {DATA} device.label device.revoke token.issue"
    " diagnose.see diagnose.approve diagnose.cancel hold.see certificate.see"
    " contract.see people.see people.invite people.change people.attest"
    " alert.see alert.acknowledge",
    "security": f"{WORK} {DATA} incident.see finding.see finding.change"
    " incident.change",
    "privacy-officer": f"{OWN} {SIGHT} {CONTROL} {asks(ASKED_BY_ALL)} {asks(RIGHTS)}"
    f" {approves(RIGHTS)} {approves(RUNS)} {approves(APPROVED)}"
    " data.anonymise disclose.fetch share.make share.revoke recipient.change"
    " notice.deliver finding.change"
    " incident.change subject.see subject.find subject.fetch"
    " subject.extend"
    " policy.publish law.publish people.see evidence.build installation.see",
    "counsel": f"{OWN} {SIGHT} {CONTROL} {asks(ASKED_BY_ALL)} {approves(ASKED_BY_ALL)}"
    " disclose.fetch share.revoke notice.deliver finding.change"
    " incident.change subject.see law.publish"
    " evidence.build",
    "auditor": f"{OWN} {SIGHT} {CONTROL} subject.see people.see evidence.build"
    " keyring.see installation.see",
    "operator": f"{OWN} {SIGHT} {CONTROL} {asks(ASKED_BY_ALL)} {asks(RUNS)}"
    " data.anonymise device.label device.revoke token.issue ticket.open ticket.close"
    " share.make share.revoke recipient.change notice.deliver finding.change"
    " incident.change subject.see"
    " retention.run contract.end policy.publish law.publish people.see people.invite"
    " people.change people.attest ledger.anchor keyring.see keyring.change"
    " installation.see installation.change alert.see alert.change",
    "requester": f"{OWN} case.see {asks(ASKED_BY_ALL)} {asks(RIGHTS)} subject.see"
    " subject.find",
    "approver": f"{OWN} case.see {asks(ASKED_BY_ALL)} share.see recipient.see"
    f" {approves(APPROVED)}",
    "client": f"{OWN} retention.see certificate.see contract.see law.see",
    "reader": DATA,
}
FOR = {
    "technician": "provision support administration",
    "administrator": "provision support administration",
    "security": "security",
    "reader": "provision support administration security",
}
STAFF = set(MODEL) - {"client", "auditor", "reader"}
PURPOSED = f"{DATA} diagnose.see diagnose.ask diagnose.approve diagnose.cancel".split()
THERE = {
    *("data.anonymise", "device.revoke", "token.issue", "retention.run"),
    *("diagnose.ask", "diagnose.approve", "disclose.fetch", "recipient.change"),
    *("share.make", "share.revoke", "contract.end", "policy.publish", "law.publish"),
    *("subject.find", "subject.fetch", "subject.extend", "people.invite"),
    *("people.change", "people.attest", "keyring.change", "installation.change"),
    *(f"{kind}.{act}" for kind in KINDS for act in ("ask", "approve")),
}
"""Acts that want a person who is there."""


def expected(
    role: str, action: str, purpose: Purpose | None, person: Person, tenant: bytes
) -> str:
    """Return the slug with which the act is denied, or nothing."""
    takes, named = action in PURPOSED, purpose.value if purpose else ""
    held = person.held[0]
    lacking = {
        person.standing.value: person.standing is not Standing.ACTIVE,
        "no-purpose": takes and not named,
        "purpose-not-taken": named and not takes,
        "no-person-may": named in NEVER
        or ("diagnose" in action and named != "support"),
        "no-role": action not in MODEL[role].split(),
        "other-tenant": held.tenant not in {None, tenant},
        "other-purpose": named not in FOR.get(role, ""),
        "not-mine": named and purpose not in held.purposes,
        "untrained": role in STAFF and person.trained_until <= NOW,
        "step-up": action in THERE and not 0 <= NOW - person.verified <= 300,
    }
    if action.startswith("self."):
        lacking = dict(itertools.islice(lacking.items(), 4))
    found = next((slug for slug, lacks in lacking.items() if lacks), "")
    return "other-purpose" if found == "not-mine" else found


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
    assert allowed == [Action.SELF_SEE, Action.SELF_CHANGE]


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
    for role, rules in itertools.product(Role, policy.purposes):
        person = Person("ann", held=(Held(role, None, EVERY),), trained_until=NOW + 1)
        table = may(person, Action.READ, OURS, rules.purpose, NOW).allowed
        named = role.value in set(rules.readers) - {AGGREGATOR}
        try:
            decide(
                Wish("ann", rules.purpose.value, "why", "", 1),
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

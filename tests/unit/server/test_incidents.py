# SPDX-License-Identifier: Apache-2.0
"""Promises of the incident query: what touched is told, all of it.

Rules: breaches are planted; what they touched is written down beside them, and the
answer is compared with that.
Not here: what a reading writes down (`test_reader.py`).
"""

import datetime as dt
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from desk_room import Room
from reader_fixture import Site, make_site, table

from server.__main__ import main
from server.incidents import (
    TOUCHING,
    Question,
    Touched,
    sealed_columns,
    touched,
)
from server.ledger import Act, SqliteLedger
from server.ledger_acts import ACTS
from server.person import user_name
from server.reader.duties import send_pseudonym_keys
from tests.installation_fixture import standard
from wire import signed
from wire.keys import (
    PSEUDONYM_KEYS,
    PSEUDONYM_STATEMENT,
    PurposeKey,
    pseudonym_info,
)
from wire.policy import PolicyStatement
from wire.purposes import Purpose
from wire.signed import SignedKind

NOW = 1_800_000_000
PEOPLE = ("amelie", "bo", "chen")
DEVICES = [bytes([number]) * 16 for number in range(12)]
KEYS = [bytes([0x80 + number]) * 16 for number in range(8)]


def policies() -> list[PolicyStatement]:
    """Return two policies: the second has no event logs for support."""
    first = standard()
    purposes = tuple(
        replace(
            rules,
            datasets=tuple(
                one for one in rules.datasets if one.dataset != "event_logs"
            ),
        )
        for rules in first.purposes
    )
    year = 366 * 86_400
    return [
        PolicyStatement(bytes(16), 1, NOW, NOW + year, first),
        PolicyStatement(
            bytes(16), 2, NOW + 500, NOW + 500 + year, replace(first, purposes=purposes)
        ),
    ]


def columns(dataset: str) -> set[str]:
    """Return what the standard policy shows of a dataset for support."""
    rules = standard().rules(Purpose.SUPPORT)
    assert rules is not None
    (rule,) = (one for one in rules.datasets if one.dataset == dataset)
    return {one.column for one in rule.columns if one.transform != "drop"}


def act(number: int, name: str, body: "dict[int | str, object] | None") -> Act:
    """Return an entry as the ledger yields it."""
    return Act(number, NOW + number, name, body, bytes(32))  # type: ignore[arg-type]  # plain


def planted(dice: random.Random) -> Iterator[tuple[Act, set[str], set[str]]]:
    """Yield lines, each with the datasets and recipients that it truly touched."""
    for number in range(1, 400):
        person = dice.choice(PEOPLE)
        devices = dice.sample(DEVICES, dice.randrange(1, 5))
        keys = dice.sample(KEYS, dice.randrange(1, 4))
        if dice.random() < 0.1:
            yield act(number, "denied", {"user": person, "denied": "x"}), set(), set()
        elif dice.random() < 0.2:
            name = dice.choice(("msp-a", "msp-b"))
            body = {
                "by": person,
                "release": number.to_bytes(16, "big"),
                "recipient": name,
                "devices": devices,
                "keys": keys,
                "columns": {"software": ["name"]},
            }
            yield act(number, "release-made", body), {"software"}, {name}
        else:
            datasets = dice.sample(["crashes", "processes"], dice.randrange(1, 3))
            body = {
                "user": person,
                "purpose": "support",
                "policy": 1,
                "datasets": datasets,
                "columns": dict.fromkeys(datasets, 1),
                "devices": devices,
                "keys": keys,
            }
            yield act(number, "opened", body), set(datasets), set()


@pytest.mark.parametrize("seed", range(20))
def test_a_planted_breach(seed: int) -> None:
    """Of each key, device and person all lines are told, and no others."""
    lines = list(planted(random.Random(seed)))  # noqa: S311 - a test's choice
    for one in (*DEVICES, *KEYS, *PEOPLE):
        question = (
            Question(person=one)
            if isinstance(one, str)
            else Question(device=one)
            if one in DEVICES
            else Question(key=one)
        )
        held = [
            line
            for line in lines
            if line[0].act != "denied" and any(_has(line[0], one))
        ]
        found = touched((line[0] for line in lines), policies(), question)
        assert found.acts == [line[0] for line in held]
        assert set(found.columns) == {name for line in held for name in line[1]}
        assert found.recipients == {name for line in held for name in line[2]}
        bodies = [line[0].body or {} for line in held]
        named = {device for body in bodies for device in body["devices"]}  # type: ignore[union-attr]  # a list
        assert found.subjects == ({one} if one in DEVICES else named)
        assert (found.every, found.untold) == (False, [])


def _has(entry: Act, one: object) -> Iterator[bool]:
    for value in (entry.body or {}).values():
        yield value == one or (isinstance(value, list) and one in value)


def test_columns_are_those_of_the_policy_named() -> None:
    """A reading under an older policy showed that policy's columns."""
    body = {"purpose": "support", "datasets": ["event_logs"], "devices": [], "keys": []}
    lines = [act(900, "opened", body | {"user": "a", "policy": 1})]
    found = touched(lines, policies(), Question(person="a"))
    assert found.columns == {"event_logs": columns("event_logs")}


@pytest.mark.parametrize(
    "question", [Question(key=KEYS[0]), Question(device=DEVICES[0])], ids=str
)
def test_what_a_line_does_not_say_counts(question: Question) -> None:
    """A line of an earlier release, or of a whole fleet, stands for all of it."""
    old = {"user": "a", "purpose": "support", "datasets": ["event_logs"], "devices": 3}
    fleet = {"user": "a", "purpose": "support", "datasets": [], "every": 900}
    lines = [act(100, "opened", old), act(101, "opened", fleet)]
    found = touched(lines, policies(), question)
    assert [one.index for one in found.acts] == [100, 101]
    assert found.columns == {"event_logs": columns("event_logs")}
    assert found.every is (question.device is None)


CASE, RELEASE = b"c" * 16, b"r" * 16
SHARED = {
    "by": "amelie",
    "case": CASE,
    "release": RELEASE,
    "recipient": "soc",
    "purpose": "support",
    "datasets": ["crashes"],
    "columns": 2,
    "devices": [],
}
"""What is written of a release whose scope names no device."""


def test_a_release_is_of_who_made_it() -> None:
    """Its lines count for who opened it and who decided it, and for every device."""
    lines = [
        act(100, "case-decided", {"by": "bo", "case": CASE, "act": "approve"}),
        act(101, "share-opened", SHARED),
        act(102, "release-made", {"release": RELEASE, "recipient": "soc", "rows": 3}),
    ]
    for person in ("amelie", "bo"):
        found = touched(lines, policies(), Question(person=person))
        numbers = [one.index for one in found.acts]
        assert numbers == ([101, 102] if person == "amelie" else [101])
        assert (found.every, found.recipients) == (True, {"soc"})
        assert found.columns == {"crashes": columns("crashes")}
    assert touched(lines, policies(), Question(person="chen")).acts == []
    found = touched(lines, policies(), Question(device=DEVICES[0]))
    assert [one.index for one in found.acts] == [101, 102]


def test_an_order_is_of_who_signed_it() -> None:
    """A diagnostic that was sent counts for sender and signers, with its columns."""
    body = {
        "by": "amelie",
        "order": b"o" * 16,
        "device": DEVICES[0],
        "diagnostic": "service_state",
        "technicians": ["bo", "chen"],
    }
    lines = [act(900, "order-sent", body)]
    for person in ("amelie", "bo", "chen"):
        found = touched(lines, policies(), Question(person=person))
        assert (found.subjects, found.every) == ({DEVICES[0]}, False)
        assert found.columns == {"service_state": columns("service_state")}
    assert touched(lines, policies(), Question(device=DEVICES[0])).acts == lines
    assert touched(lines, policies(), Question(device=DEVICES[1])).acts == []


def test_a_case_says_what_its_lines_leave_out() -> None:
    """A line that names no table and no purpose has those that its case has."""
    asked = {"by": "amelie", "case": CASE, "datasets": ["crashes"]}
    lines = [
        act(100, "disclosure-asked", asked),
        act(101, "disclosure-counted", {"case": CASE, "rows": 3}),
        act(102, "disclosed", {"case": b"d" * 16, "datasets": ["processes"]}),
    ]
    found = touched(lines, policies(), Question(person="amelie"))
    assert [one.index for one in found.acts] == [101]
    assert set(found.columns) == {"crashes"}
    assert found.columns["crashes"] >= columns("crashes")


WHAT_IS_TOUCHED = {
    *("device", "devices", "every", "rows", "recipient", "release"),
    *("datasets", "columns", "sql"),
}
UNTOUCHED = {
    "accounting and jobs, that nobody sees": "folded erased-again aggregated"
    " aggregate-begun subject-forwarded alerts-looked",
    "alerts, which name a rule and a device and no value": "alert-acknowledged"
    " alert-snoozed alert-resent",
    "what is asked for, and shown to nobody before it is done": "hold-asked hold-placed"
    " hold-released disclosure-asked share-asked share-approved share-refused"
    " transfer-asked transfer-noticed transfer-refused transfer-approved"
    " resolution-asked",
    "the end of what was given, or word of it": "release-ended release-owed"
    " release-received share-revoked rows-deleted disclosure-fetched",
    "devices, recipients and notices themselves": "device-ended device-labelled"
    " device-placed"
    " device-left device-revoked store-lost resync-asked"
    " recipient-added recipient-suspended"
    " notice-due notice-delayed notice-delivered incident-attached incident-closed"
    " incident-opened incident-overdue incident-recorded incident-told",
    "tickets, and marks on rows": "ticket-opened ticket-attached ticket-detached"
    " subject-annotated"
    " subject-restricted subject-lifted subject-objected subject-erased"
    " subject-extended",
    "orders that were not sent, or what became of one": "order-refused order-cancelled"
    " order-ended",
    "what was opened for it is a line of its own": "subject-fetched transfer-exported",
}
"""Acts that name devices or recipients, by which nobody saw anything of a device."""


def test_no_act_is_forgotten() -> None:
    """Each act that names devices, rows or recipients counts, or it is said why not."""
    named = {act for act, rule in ACTS.items() if rule.fields & WHAT_IS_TOUCHED}
    said = {act for acts in UNTOUCHED.values() for act in acts.split()}
    assert said & TOUCHING == set()
    assert sorted(named - TOUCHING - said) == []
    assert sorted((said | TOUCHING) - ACTS.keys()) == []


def test_ended_words_are_told() -> None:
    """A line whose words have ended is told by number, from the time asked for."""
    lines = [act(1, "opened", None), act(2, "folded", None), act(3, "opened", None)]
    found = touched(lines, policies(), Question(person="a", since=NOW + 2))
    assert found == Touched(untold=[3])


def test_what_is_sealed_to_a_key() -> None:
    """A key opens the columns of each policy that was valid in its epoch."""
    key = PurposeKey(Purpose.SUPPORT, "logs", 1, NOW + 600, NOW + 700, bytes(1_216))
    classes = {
        rule.dataset: rule.retention
        for rules in standard().purposes
        if rules.purpose is Purpose.SUPPORT
        for rule in rules.datasets
    }
    key = replace(key, retention=classes["event_logs"])
    assert sealed_columns(policies(), key)["event_logs"] == columns("event_logs")
    assert "event_logs" not in sealed_columns(policies()[1:], key)
    assert sealed_columns(policies(), replace(key, end=NOW)) == {}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Install a collector with two devices, of which a person read one."""
    made = make_site(tmp_path_factory.mktemp("incident") / "collector")
    for label in ("Desk", "Shop"):
        made.say(made.enrol(label), [table("event_logs", [{"message": "m"}])])
    room = Room(made)
    list(room.ask(devices=["Desk"]))
    room.ledger.close()
    yield made
    made.store.close()
    made.keyring.close()


def look(site: Site, capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, list]:  # type: ignore[type-arg]  # JSON
    """Ask as a person does."""
    command = ["--directory", str(site.layout.directory), "incident", "look"]
    assert main([*command, *more, "--json"]) == 0
    found: dict[str, list] = json.loads(capsys.readouterr().out)  # type: ignore[type-arg]  # JSON
    return found


@pytest.mark.slow
def test_a_person_asks(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """By person, device and key: what was read, and what a stolen key would open."""
    devices = {one.label: one.device.hex() for one in site.store.devices(site.tenant)}
    (key,) = {one.key_id.hex() for one in site.store.envelopes(site.tenant)}
    person = look(site, capsys, "--person", user_name())
    assert [one["reason"] for one in person["acts"]] == ["the printer is gone"]
    assert person["devices"] == [devices["Desk"]]
    assert set(person["columns"]) == {"event_logs"}
    assert look(site, capsys, "--device", "Shop")["acts"] == []
    assert len(look(site, capsys, "--device", "Desk", "--since", "1d")["acts"]) == 1
    stolen = look(site, capsys, "--key", key[:8])
    assert stolen["devices"] == sorted(devices.values())
    assert "event_logs" in stolen["columns"]
    command = ["--directory", str(site.layout.directory), "incident", "look"]
    assert main([*command, "--person", user_name()]) == 0
    assert "devices (1):" in capsys.readouterr().out


@pytest.mark.slow
def test_a_device_key_makes_the_stand_ins_that_are_told(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of the keys that a device was really sent, none is of a time that is not told."""
    speaker, room = site.enrol("Stolen"), Room(site)
    policy = room._policy(site.now)
    role = site.keyring.store_role_key()
    send_pseudonym_keys(site.store, site.keyring, role, policy, site.now)
    room.ledger.close()
    octets = site.store.pseudonyms(site.tenant, speaker.device)
    assert octets is not None
    payload = signed.read(octets, SignedKind.PSEUDONYMS).payload
    sealed = PSEUDONYM_STATEMENT.decode(payload).sealed
    info = pseudonym_info(site.tenant, speaker.device)
    sent = PSEUDONYM_KEYS.decode(speaker.opening.open(sealed, info)).keys
    told: dict[str, list[str]] = look(site, capsys, "--device", "Stolen")["stand_ins"]  # type: ignore[assignment]  # JSON
    assert {one.purpose.value for one in sent} == set(told)
    for one in sent:
        start, end = (
            int(dt.datetime.fromisoformat(moment).timestamp())
            for moment in told[one.purpose.value]
        )
        assert start <= one.start < one.end <= end
    assert look(site, capsys, "--person", user_name())["stand_ins"] == {}
    command = ["--directory", str(site.layout.directory), "incident", "look"]
    assert main([*command, "--device", "Stolen"]) == 0
    assert "its own keys make stand-ins of: administration 2" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize(
    "about", [["--key", "00"], ["--key", "zzzzzzzz"], ["--device", "Nobody"], []]
)
def test_what_means_nothing(site: Site, about: list[str]) -> None:
    """A key or device that there is not is a usage error."""
    command = ["--directory", str(site.layout.directory), "incident", "look"]
    assert main([*command, *about]) == 2


def test_a_line_that_touched_counts_before_it_is_shown(tmp_path: Path) -> None:
    """The words of the table are those that the query reads."""
    ledger = SqliteLedger.create(tmp_path / "ledger.sqlite")
    lines = [line[0] for line in planted(random.Random(1))][:30]  # noqa: S311 - a test's choice
    for line in lines:
        ledger.add(line.act, line.body or {}, line.time)  # type: ignore[arg-type]  # slugs
    for question in (Question(key=KEYS[0]), Question(device=DEVICES[0])):
        written = touched(ledger.entries(), policies(), question)
        assert written.subjects == touched(lines, policies(), question).subjects
    ledger.close()

# SPDX-License-Identifier: Apache-2.0
"""One pass: from a recorded machine's files to sealed envelopes.

Rules: the real pipeline in its real child; what it sealed is opened and looked at.
Not here: two processes and a network (`tests/e2e`), canaries (`tests/privacy`).
"""

import time
from functools import partial
from pathlib import Path

import pytest
from canary_machine import CanaryMachine, canary_machine
from device_fixture import Opened, headers, opened
from installation_fixture import Installation, standard

from agent.catalogue import declared
from agent.errors import AgentError, StateError, TrustError
from agent.outcome import DISABLED
from agent.passes import Ran, pass_in_child
from agent.pipeline import cursors
from agent.rows import START_HERE
from agent.schedule import EVERYTHING
from agent.spool.spool import open_spool
from agent.state import State
from wire.body import Mode, Op
from wire.envelope import EnvelopeKind
from wire.ledger import verify


@pytest.fixture
def machine(tmp_path: Path) -> CanaryMachine:
    """Return a recorded machine."""
    return canary_machine(tmp_path / "machine")


def once(state: State, machine: CanaryMachine, later: int = 0) -> Ran:
    """Run a pass over everything that is planned."""
    now = int(time.time()) + later
    return pass_in_child(state, now, over=EVERYTHING, host=machine.host())


def test_a_pass_seals_each_purpose_to_its_own_key(
    state: State, machine: CanaryMachine, installation: Installation
) -> None:
    """Every planned purpose has an envelope, under the key of its own class."""
    ran = once(state, machine)
    planned = {
        (rules.purpose, rule.retention)
        for rules in standard().purposes
        for rule in rules.datasets
    }
    assert {(item.purpose, item.retention) for item in headers(state)} == planned
    assert ran.report.sealed.envelopes == len(headers(state))
    for item in opened(state, installation):
        key = next(
            key for key in installation.purpose_keys if key.id == item.header.key_id
        )
        assert (key.purpose, key.retention) == (
            item.header.purpose,
            item.header.retention,
        )


def test_an_unchanged_inventory_is_not_sent_again(
    state: State, machine: CanaryMachine, installation: Installation
) -> None:
    """The second pass sends metrics alone, for nothing else changed."""
    once(state, machine)
    first = len(headers(state))
    once(state, machine, later=60)
    new = opened(state, installation)
    later = [item for item in new if item.header.sequence > first]
    assert {item.table.mode for item in later} == {Mode.APPEND}
    metrics = {"host_metrics", "agent_health", "agent_metrics"}
    assert {item.table.dataset for item in later} <= metrics


def add_packages(machine: CanaryMachine, *names: str) -> None:
    """Install packages on the recorded machine."""
    status = machine.root / "var/lib/dpkg/status"
    stanzas = [
        f"\nPackage: {name}\nStatus: install ok installed\nVersion: 2\n"
        "Architecture: all\n"
        for name in names
    ]
    status.write_text(status.read_text().rstrip("\n") + "\n" + "".join(stanzas))


def inventory(state: State, installation: Installation, after: int) -> list[Opened]:
    """Return what was sealed of snapshots after an envelope."""
    return [
        item
        for item in opened(state, installation)
        if item.header.sequence > after and item.table.mode is not Mode.APPEND
    ]


@pytest.mark.slow
def test_one_changed_package_is_sent_alone(
    state: State, machine: CanaryMachine, installation: Installation
) -> None:
    """A new package leaves as one row for each purpose, and a removed one as none."""
    add_packages(machine, *(f"p{number}" for number in range(9)))
    once(state, machine)
    first = len(headers(state))
    add_packages(machine, "newcomer")
    once(state, machine, later=60)
    new = inventory(state, installation, first)
    assert {item.header.purpose.value for item in new} == {"administration", "security"}
    for item in new:
        assert (item.table.dataset, item.table.ops) == ("software", (Op.ADD,))
        assert item.columns["name"] == ["newcomer"]
    second = len(headers(state))
    status = machine.root / "var/lib/dpkg/status"
    status.write_text(status.read_text().replace("Package: p3\n", "Package: q3\n"))
    once(state, machine, later=120)
    for item in inventory(state, installation, second):
        assert item.table.ops == (Op.REMOVE, Op.ADD)
        assert item.columns["name"] == [None, "q3"]


@pytest.mark.slow
def test_what_could_not_be_read_is_not_removed(
    state: State, machine: CanaryMachine, installation: Installation
) -> None:
    """A source that fails, or of which nothing parses, takes no row away."""
    once(state, machine)
    first = len(headers(state))
    status = machine.root / "var/lib/dpkg/status"
    whole = status.read_text()
    status.unlink()
    status.mkdir()
    once(state, machine, later=60)
    status.rmdir()
    status.write_text("Package: \nStatus: install ok installed\n")
    ran = once(state, machine, later=120)
    told = {item.collector: item for item in ran.report.outcomes}["software"]
    assert (told.outcome, told.rows, told.skipped) == ("none-found", 0, 1)
    status.write_text(whole)
    once(state, machine, later=180)
    assert inventory(state, installation, first) == []


def test_another_order_of_the_source_is_no_change(
    state: State, machine: CanaryMachine, installation: Installation
) -> None:
    """The same packages listed the other way round are not sent."""
    add_packages(machine, "one", "two", "three")
    once(state, machine)
    first = len(headers(state))
    status = machine.root / "var/lib/dpkg/status"
    stanzas = status.read_text().strip("\n").split("\n\n")
    status.write_text("\n\n".join(stanzas[::-1]) + "\n")
    once(state, machine, later=60)
    assert inventory(state, installation, first) == []


def test_a_narrower_plan_sends_whole_states(
    state: State, machine: CanaryMachine, installation: Installation
) -> None:
    """A state of other columns is no base: what is left of it is sent whole."""
    once(state, machine)
    first = len(headers(state))
    state.restrictions.write_text('deny = ["column:software.purl"]\n')
    once(state, machine, later=60)
    new = inventory(state, installation, first)
    assert {(item.table.dataset, item.table.mode) for item in new} == {
        ("software", Mode.FULL)
    }
    assert all("purl" not in item.columns for item in new)


@pytest.mark.slow
def test_each_log_line_is_sealed_once_for_each_purpose(
    state: State, machine: CanaryMachine, installation: Installation
) -> None:
    """Lines before and after a pass are each there once, whatever happened between."""
    once(state, machine)
    machine.log(*(f"Nov 24 04:00:00 h kernel[1]: event number {n}" for n in range(50)))
    once(state, machine, later=60)
    once(state, machine, later=120)
    messages: dict[str, list[object]] = {}
    for item in opened(state, installation):
        if item.table.dataset == "event_logs":
            found = messages.setdefault(item.header.purpose.value, [])
            found += item.columns["message"]
    assert messages
    for texts in messages.values():
        numbered = [text for text in texts if str(text).startswith("event number ")]
        assert numbered == [f"event number {n}" for n in range(50)]


def test_a_source_that_throws_leaves_the_others(
    state: State, machine: CanaryMachine, installation: Installation
) -> None:
    """A damaged source is an outcome with a slug; every other dataset is there."""
    (machine.root / "etc/passwd").unlink()
    (machine.root / "etc/passwd").mkdir()
    ran = once(state, machine)
    outcomes = {item.collector: item for item in ran.report.outcomes}
    assert outcomes["user_accounts"].outcome == "failed"
    assert outcomes["software"].outcome == "ok"
    health = next(
        item
        for item in opened(state, installation)
        if item.table.dataset == "agent_health"
        and item.header.purpose.value == "provision"
    )
    told = dict(
        zip(health.columns["collector"], health.columns["outcome"], strict=True)
    )
    assert told["user_accounts"] == "failed"


@pytest.mark.parametrize("lines", [None, pytest.param(40_000, marks=pytest.mark.slow)])
def test_half_a_dictionary_withholds_every_text(
    state: State, machine: CanaryMachine, installation: Installation, lines: int | None
) -> None:
    """Where not all users are known, no log line leaves: it could name one of them."""
    passwd = machine.root / "etc/passwd"
    if lines is None:
        passwd.unlink()
        passwd.mkdir()
    else:
        passwd.write_text(
            "".join(
                f"user{n}name:x:{n + 1000}:100:Given{n} Family{n}:/home/d{n}x:/bin/sh\n"
                for n in range(lines)
            )
        )
    machine.log("Nov 24 04:00:00 h prog[1]: a line for everyone")
    ran = once(state, machine)
    texts = [
        text
        for item in opened(state, installation)
        if item.table.dataset == "event_logs"
        for text in item.columns["message"]
    ]
    assert texts
    assert set(texts) == {None}
    assert ran.report.withheld >= len(texts)


def test_without_a_text_nobody_asks_who_is_known_here(
    state: State, machine: CanaryMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pass that finds no new line reads neither users nor addresses for it."""
    once(state, machine)

    def refused(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("agent.known.known_of", refused)
    now = int(time.time()) + 60
    logs = partial(pass_in_child, state, over="event_logs")
    assert not logs(now, host=machine.host()).report.sealed.records
    machine.log("Nov 24 04:00:00 h kernel[1]: a line for everyone")
    with pytest.raises(AgentError, match="crashed"):
        logs(now + 60, host=machine.host())


def test_what_no_purpose_gets_is_told_apart(
    state: State, machine: CanaryMachine, installation: Installation
) -> None:
    """A dataset that local restrictions forbid is reported as disabled."""
    state.restrictions.write_text('deny = ["dataset:software", "purpose:security"]\n')
    once(state, machine)
    assert "security" not in {item.purpose.value for item in headers(state)}
    tables = opened(state, installation)
    assert "software" not in {item.table.dataset for item in tables}
    health = next(item for item in tables if item.table.dataset == "agent_health")
    told = dict(
        zip(health.columns["collector"], health.columns["outcome"], strict=True)
    )
    assert told["software"] == DISABLED
    assert set(told) <= set(declared().datasets)


def test_unreadable_restrictions_stop_collection(
    state: State, machine: CanaryMachine
) -> None:
    """Who cannot read what is forbidden collects nothing, and says where it is."""
    state.restrictions.write_text("deny = [dataset:software]\n")
    with pytest.raises(StateError, match=r"local\.toml:1"):
        once(state, machine)
    assert not headers(state)


@pytest.mark.parametrize("later", [3 * 365 * 86_400, -3 * 365 * 86_400])
def test_nothing_is_collected_outside_the_policy_s_time(
    state: State, machine: CanaryMachine, later: int
) -> None:
    """A policy that has ended, or not begun, collects nothing."""
    with pytest.raises(TrustError):
        once(state, machine, later=later)
    assert not headers(state)


def test_a_forged_bundle_collects_nothing(state: State, machine: CanaryMachine) -> None:
    """One changed bit in the stored bundle stops collection."""
    octets = bytearray(state.bundle.read_bytes())
    octets[len(octets) // 2] ^= 1
    state.bundle.write_bytes(octets)
    with pytest.raises(TrustError):
        once(state, machine)
    assert not headers(state)


def test_without_pseudonym_keys_names_are_withheld_and_noted(
    state: State, machine: CanaryMachine, installation: Installation
) -> None:
    """Columns that need a pseudonym are empty, and the envelope says why."""
    state.pseudonyms.unlink()
    ran = once(state, machine)
    assert ran.report.withheld > 0
    for item in opened(state, installation):
        if item.table.dataset == "user_accounts":
            administration = item.header.purpose.value == "administration"
            names = set(item.columns["user.name"])
            assert (names == {None}) is administration


def test_cursor_envelope_and_ledger_move_together(
    state: State, machine: CanaryMachine
) -> None:
    """The ledger names every envelope by number, and its chain is whole."""
    once(state, machine)
    spool = open_spool(state.spool, 0)
    try:
        entries, head = spool.ledger()
        verify(entries, head)
        assert len(entries) == spool.facts().sequence
        assert spool.cursor("support", "event_logs") is not None
    finally:
        spool.close()


@pytest.mark.parametrize(("lost", "start"), [(False, None), (True, START_HERE)])
def test_after_a_loss_events_are_read_from_now_on(
    tmp_path: Path, *, lost: bool, start: bytes | None
) -> None:
    """What a lost spool had may be at the collector: it is not read again."""
    spool = open_spool(tmp_path / "spool.sqlite", 9, 5 if lost else None)
    try:
        with spool.transaction() as change:
            change.set_cursor("support", "event_logs", b"known")
        cursor = cursors(spool)
        assert cursor("support", "event_logs") == b"known"
        assert cursor("support", "logins") == start
    finally:
        spool.close()


@pytest.mark.slow
def test_a_corrupt_spool_becomes_a_gap_record(
    state: State, machine: CanaryMachine
) -> None:
    """A spool of noise is set aside; work goes on, each class says what it lost."""
    once(state, machine)
    before = headers(state)
    state.spool.write_bytes(b"\xa5" * state.spool.stat().st_size)
    for suffix in ("-wal", "-shm"):
        state.spool.with_name(state.spool.name + suffix).unlink(missing_ok=True)
    once(state, machine, later=60)
    after = headers(state)
    gaps = [item for item in after if item.kind is EnvelopeKind.GAP]
    assert {(item.purpose, item.retention) for item in gaps} == {
        (item.purpose, item.retention) for item in before
    }
    assert {item.gap.reason for item in gaps if item.gap} == {"spool-corrupt"}
    assert {item.gap.count for item in gaps if item.gap} == {None}
    assert {item.incarnation for item in after}.isdisjoint(
        item.incarnation for item in before
    )
    assert list(state.directory.glob("spool.sqlite.corrupt-*"))
    once(state, machine, later=120)
    again = [item for item in headers(state) if item.kind is EnvelopeKind.GAP]
    assert len(again) == len(gaps)

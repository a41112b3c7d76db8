# SPDX-License-Identifier: Apache-2.0
"""What an agent's self-check tells of the agent: levels and numbers, and no more.

Rules: state, spool and keys are real; each ill is brought about where it would be.
Not here: what the check tells of the machine (`tests/contract/test_diagnostics.py`).
"""

import shutil
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from device_fixture import opened

from agent import own_looks
from agent.budget import RESERVE_BYTES, SPOOL_BYTES
from agent.clock import CONTACTED
from agent.commands._doctor_finding import Patient
from agent.commands._doctor_local import look_at_disk
from agent.commands._doctor_way import _time
from agent.diagnostics import source
from agent.fared import remember
from agent.identity import trusted
from agent.outcome import DENIED, OK, Outcome
from agent.own_looks import Look, Own
from agent.state import write
from tests.host_fixture import recorded_host
from tests.order_room import TICKET, Room, alone

DAY = 86_400
Looks = dict[str, Look]


@pytest.fixture
def here(tmp_path: Path) -> Room:
    """Return a device."""
    return alone(tmp_path)


@contextmanager
def own(here: Room, now: int) -> Iterator[Own]:
    """Return what is looked at, at a time."""
    trust = trusted(here.state, here.who, here.now)
    with here.device() as device:
        yield Own(here.state, here.who, trust, device.spool, now)


def looked(here: Room, later: int = 0) -> Looks:
    """Return what each check came to."""
    with own(here, here.now + later) as found:
        return {str(one["check"]): one for one in found.looks()}


def number(here: Room, name: str, value: int) -> None:
    """Have the spool remember a number."""
    with here.device() as device, device.spool.transaction() as change:
        change.set_number(name, value)


def test_an_agent_that_is_well_says_so_in_numbers(here: Room) -> None:
    """Every check has a level and a number, and none names anything."""
    number(here, CONTACTED, here.now - 40)
    number(here, "clock-soft", here.now)
    number(here, "clock-offset", -7)
    found = looked(here)
    assert {one["outcome"] for one in found.values()} == {"ok"}
    assert found["answered-seconds-ago"]["value"] == 40
    assert found["clock-off-seconds"]["value"] == 7
    assert found["policy-version"]["value"] == 1
    assert found["queue-envelopes"]["value"] == 0
    for one in found.values():
        assert one.keys() == {"check", "outcome", "value"}
        assert type(one["value"]) is int


def test_what_is_ill_has_its_level_and_a_reason(here: Room) -> None:
    """A wrong clock, a silent collector and unread datasets are each seen."""
    number(here, CONTACTED, here.now - 2 * 3_600)
    number(here, "clock-soft", here.now)
    number(here, "clock-offset", 7_200)
    fared = (Outcome("software", DENIED, "access-denied"), Outcome("devices", OK))
    remember(here.state, fared)
    found = looked(here)
    ill = {name: one for name, one in found.items() if one["outcome"] != "ok"}
    assert ill == {
        name: {"check": name, "outcome": "warn", "reason": reason, "value": value}
        for name, reason, value in (
            ("clock-off-seconds", "clock-wrong", 7_200),
            ("answered-seconds-ago", "silent", 7_200),
            ("datasets-unread", "see-agent-health", 1),
        )
    }


def test_a_failing_exchange_is_told_without_its_words(here: Room) -> None:
    """What the transport says stays on the machine, for it names hosts."""
    write(here.state.failing, b"no way to proxy.example.org")
    one = looked(here)["answered-seconds-ago"]
    assert (one["outcome"], one["reason"]) == ("fail", "exchanges-fail")
    assert "proxy" not in str(looked(here))


def test_what_ends_soon_is_told_by_days(here: Room) -> None:
    """Policy, root and certificate warn before they end, each in its time."""
    left = looked(here)
    for name, soon in (
        ("policy-days", 3),
        ("root-days", 30),
        ("certificate-days", 30),
    ):
        days = left[name]["value"]
        assert isinstance(days, int)
        assert looked(here, (days - soon - 1) * DAY)[name]["outcome"] == "ok"
        late = looked(here, (days - soon + 1) * DAY)[name]
        assert (late["outcome"], late["reason"]) == ("warn", "ends-soon")


def test_one_check_that_cannot_be_made_keeps_no_other(
    here: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that cannot be asked is a finding, and the others go on."""

    def gone(path: Path) -> None:
        raise OSError(path)

    monkeypatch.setattr(own_looks.shutil, "disk_usage", gone)
    found = looked(here)
    assert (found["disk"]["outcome"], found["disk"]["reason"]) == (
        "fail",
        "read-failed",
    )
    assert "datasets-unread" in found


@pytest.mark.parametrize(
    ("free", "level"),
    [
        (2 * RESERVE_BYTES - 1, "fail"),
        (2 * RESERVE_BYTES, "warn"),
        (SPOOL_BYTES - 1, "warn"),
        (SPOOL_BYTES, "ok"),
    ],
)
def test_a_disk_is_judged_alike_by_doctor_and_check(
    here: Room, monkeypatch: pytest.MonkeyPatch, free: int, level: str
) -> None:
    """What is asked from afar and who sits there hear the same of a disk."""
    told = shutil.disk_usage(here.state.directory)._replace(free=free)
    with own(here, here.now) as found:
        monkeypatch.setattr(shutil, "disk_usage", lambda _: told)
        (check,) = (one for one in found.looks() if one["check"] == "disk-free-octets")
        (doctor,) = look_at_disk(Patient(Namespace(), state=here.state))
    assert (check["outcome"], check["value"]) == (level, free)
    assert doctor.level.value == level


@pytest.mark.parametrize(("off", "level"), [(900, "ok"), (-900, "ok"), (-901, "warn")])
def test_a_clock_is_judged_alike_by_doctor_and_check(
    here: Room, off: int, level: str
) -> None:
    """A clock is wrong for both from a quarter of an hour on, whichever way."""
    number(here, "clock-soft", here.now)
    number(here, "clock-offset", off)
    assert looked(here)["clock-off-seconds"]["outcome"] == level
    assert _time(off, dated=True).level.value == level


@pytest.mark.slow
def test_an_order_brings_it(here: Room, tmp_path: Path) -> None:
    """Asked for, the check of the agent is sealed beside that of the machine."""
    found = source("agent_check")
    here.host = recorded_host(found.examples[0].example, tmp_path / "other")
    write(here.state.restrictions, b'[diagnostics]\ndefault = "allow"\n')
    caps = found.asked.caps
    asked = here.request(diagnostic="agent_check", seconds=caps.seconds, rows=caps.rows)
    order = here.send(asked)
    here.work(order)
    assert here.held(order).reason == ""
    (sealed,) = opened(here.state, here.installation, TICKET)
    checks = dict(zip(sealed.columns["check"], sealed.columns["value"], strict=True))
    assert checks["policy-version"] == 1
    assert {"release", "root", "queue-envelopes"} <= checks.keys()
    assert "scapy" not in checks

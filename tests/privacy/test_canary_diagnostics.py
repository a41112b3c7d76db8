# SPDX-License-Identifier: Apache-2.0
"""Every diagnostic on machines where every value is a canary.

Rules: diagnostics are found, not listed; each is run as an order would run it, planned,
read with its own bounds and redacted; a canary that a dataset's column may hold, a
diagnostic's column of that name may.
Not here: what collectors leave (`test_canary_rows.py`), probes, which read nothing of
a machine.
"""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from agent.diagnostics import bound, checked, sources
from agent.host.interface import Host
from agent.known import known_of
from agent.plan import Plan, allowed
from agent.reading import run_reader
from agent.redaction.engine import BoundDataset, Redactor
from agent.redaction.text import Scrubber
from tests.canary_other import other_canary_machine
from tests.canary_reading import NOW, PARTIAL, plan_of
from tests.canary_whole import whole_canary_machine
from tests.canary_windows_events import canary_windows
from tests.canary_words import Canaries
from tests.host_fixture import RecordingHost

pytestmark = pytest.mark.slow
LINUX, OTHER, WINDOWS = "linux", "other linux", "windows"
POLICIES = ("standard", "full")
GIVEN = {
    "host": "localhost",
    "service": "cron",
    "minutes": "60",
    "days": "30",
    "hours": "72",
    "seconds": "1",
}
"""What orders ask for: as much as each may."""
Texts = dict[tuple[str, str, bool], set[str]]
"""(diagnostic, column, whether it leaves) -> texts."""
Make = Callable[[frozenset[str]], Host]
"""Makes a machine of which root may be asked for columns."""


@cache
def machine(name: str) -> tuple[Canaries, frozenset[str], frozenset[str], Texts]:
    """Return canaries, secrets, what was asked of the machine, and all texts."""
    with TemporaryDirectory() as folder:
        root = Path(folder) / "machine"
        if name == WINDOWS:
            windows = canary_windows(root)
            asked, texts = run_all(lambda _: windows.host(), windows.host())
            return windows.canaries, frozenset(windows.secrets), asked, texts
        make = whole_canary_machine if name == LINUX else other_canary_machine
        linux = make(root)
        asked, texts = run_all(linux.host, linux.host())
        return linux.canaries, frozenset(linux.secrets), asked, texts


def run_all(make: Make, plain: Host) -> tuple[frozenset[str], Texts]:
    """Run each diagnostic under each policy."""
    asked: set[str] = set()
    texts: Texts = {}
    for policy in POLICIES:
        plan = plan_of(policy, plain)
        identities, _ = known_of(plain, NOW)
        key = bytes(range(32))
        redactor = Redactor(key, Scrubber(identities, key))
        for place, told, recording in run_plan(make, plan, redactor):
            texts.setdefault(place, set()).update(told)
            asked.update(recording.asked)
    return frozenset(asked), texts


def run_plan(
    make: Make, plan: Plan, redactor: Redactor
) -> Iterator[tuple[tuple[str, str, bool], set[str], RecordingHost]]:
    """Yield what each column of each diagnostic holds, as read and as it leaves."""
    for item in plan.on_request:
        found = sources()[item.dataset.name]
        known = {one.name for one in found.asked.parameters}
        given = {name: text for name, text in GIVEN.items() if name in known}
        host = RecordingHost(make(allowed([item])))
        columns = frozenset(column.name for column in item.columns)
        collector = bound(found, checked(found, given), "00" * 16)
        reading, _ = run_reader(collector, host, columns, now=NOW, events=item.events)
        whole = BoundDataset(item.dataset, item.purpose, item.calls)
        records = redactor.redact(whole, reading.rows).records
        for column in item.columns:
            raw = {str(row.value(column.name)) for row in reading.rows}
            left = {str(record.value(column.name)) for record in records}
            yield (item.dataset.name, column.name, False), raw, host
            if item.calls[column.name].name not in {"keep", *PARTIAL}:
                yield (item.dataset.name, column.name, True), left, host
            else:
                kept = {f"{item.calls[column.name].name}:{text}" for text in left}
                yield (item.dataset.name, column.name, True), kept, host


@pytest.mark.parametrize("name", [LINUX, WINDOWS])
def test_diagnostics_run_on_it(name: str) -> None:
    """The machine has something to say to most of them."""
    _, _, _, texts = machine(name)
    answered = {diagnostic for (diagnostic, _, _), told in texts.items() if told}
    assert len(answered) > 4


@pytest.mark.parametrize("name", [LINUX, OTHER, WINDOWS])
def test_no_secret_is_read_or_asked_for(name: str) -> None:
    """Passwords, keys, commands and people's texts are in no row, and not asked for."""
    canaries, secrets, asked, texts = machine(name)
    assert asked & secrets == set()
    told = "\n".join(text for found in texts.values() for text in found)
    assert canaries.found_in(told.encode()) & canaries.never() == set()


@pytest.mark.parametrize("name", [LINUX, OTHER, WINDOWS])
def test_what_leaves_is_what_a_policy_keeps(name: str) -> None:
    """A canary leaves where its own column is kept, and a name out of no text."""
    canaries, _, _, texts = machine(name)
    wrong = []
    for (diagnostic, column, leaves), told in texts.items():
        for text in told if leaves else ():
            how = text.partition(":")[0]
            for canary in canaries.found_in(text.encode()):
                own = {place.partition(".")[2] for place in canaries.columns[canary]}
                partly = how in PARTIAL and canary not in canaries.identities
                if column not in own or not (how == "keep" or partly):
                    wrong.append((diagnostic, column, how, canary))
    assert wrong == []

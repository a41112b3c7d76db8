# SPDX-License-Identifier: Apache-2.0
"""Windows' own formats: firmware table, event logs, and what may be asked for.

Rules: recorded input on any system; hostile input gives no wrong value.
Not here: whole readers (`tests/contract`), real Windows programs (`tests/wine`).
"""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.collectors import collector
from agent.collectors._windows import events
from agent.collectors._windows.firmware import parse_firmware, structures
from agent.collectors._windows.log import parse_cursor
from agent.collectors._windows.logs import parse_event
from agent.collectors._windows.uninstall import parse_program
from agent.errors import DeniedError, UnsupportedError
from agent.host.linux import LinuxHost
from agent.host.windows_door import windows
from agent.host.windows_interface import (
    FIELDS,
    Channel,
    EventFacts,
    check_fields,
    check_registry,
)
from agent.host.windows_marks import Place
from agent.host.windows_named import Source
from agent.host.windows_queries import EventKind
from agent.rows import Reading, Want
from tests.host_fixture import recorded_host
from tests.windows_fixture import RecordedWindows
from wire.catalogue import System

EVENT = events.EXAMPLES[0].facts["events"]
COLUMNS = frozenset({"log.source", "event.id", "message"})
_GUID = "HKLM\\SOFTWARE\\Microsoft\\Cryptography\\MachineGuid"
SECRETS = ("environ", "cmdline", "command", "password", "account", "path")


def read(known: dict[str, object], cursor: bytes | None, rows: int = 100) -> Reading:
    """Read recorded event logs."""
    host = RecordedWindows(Path("/nowhere"), {"events": known})
    return events.read_windows(host, Want(COLUMNS, cursor=cursor, rows=rows))


def one(record: int, level: str = "4") -> tuple[int, str, str]:
    """Return a recorded event of the system's log."""
    return record, events._event(str(record), "P", "1", level, "System", ""), "words"


def test_each_event_once() -> None:
    """A log is read on from where the last pass stopped, in passes of any size."""
    known: dict[str, object] = {"System": tuple(one(n) for n in range(1, 8))}
    cursor = events.read_windows(
        RecordedWindows(Path("/nowhere"), {"events": {"System": (one(0),)}}),
        Want(COLUMNS),
    ).cursor
    taken = []
    for _ in range(4):
        reading = read(known, cursor, 2)
        taken.append(len(reading.rows))
        cursor = reading.cursor
    assert taken == [2, 2, 2, 1]
    assert read(known, cursor).rows == []


def test_a_cleared_log_starts_over_and_is_counted() -> None:
    """After a log was cleared its new events are read, and the break is counted."""
    reading = read({"System": (one(1), one(2))}, b'{"channels":{"System":900}}')
    assert (len(reading.rows), reading.skipped) == (2, 1)
    assert reading.cursor == b'{"channels":{"System":2}}'


def test_an_unreadable_event_holds_nothing_up() -> None:
    """An event of another form is counted once and passed by."""
    junk = (9, "<Event><EventRecordID>9</EventRecordID>", "")
    reading = read({"System": (one(8), junk)}, b'{"channels":{"System":7}}')
    assert (len(reading.rows), reading.skipped) == (1, 1)
    assert reading.cursor == b'{"channels":{"System":9}}'


def test_messages_are_made_where_wanted_only() -> None:
    """Without the message column Windows is asked for no message."""
    asked: list[bool] = []

    class Watched(RecordedWindows):
        def events(
            self,
            channel: Channel,
            after: Place | None,
            most: int,
            *,
            messages: bool,
            only: Sequence[EventKind] = (),
        ) -> tuple[EventFacts, ...]:
            asked.append(messages)
            found = super().events(channel, after, most, messages=messages, only=only)
            return tuple(found)

    host = Watched(Path("/nowhere"), {"events": EVENT})
    events.read_windows(host, Want(frozenset({"event.id"})))
    assert asked
    assert not any(asked)


def test_no_log_at_all_is_a_reason() -> None:
    """Where no log may be read, the reader says why."""
    with pytest.raises(UnsupportedError, match="no-event-log"):
        events.read_windows(RecordedWindows(Path("/nowhere"), {}), Want(COLUMNS))


@given(st.binary(max_size=200))
def test_any_cursor(cursor: bytes) -> None:
    """A damaged cursor starts over; it never raises and holds known logs only."""
    logs = {channel.value for channel in Channel}
    assert set(parse_cursor(cursor, logs)) <= logs


@given(st.text(max_size=300), st.text(max_size=50))
def test_any_event(xml: str, words: str) -> None:
    """Whatever an event looks like, parsing it does not raise."""
    parse_event(EventFacts(xml, words))
    wrapped = events._event("1", "P", "1", "4", "System", "<Data>") + xml
    assert parse_event(EventFacts(wrapped, words)) is None


@given(st.binary(max_size=300))
def test_any_firmware_table(table: bytes) -> None:
    """A firmware table of any form ends, and gives texts or nothing."""
    assert len(list(structures(table))) <= len(table)
    found = parse_firmware(table)
    for value in (found.serial, found.uuid, found.chassis, found.asset_tag):
        assert value is None or "\0" not in value


@given(
    st.dictionaries(
        st.sampled_from(
            ["DisplayName", "DisplayVersion", "EstimatedSize", "InstallDate"]
        ),
        st.one_of(st.text(max_size=20), st.integers()),
    )
)
def test_any_uninstall_key(found: dict[str, str | int]) -> None:
    """An Uninstall key of any values gives a program with a name, or none."""
    program = parse_program(found, None)
    if program is not None:
        assert program["name"]
        size = program["size"]
        assert size is None or (isinstance(size, int) and 0 <= size < 2**63)


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("HKLM\\SAM", ()),
        ("hklm\\sam\\Domains", ()),
        ("HKLM\\SECURITY\\Policy\\Secrets", ()),
        ("HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa", ("x",)),
        ("HKLM\\SOFTWARE\\x", ("DigitalProductId4",)),
        ("HKLM\\SOFTWARE\\x", ("DefaultPassword",)),
        ("HKLM\\SOFTWARE\\x", ("ok", "ProductKey")),
    ],
)
def test_secrets_of_the_registry_are_closed(path: str, names: tuple[str, ...]) -> None:
    """Keys of passwords and values of product keys are never read."""
    with pytest.raises(DeniedError, match="never-read"):
        check_registry(path, frozenset(names))


def test_sources_have_no_field_of_secrets() -> None:
    """No source has a field for a command line, an environment or a password."""
    for source in Source:
        for name in FIELDS[source]:
            assert not any(word in name for word in SECRETS), name
        with pytest.raises(DeniedError, match="not-a-field"):
            check_fields(source, FIELDS[source] | {"cmdline"})


def test_the_log_of_sign_ins_is_closed() -> None:
    """The Security log, which tells who came and went, cannot be named."""
    assert "Security" not in {channel.value for channel in Channel}


def test_linux_is_not_windows() -> None:
    """A reader of Windows on another system says so."""
    with pytest.raises(UnsupportedError, match="not-windows"):
        windows(LinuxHost())


@pytest.mark.parametrize(
    ("name", "column", "allowed"),
    [
        (
            "devices",
            "host.id",
            {"HKLM\\SOFTWARE\\Microsoft\\Cryptography\\MachineGuid"},
        ),
        ("devices", "uuid", {"firmware ['smbios']"}),
        ("devices", "boot_time", {"load ['uptime']"}),
        ("operating_systems", "os.type", set[str]()),
        ("services", "name", {"services ['name']"}),
        ("services", "start_type", {"services ['delayed', 'name', 'start']"}),
        ("processes", "process.state", set[str]()),
        ("processes", "process.memory.usage", {"processes ['memory', 'pid']"}),
        ("listening_ports", "network.transport", {"listeners ['transport']"}),
        ("file_systems", "network", {"volumes ['options', 'point', 'type']"}),
        ("host_metrics", "timestamp", set[str]()),
        ("host_metrics", "system.memory.usage", {"load ['memory']"}),
    ],
)
def test_need_to_know_on_windows(
    name: str, column: str, allowed: set[str], tmp_path: Path
) -> None:
    """Asked for one column, a reader asks Windows for nothing that serves others."""
    item = collector(name)
    examples = (e for e in item.examples if e.system is System.WINDOWS)
    host = recorded_host(next(examples), tmp_path)
    item.readers[System.WINDOWS](host, Want(frozenset({column}), now=1_763_950_000.0))
    assert set(host.asked) == allowed

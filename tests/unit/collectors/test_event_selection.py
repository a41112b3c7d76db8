# SPDX-License-Identifier: Apache-2.0
"""Events that a policy names, and whom they are about: nothing else is asked for.

Rules: recorded output and files; a Host over them.
Not here: reading logs at all (`test_event_logs.py`).
"""

from pathlib import Path

import pytest

from agent.budget import EVENT_NAMES, JOURNAL_ROWS
from agent.collectors._linux.journal import NAME_FIELDS
from agent.collectors._windows.events import EXAMPLES as OF_WINDOWS
from agent.collectors._windows.events import read_windows
from agent.collectors._windows.logs import parse_event
from agent.collectors.event_logs import DATASET, read_linux
from agent.host.windows_interface import EventFacts
from agent.rows import Example, Want
from tests.host_fixture import RecordingHost, recorded_host
from wire.catalogue import System

ALL = frozenset(column.name for column in DATASET.columns)
ENTRY = b'{"__CURSOR":"s=1;i=%d","MESSAGE":"m%d"}\n'
JOURNAL = {"/var/log/journal/0/system.journal": b""}


def machine(root: Path, **parts: object) -> Example:
    """Return an Example of this system."""
    del root
    return Example(System.LINUX, "", (), **parts)  # type: ignore[arg-type]  # passed on


def two_services(root: Path) -> RecordingHost:
    """Return a machine with a log of sshd and of the kernel."""
    lines = b"".join(
        b"2025-11-24T01:01:00+00:00 web1 %s: %s\n" % (name, name)
        for name in (b"sshd", b"kernel", b"sshd")
    )
    files = {"/var/log/syslog": lines, "/var/log/dpkg.log": b"one\n"}
    return recorded_host(machine(root, files=files), root)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (None, ["sshd", "kernel", "sshd", "one"]),
        (("*/*",), ["sshd", "kernel", "sshd", "one"]),
        (("kernel/*",), ["kernel"]),
        (("kernel/7",), []),
        (("/var/log/dpkg.log/*",), ["one"]),
        (("System/7036", "nothing"), []),
        ((), []),
    ],
)
def test_what_is_not_named_is_no_row(
    tmp_path: Path, events: tuple[str, ...] | None, expected: list[str]
) -> None:
    """Only the events that the policy names become rows."""
    reading = read_linux(two_services(tmp_path), Want(ALL, events=events))
    assert [row.value("message") for row in reading.rows] == expected
    assert reading.skipped == 0


def test_a_file_that_is_not_named_is_not_read(tmp_path: Path) -> None:
    """Where the policy names one log file, no other is opened."""
    host = two_services(tmp_path)
    read_linux(host, Want(ALL, events=("/var/log/dpkg.log/*",)))
    assert host.asked.count("/var/log/syslog") == 1  # whether it is there


@pytest.mark.parametrize(
    ("events", "matches"),
    [
        (("*/*",), ""),
        (("journal/*", "sshd/*"), ""),
        (("sshd/*",), " SYSLOG_IDENTIFIER=sshd"),
        (
            ("kernel/*", f"systemd/{'0' * 32}", f"*/{'f' * 32}", "System/7036"),
            " SYSLOG_IDENTIFIER=kernel + SYSLOG_IDENTIFIER=systemd MESSAGE_ID="
            + "0" * 32
            + " + MESSAGE_ID="
            + "f" * 32,
        ),
    ],
)
def test_the_journal_is_asked_for_the_named_events(
    tmp_path: Path, events: tuple[str, ...], matches: str
) -> None:
    """The journal chooses, so the text of other events is never read."""
    example = machine(tmp_path, files=JOURNAL, programs={"journalctl": b""})
    host = recorded_host(example, tmp_path)
    read_linux(host, Want(ALL, events=events))
    (call,) = (call for call in host.asked if "journalctl" in call)
    assert call.endswith(f" --lines={JOURNAL_ROWS}{matches}")


def test_the_journal_has_none_of_the_named_events(tmp_path: Path) -> None:
    """Where it can have none, journalctl does not run."""
    example = machine(tmp_path, files=JOURNAL)
    host = recorded_host(example, tmp_path)
    want = Want(ALL, events=("System/7036", "/var/log/dpkg.log/*"))
    assert read_linux(host, want).rows == []
    assert not any("journalctl" in call for call in host.asked)


def test_a_list_needs_the_fields_it_names(tmp_path: Path) -> None:
    """The journal is asked for what an event is listed by, whatever is wanted."""
    example = machine(tmp_path, files=JOURNAL, programs={"journalctl": ENTRY % (1, 1)})
    host = recorded_host(example, tmp_path)
    reading = read_linux(host, Want(frozenset({"message"}), events=("*/*",)))
    (call,) = (call for call in host.asked if "journalctl" in call)
    asked = set(call.partition("--output-fields=")[2].partition(" ")[0].split(","))
    assert asked - {*NAME_FIELDS} == {"MESSAGE", "MESSAGE_ID", "SYSLOG_IDENTIFIER"}
    assert [set(row.columns()) for row in reading.rows] == [{"message"}]


def test_windows_is_asked_for_the_named_events(tmp_path: Path) -> None:
    """Windows chooses, and a log that has none of the named events is not asked."""
    host = recorded_host(OF_WINDOWS[-2], tmp_path)
    want = Want(ALL, events=("System/7036", "Application Error/1000", "Setup/x"))
    reading = read_windows(host, want)
    assert [row.value("event.id") for row in reading.rows] == ["1000", "7036"]
    assert host.asked == [
        "Application messages=True",
        "Setup messages=True",
        "System messages=True",
    ]
    error = "(Provider[@Name='Application Error'] and EventID=1000)"
    assert host.queries == [
        f"*[System[({error})]]",
        f"*[System[({error})]]",
        f"*[System[((EventID=7036) or {error})]]",
    ]
    only = read_windows(host, Want(ALL, events=("System/7036",)))
    assert [row.value("event.id") for row in only.rows] == ["7036"]
    assert host.asked[3:] == ["System messages=True"]


def test_the_journal_names_whom_a_message_is_about(tmp_path: Path) -> None:
    """Fields that name somebody are beside the message, and no column."""
    entry = (
        b'{"__CURSOR":"s=1;i=1","MESSAGE":"New session of wren","USER_ID":"wren",'
        b'"_HOSTNAME":"turing","AUDIT_FIELD_ADDR":"192.0.2.7"}\n'
    )
    example = machine(tmp_path, files=JOURNAL, programs={"journalctl": entry})
    want = Want(frozenset({"message"}))
    (row,) = read_linux(recorded_host(example, tmp_path), want).rows
    assert set(row.names) == {("user", "wren"), ("host", "turing"), ("ip", "192.0.2.7")}
    assert set(row.columns()) == {"message"}


EVENT = (
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
    "<Provider Name='x'/><EventID>4625</EventID><EventRecordID>1</EventRecordID>"
    "<Channel>System</Channel><Computer>PC1</Computer><Security UserID='S-1-5-18'/>"
    "</System><EventData><Data Name='TargetUserName'>wren</Data>"
    "<Data Name='TargetDomainName'>CONTOSO</Data><Data Name='LogonType'>3</Data>"
    "<Data Name='IpAddress'>192.0.2.7</Data><Data Name='Detection User'>eve</Data>"
    "<Data Name='TargetUserSid'>S-1-5-21-1-2-3-1001</Data></EventData></Event>"
)


def test_windows_names_whom_a_message_is_about() -> None:
    """Typed fields of an event are beside its message, and no column."""
    told = parse_event(EventFacts(EVENT, "An account failed to log on."))
    assert told is not None
    assert set(told[1]) == {
        ("host", "PC1"),
        ("sid", "S-1-5-18"),
        ("user", "wren"),
        ("domain", "CONTOSO"),
        ("ip", "192.0.2.7"),
        ("user", "eve"),
        ("sid", "S-1-5-21-1-2-3-1001"),
    }


def test_windows_names_nobody_without_a_message() -> None:
    """Where no text leaves there is nothing to hide, and nothing is read for it."""
    told = parse_event(EventFacts(EVENT, ""), text=False)
    assert told is not None
    assert told[1] == ()


def test_the_names_of_an_event_are_bounded() -> None:
    """An event of a thousand users names as many as the bound allows."""
    data = "".join(f"<Data Name='UserName'>u{n}</Data>" for n in range(1000))
    told = parse_event(
        EventFacts(EVENT.replace("<EventData>", f"<EventData>{data}"), "")
    )
    assert told is not None
    assert len(told[1]) == EVENT_NAMES

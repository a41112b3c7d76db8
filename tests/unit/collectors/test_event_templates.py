# SPDX-License-Identifier: Apache-2.0
"""Counting messages by their template: nothing that varies leaves the reader.

Rules: recorded machines only.
Not here: templates themselves (`tests/unit/redaction/test_templates.py`).
"""

from pathlib import Path

from agent.collectors._examples.event_templates import EXAMPLES
from agent.collectors.event_templates import DATASET, READERS
from agent.rows import Example, Want
from tests.host_fixture import recorded_host
from wire.catalogue import System

ALL = frozenset(column.name for column in DATASET.columns)
LINE = (
    b"2025-11-24T01:01:00+00:00 web1 sshd[9]: Failed password for %s from 192.0.2.7\n"
)


def test_no_name_becomes_a_value(tmp_path: Path) -> None:
    """Of a hundred messages that differ in names and numbers one row is left."""
    lines = b"".join(LINE % b"ada%d" % number for number in range(100))
    example = Example(System.LINUX, "", (), files={"/var/log/auth.log": lines})
    (row,) = READERS[System.LINUX](recorded_host(example, tmp_path), Want(ALL)).rows
    told = {name: row.value(name) for name in ALL}
    assert told["count"] == 100
    assert told["template"] == "failed password for * from *"
    assert "ada" not in str(told)


def test_only_named_events_count(tmp_path: Path) -> None:
    """An event that the policy does not name is in no count."""
    lines = LINE % b"ada" + (LINE % b"eve").replace(b"sshd", b"cron")
    example = Example(System.LINUX, "", (), files={"/var/log/syslog": lines})
    want = Want(ALL, events=("cron/*",))
    reading = READERS[System.LINUX](recorded_host(example, tmp_path), want)
    assert [row.value("count") for row in reading.rows] == [1]


def test_no_text_is_asked_for_without_need(tmp_path: Path) -> None:
    """Where only numbers are wanted, no message is read."""
    host = recorded_host(EXAMPLES[0], tmp_path)
    READERS[System.LINUX](host, Want(frozenset({"timestamp", "count"})))
    (call,) = (call for call in host.asked if "journalctl" in call)
    assert "MESSAGE" not in call.replace("MESSAGE_ID", "")


def test_templates_without_room_are_counted_as_lost(tmp_path: Path) -> None:
    """Where there are more templates than rows, the others' messages are a gap."""
    words = (b"failed", b"started", b"stopped", b"denied", b"closed")
    lines = b"".join(LINE.replace(b"Failed", word) % b"ada" for word in words)
    example = Example(System.LINUX, "", (), files={"/var/log/syslog": lines})
    reading = READERS[System.LINUX](recorded_host(example, tmp_path), Want(ALL, rows=3))
    assert (len(reading.rows), reading.skipped) == (3, 2)

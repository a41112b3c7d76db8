# SPDX-License-Identifier: Apache-2.0
"""Logins of Windows: the named events alone, and no password.

Rules: recorded events; what Windows is asked is looked at, for Wine has no event log.
Not here: sign-ins of Linux (`test_logins.py`).
"""

from pathlib import Path

import pytest

from agent.collectors._examples.windows_logins import sign_in
from agent.collectors._windows.logins import parse_sign_in
from agent.collectors.logins import DATASET, READERS
from agent.host.windows_interface import EventFacts
from agent.host.windows_queries import SignInLog, sign_ins_query
from agent.rows import Example, Want
from tests.host_fixture import recorded_host
from wire.catalogue import System

ALL = frozenset(column.name for column in DATASET.columns)


def test_query_names_the_events() -> None:
    """Windows is asked for sign-ins after a record, and for nothing else."""
    assert sign_ins_query(SignInLog.SECURITY, 7) == (
        "*[System[EventRecordID > 7 and (EventID=4647 or EventID=4778 or EventID=4779)]"
        " or (System[EventRecordID > 7 and (EventID=4624 or EventID=4625 or "
        "EventID=4634)] and EventData[Data[@Name='LogonType']=2 or "
        "Data[@Name='LogonType']=3 or Data[@Name='LogonType']=7 or "
        "Data[@Name='LogonType']=10 or Data[@Name='LogonType']=11])]"
    )
    assert sign_ins_query(SignInLog.TERMINALS, None) == (
        "*[System[(EventID=21 or EventID=22 or EventID=23 or EventID=24 or "
        "EventID=25)]]"
    )


@pytest.mark.parametrize(
    ("status", "finer", "named"),
    [
        ("0xc000006d", "0xC000006A", True),
        ("0xc0000234", "0x0", True),
        ("0xc000006d", "0xffffffffc000006a", True),
        ("0xc000006d", "0xc0000064", False),
        ("0xc0000064", "0x0", False),
        ("0xc000006d", "0x0", False),
        ("0xc000005e", "", False),
        ("", "", False),
    ],
)
def test_who_failed(status: str, finer: str, *, named: bool) -> None:
    """What was typed is told only where Windows says that it is an account's name."""
    data = (
        "<Data Name='TargetUserName'>hunter2</Data><Data Name='LogonType'>3</Data>"
        f"<Data Name='Status'>{status}</Data><Data Name='SubStatus'>{finer}</Data>"
    )
    found = parse_sign_in(EventFacts(sign_in(1, 4625, data), ""), SignInLog.SECURITY)
    assert found is not None
    assert found["user.name"] == ("hunter2" if named else None)


def test_windows_goes_on(tmp_path: Path) -> None:
    """A later pass asks for what is after the last record of each log."""
    event = sign_in(41, 4647, "<Data Name='TargetUserName'>ada</Data>")
    facts = {"events": {"Security": ((41, event, ""),)}}
    example = Example(System.WINDOWS, "", (), facts=facts)
    host = recorded_host(example, tmp_path)
    first = READERS[System.WINDOWS](host, Want(ALL))
    assert len(first.rows) == 1
    second = READERS[System.WINDOWS](host, Want(ALL, cursor=first.cursor))
    assert second.rows == []
    assert "EventRecordID > 41" in host.queries[2]

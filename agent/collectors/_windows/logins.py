# SPDX-License-Identifier: Apache-2.0
"""What Windows tells of sign-ins: its security log and that of terminal sessions.

Rules: Windows is asked for these events alone and for no words; of a sign-out by a
person one of its two events is taken; the name of a failure is told only where Windows
says why that account may not, for a password is sometimes typed in its place.
Stated limit: a session over Remote Desktop stands in both logs; `service.name` says
which one a row is from.
Not here: the declaration (`logins.py`), which events (`agent/host/windows_queries.py`).
Sources: "Audit logon events" of Windows, events 4624, 4625, 4634, 4647, 4778, 4779;
TerminalServices-LocalSessionManager/Operational, events 21 to 25.
"""

import re
from collections.abc import Mapping
from functools import partial
from ipaddress import ip_address

from agent.budget import JOURNAL_ROWS
from agent.collectors._shared.folds import Folds
from agent.collectors._shared.gather import number
from agent.collectors._shared.login_words import ALIKE, COUNT, FAILURE, LOGOUT, SUCCESS
from agent.collectors._windows.log import (
    data_of,
    event_id,
    new_events,
    parse_cursor,
    root_of,
    seconds_of,
    user_data_of,
    write_cursor,
)
from agent.collectors._windows.steps import words
from agent.errors import DeniedError, HostError, NotFoundError
from agent.host.interface import Host
from agent.host.windows_door import windows
from agent.host.windows_interface import EventFacts
from agent.host.windows_queries import LOGON_TYPES, SignInLog
from agent.rows import Reading, Want
from wire.values import Value

_TYPES = {2: "local", 3: "network", 7: "unlock", 10: "remote", 11: "local"}
_OUTCOMES = {
    4624: SUCCESS,
    4625: FAILURE,
    4634: LOGOUT,
    4647: LOGOUT,
    4778: SUCCESS,
    4779: LOGOUT,
    21: SUCCESS,
    23: LOGOUT,
    24: LOGOUT,
    25: SUCCESS,
}
"""What happened; the start of a shell (22) belongs to a sign-in (21)."""
_SESSIONS = {4778: "reconnect", 4779: "disconnect", 24: "disconnect", 25: "reconnect"}
_TYPED = frozenset({4624, 4625, 4634})
_ENDED_BY_ITSELF = frozenset({3, 7})
"""Types whose sign-out is event 4634; that of a person is 4647, and both come."""
_OF_AN_ACCOUNT = frozenset(
    {
        "c000006a",
        "c000006e",
        "c000006f",
        "c0000070",
        "c0000071",
        "c0000072",
        "c000015b",
        "c0000193",
        "c0000224",
        "c0000234",
    }
)
"""Why an account may not sign in: a wrong password, a restriction of its own, of its
hours or its machines, a password that is over, disabled, no right to, over itself, a
password to be changed, locked out. Others are said where there is no such account."""
_STATUS_DIGITS = 8
"""Some Windows write a status as the end of 64 bits."""
_SERVICE = re.compile(r"(?:DWM|UMFD)-\d{1,6}\Z|.*\$\Z|SYSTEM\Z", re.DOTALL)
"""Accounts of the system, which sign in with every session, and of machines."""
_NAMES = {SignInLog.SECURITY: "security", SignInLog.TERMINALS: "terminal-services"}
_TERMINAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9 #_-]{0,31}\Z")


def parse_sign_in(found: EventFacts, log: SignInLog) -> dict[str, Value] | None:
    """Return what an event tells; empty for one of no interest, None for none."""
    root = root_of(found)
    identifier = event_id(root) if root is not None else None
    if root is None or identifier is None:
        return None
    told = {**dict(data_of(root)), **user_data_of(root)}
    outcome = _OUTCOMES.get(identifier)
    logon = number(told.get("LogonType"))
    if outcome is None or (identifier in _TYPED and not _wanted(identifier, logon)):
        return {}
    user = told.get("TargetUserName") or told.get("AccountName") or told.get("User")
    name = words((user or "").rpartition("\\")[2])
    address = _address(
        told.get("IpAddress") or told.get("ClientAddress") or told.get("Address")
    )
    kind = _SESSIONS.get(identifier) or _TYPES.get(logon or 0)
    if kind is None:
        kind = "remote" if address else "local"
    if name is not None and _SERVICE.match(name):
        kind = "service"
    if name == "-" or (outcome == FAILURE and not _of_an_account(told)):
        name = None
    terminal = told.get("SessionName", "")
    return {
        "timestamp": seconds_of(root),
        "user.name": name,
        "outcome": outcome,
        "type": kind,
        "terminal": terminal if _TERMINAL.match(terminal) else None,
        "client.address": address,
        "service.name": _NAMES[log],
    }


def _wanted(identifier: int, logon: int | None) -> bool:
    if identifier == 4634:  # noqa: PLR2004 - the number of an event
        return logon in _ENDED_BY_ITSELF
    return logon in LOGON_TYPES


def _of_an_account(told: Mapping[str, str]) -> bool:
    """Tell whether Windows knows the account; its finer reason counts, if any."""
    status = told.get("SubStatus", "").lower()
    if not status.strip("0x"):
        status = told.get("Status", "").lower()
    return status[-_STATUS_DIGITS:] in _OF_AN_ACCOUNT


def _address(text: str | None) -> str | None:
    """Return the address of another machine; None for this one and for other words."""
    try:
        found = ip_address((text or "").partition("%")[0])
    except ValueError:
        return None
    if found.is_loopback or found.is_unspecified:
        return None
    return str(found)


def read_windows(host: Host, want: Want) -> Reading:
    """Read the new sign-ins, sign-outs and failures of both logs."""
    if not want.columns:
        return Reading([], want.cursor)
    asked = windows(host)
    known = parse_cursor(want.cursor, [log.value for log in SignInLog])
    found = Folds(want, ALIKE, COUNT)
    skipped = unread = 0
    truncated = False
    refused: list[HostError] = []
    most = max(1, min(want.rows // len(SignInLog), JOURNAL_ROWS))
    for log in SignInLog:
        try:
            new = new_events(
                log.value, partial(asked.sign_ins, log), known.get(log.value), most
            )
        except (NotFoundError, DeniedError) as problem:
            refused.append(problem)
            unread += isinstance(problem, DeniedError)
            continue
        skipped += new.lost
        truncated |= new.more
        for event in new.found:
            want.check()
            values = parse_sign_in(event, log)
            if values is None:
                skipped += 1
            elif values:
                failed = values["outcome"] == FAILURE
                room = found.add(values) if failed else found.keep(values)
                truncated |= not room
        known[log.value] = new.place
    if len(refused) == len(SignInLog):
        raise refused[0]
    return Reading(found.rows(), write_cursor(known), skipped, truncated, unread)

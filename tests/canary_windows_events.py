# SPDX-License-Identifier: Apache-2.0
"""Canaries in Windows' event logs: reports, crashes and sign-ins.

Rules: who an event is of, its place in a chain, and of sign-ins all but the account,
address and terminal are never read; nor is a name that is no account's.
Not here: how Windows is asked for them (`agent/host/windows_queries.py`).
"""

from pathlib import Path

from agent.host.windows_queries import SignInLog
from tests.canary_windows import WindowsCanaries, start_windows
from tests.canary_windows_sources import add_sources
from tests.canary_windows_wmi import add_wmi

_SPACE = "http://schemas.microsoft.com/win/2004/08/events/event"
_FAILED = "0xc000006a"
_UNKNOWN = "0xc0000064"


def canary_windows(root: Path) -> WindowsCanaries:
    """Return the whole machine."""
    machine = start_windows(root)
    add_sources(machine)
    add_wmi(machine)
    _reports(machine)
    _sign_ins(machine)
    return machine


def _event(
    machine: WindowsCanaries, record: int, provider: str, identifier: int, data: str
) -> str:
    word = machine.canaries.word
    channel = "Application" if record < 100 else "System"
    return (
        f"<Event xmlns='{_SPACE}'><System>"
        f"<Provider Name='{provider}' Guid='{{{word()}}}' EventSourceName='{word()}'/>"
        f"<EventID>{identifier}</EventID><Level>2</Level>"
        "<TimeCreated SystemTime='2025-11-23T05:14:58.1234567Z'/>"
        f"<EventRecordID>{record}</EventRecordID>"
        f"<Correlation ActivityID='{{{word()}}}'/><Execution ProcessID='712'/>"
        f"<Channel>{channel}</Channel><Computer>{machine.node}</Computer>"
        f"<Security UserID='{word()}'/></System>{data}</Event>"
    )


def _fields(**values: str) -> str:
    parts = (f"<Data Name='{name}'>{value}</Data>" for name, value in values.items())
    return f"<EventData>{''.join(parts)}</EventData>"


def _reports(machine: WindowsCanaries) -> None:
    word, user = machine.canaries.word, machine.users[0]
    own = "event_logs.message"
    machine.canaries.inside(own, user, machine.node, machine.sid)
    secret, path = word(), word()
    machine.canaries.inside(own, secret, path)
    provider = word("event_logs.service.name", "event_counts.service.name")
    crashed = [
        word("crashes.program", own),
        word("crashes.version", own),
        "5f3a1b2c",
        word("crashes.module", own),
        word(own),
        "5f3a1b2c",
        "c0000005",
        "0001",
        "1a2b",
        "01d7",
        f"C:\\Users\\{path}\\x.exe",
        f"C:\\Users\\{path}\\y.dll",
        "0f",
        word("crashes.package", own),
    ]
    data = "".join(f"<Data>{item}</Data>" for item in crashed)
    crash = _event(
        machine, 7, "Application Error", 1000, f"<EventData>{data}</EventData>"
    )
    report = _event(machine, 101, provider, 7036, _fields(param1=word()))
    unsaid = _fields(param1=f"{word(own)} of {user}, password={secret}")
    told = f"{word(own)} by {user} ({machine.sid}) on {machine.node}, password={secret}"
    machine.facts["events"] = {
        "Application": [(7, crash, "")],
        "System": [
            (101, report, told),
            (102, _event(machine, 102, provider, 7, unsaid), ""),
        ],
        "Setup": [],
    }


def _sign_ins(machine: WindowsCanaries) -> None:
    word, known = machine.canaries.word, machine.canaries.known
    address = known("198.51.100.90", "logins.client.address", identity=True)
    beside = {
        name: word()
        for name in (
            "SubjectUserName",
            "SubjectDomainName",
            "SubjectUserSid",
            "TargetDomainName",
            "TargetUserSid",
            "LogonGuid",
            "LogonProcessName",
            "ProcessName",
            "WorkstationName",
            "TransmittedServices",
            "TargetOutboundUserName",
            "TargetOutboundDomainName",
        )
    }

    def of(record: int, identifier: int, user: str, **more: str) -> object:
        fields = {"TargetUserName": user, "IpAddress": address, "LogonType": "10"}
        data = _fields(**{**beside, **fields, **more})
        return record, _event(machine, record, "x", identifier, data), word()

    first, visitor = machine.users
    line = word("logins.terminal")
    session = (
        "<UserData><EventXML xmlns='Event_NS'>"
        f"<User>{word()}\\{visitor}</User><SessionID>2</SessionID>"
        f"<Address>{address}</Address></EventXML></UserData>"
    )
    events = machine.facts["events"]
    assert isinstance(events, dict)
    events[SignInLog.SECURITY.value] = [
        of(1, 4624, first),
        of(2, 4625, visitor, SubStatus=_FAILED),
        of(3, 4625, word(), SubStatus=_UNKNOWN),  # a password in a name's place
        of(4, 4778, first, SessionName=line, ClientName=word(), ClientAddress=address),
        of(5, 4688, word(), CommandLine=word()),
        of(6, 4624, word(), LogonType="5"),
    ]
    events[SignInLog.TERMINALS.value] = [
        (1, _event(machine, 1, "y", 21, session), word())
    ]

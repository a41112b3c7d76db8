# SPDX-License-Identifier: Apache-2.0
"""Examples of sign-ins on Windows: events of both logs.

Rules: what is recorded names where; the rest is composed in the form of its source.
Not here: the reader (`_windows/logins.py`).
"""

from collections.abc import Mapping

from agent.host.windows_queries import SignInLog
from agent.rows import Example
from wire.catalogue import System
from wire.values import Value

_SPACE = "http://schemas.microsoft.com/win/2004/08/events/event"
_RECORDED = "Recorded (Psmths/windows-forensic-artifacts@"
_AT = 1689163265


def sign_in(record_id: int, identifier: int, data: str, *, at: str = "12:01:05") -> str:
    """Return an event in the form of EvtRender."""
    inner = data if data.startswith("<UserData>") else f"<EventData>{data}</EventData>"
    return (
        f'<Event xmlns="{_SPACE}"><System><EventID>{identifier}</EventID>'
        f'<TimeCreated SystemTime="2023-07-12T{at}.5944806Z"/>'
        f"<EventRecordID>{record_id}</EventRecordID></System>{inner}</Event>"
    )


def _data(**values: str) -> str:
    return "".join(
        f'<Data Name="{name}">{text}</Data>' for name, text in values.items()
    )


def _terminal(user: str, address: str) -> str:
    return (
        f'<UserData><EventXML xmlns="Event_NS"><User>{user}</User>'
        f"<SessionID>4</SessionID><Address>{address}</Address></EventXML></UserData>"
    )


_SECURITY = (
    sign_in(
        1,
        4624,
        _data(
            SubjectUserName="HLPC01$",
            TargetUserName="user",
            TargetDomainName="HLPC01",
            LogonType="2",
            ProcessName="C:\\Windows\\System32\\svchost.exe",
            IpAddress="127.0.0.1",
        ),
    ),
    sign_in(
        2,
        4624,
        _data(
            SubjectUserName="-",
            TargetUserName="mvanburanadm",
            TargetDomainName="HLAB",
            LogonType="3",
            WorkstationName="HLNAS01-WS2K19",
            IpAddress="172.16.200.2",
        ),
    ),
    sign_in(
        3,
        4624,
        _data(
            SubjectUserName="WKS10-01$",
            TargetUserName="mvanburanadm",
            TargetDomainName="HLAB",
            LogonType="7",
            IpAddress="172.16.200.2",
        ),
    ),
)
_TERMINALS = (
    sign_in(1520, 21, _terminal("HLPC01\\john.doe", "192.168.180.57")),
    sign_in(1544, 24, _terminal("HLPC01\\john.doe", "192.168.180.57"), at="12:46:43"),
)
_OVER: Mapping[str, Value] = {
    "timestamp": _AT,
    "outcome": "success",
    "service.name": "security",
}
_DESKTOP: Mapping[str, Value] = {
    "user.name": "john.doe",
    "client.address": "192.168.180.57",
    "service.name": "terminal-services",
}
_FAILURE: Mapping[str, Value] = {**_OVER, "outcome": "failure", "type": "network"}

EXAMPLES = (
    Example(
        System.WINDOWS,
        f"{_RECORDED}07b02a4, times composed): at the screen, over the network, "
        "unlocked over Remote Desktop; nobody may read the other log.",
        rows=(
            {**_OVER, "user.name": "user", "type": "local"},
            {
                **_OVER,
                "user.name": "mvanburanadm",
                "type": "network",
                "client.address": "172.16.200.2",
            },
            {
                **_OVER,
                "user.name": "mvanburanadm",
                "type": "unlock",
                "client.address": "172.16.200.2",
            },
        ),
        facts={
            "events": {
                SignInLog.SECURITY.value: tuple(
                    (number, xml, "") for number, xml in enumerate(_SECURITY, 1)
                ),
                SignInLog.TERMINALS.value: "denied",
            }
        },
    ),
    Example(
        System.WINDOWS,
        f"{_RECORDED}403a0fb): a session over Remote Desktop begins, is left.",
        rows=(
            {"timestamp": _AT, "outcome": "success", "type": "remote", **_DESKTOP},
            {
                "timestamp": 1689166003,
                "outcome": "logout",
                "type": "disconnect",
                **_DESKTOP,
            },
        ),
        facts={
            "events": {
                SignInLog.TERMINALS.value: (
                    (1520, _TERMINALS[0], ""),
                    (1544, _TERMINALS[1], ""),
                )
            }
        },
    ),
    Example(
        System.WINDOWS,
        "Composed: guesses, the second name is none here; a service, a sign-out twice, "
        "a start of a shell, a declaration.",
        rows=(
            {
                **_FAILURE,
                "user.name": "ada",
                "client.address": "198.51.100.7",
                "failed_count": 2,
            },
            {**_FAILURE, "client.address": "198.51.100.7", "failed_count": 1},
            {**_OVER, "user.name": "UMFD-1", "type": "service"},
            {
                **_OVER,
                "outcome": "logout",
                "user.name": "ada",
                "type": "local",
            },
            {
                **_OVER,
                "user.name": "ada",
                "type": "reconnect",
                "terminal": "RDP-Tcp#1",
                "client.address": "198.51.100.7",
            },
        ),
        facts={
            "events": {
                SignInLog.SECURITY.value: tuple(
                    (100 + index, sign_in(100 + index, identifier, data), "")
                    for index, (identifier, data) in enumerate(
                        (
                            *(
                                (
                                    4625,
                                    _data(
                                        TargetUserName=user,
                                        SubStatus=status,
                                        LogonType="3",
                                        IpAddress="198.51.100.7",
                                    ),
                                )
                                for user, status in (
                                    ("ada", "0xc000006a"),
                                    ("hunter2", "0xC0000064"),
                                    ("ada", "0xc000006a"),
                                )
                            ),
                            (4624, _data(TargetUserName="UMFD-1", LogonType="2")),
                            (4624, _data(TargetUserName="SYSTEM", LogonType="5")),
                            (4634, _data(TargetUserName="ada", LogonType="2")),
                            (4647, _data(TargetUserName="ada")),
                            (
                                4778,
                                _data(
                                    AccountName="ada",
                                    SessionName="RDP-Tcp#1",
                                    ClientName="LAPTOP",
                                    ClientAddress="198.51.100.7",
                                ),
                            ),
                            (4624, "<!DOCTYPE x>"),
                        )
                    )
                ),
                SignInLog.TERMINALS.value: (
                    (7, sign_in(7, 22, _terminal("PC1\\ada", "LOCAL")), ""),
                ),
            }
        },
        cursor=b'{"channels":{"Security":99}}',
    ),
)

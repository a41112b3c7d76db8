# SPDX-License-Identifier: Apache-2.0
"""Which events of a log Windows is asked for, in its XPath.

Rules: whatever is asked is a list of fixed names and numbers; a name that could end a
text of the query is none; too long a list asks for everything, for the reader drops
what is not listed anyway.
Not here: asking (`windows_events.py`), which logs there are (`windows_interface.py`).
Source: "Consuming Events" of the Windows Event Log, XPath 1.0 limitations.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from agent.host.windows_marks import Mark, Place

_TERMS = 20
"""Conditions in one query: Windows refuses more than about 23."""
_LOGON_TYPE = "Data[@Name='LogonType']"
_PROVIDER = re.compile(r"[A-Za-z0-9 _.()+/-]{1,64}\Z")


class SignInLog(Enum):
    """The logs of sign-ins: only `logins` reads them, and of them no words."""

    SECURITY = "Security"
    TERMINALS = "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational"


LOGON_TYPES = (2, 3, 7, 10, 11)
"""At the screen, over the network, unlocked, Remote Desktop, without the domain."""
TYPED_EVENTS = (4624, 4625, 4634)
"""Sign-in, failure and sign-out, each with the type of its logon."""
SESSION_EVENTS: Mapping[SignInLog, Sequence[int]] = {
    SignInLog.SECURITY: (4647, 4778, 4779),
    SignInLog.TERMINALS: (21, 22, 23, 24, 25),
}
"""What else the logs tell of sessions."""


@dataclass(frozen=True, slots=True)
class EventKind:
    """Events of one kind.

    Attributes:
        provider: who reports them; empty for anybody.
        identifier: their number; None for any.
    """

    provider: str = ""
    identifier: int | None = None

    def condition(self) -> str:
        """Return what such an event fulfils; empty where any does, or it is odd."""
        parts = []
        if self.provider:
            parts.append(f"Provider[@Name='{self.provider}']")
        if self.identifier is not None:
            parts.append(f"EventID={self.identifier:d}")
        return " and ".join(parts) if _PROVIDER.match(self.provider or "x") else ""


def events_query(after: Place | None, only: Sequence[EventKind] = ()) -> str:
    """Return the query for events of some kinds; none named: for all.

    Args:
        after: where to begin; None for the newest. A marked event is asked for too.
        only: the kinds that are wanted.
    """
    conditions = [kind.condition() for kind in only]
    wanted = [f"EventRecordID > {after:d}"] if isinstance(after, int) else []
    if conditions and all(conditions) and len(conditions) <= _TERMS // 2:
        if isinstance(after, Mark):
            conditions.insert(0, f"EventRecordID={after.record:d}")
        wanted.append("(" + " or ".join(f"({item})" for item in conditions) + ")")
    return f"*[System[{' and '.join(wanted)}]]" if wanted else "*"


def sign_ins_query(log: SignInLog, after: Place | None) -> str:
    """Return the query for the sign-ins of a log, and for nothing else in it."""
    since = f"EventRecordID > {after:d} and " if isinstance(after, int) else ""
    marked = ""
    if isinstance(after, Mark):
        marked = f"System[EventRecordID={after.record:d}] or "
    plain = f"System[{since}({_any('EventID', SESSION_EVENTS[log])})]"
    if log is not SignInLog.SECURITY:
        return f"*[{marked}{plain}]"
    typed = f"System[{since}({_any('EventID', TYPED_EVENTS)})]"
    types = f"EventData[{_any(_LOGON_TYPE, LOGON_TYPES)}]"
    return f"*[{marked}{plain} or ({typed} and {types})]"


def _any(name: str, values: Sequence[int]) -> str:
    return " or ".join(f"{name}={value:d}" for value in values)

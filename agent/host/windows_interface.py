# SPDX-License-Identifier: Apache-2.0
"""What Windows offers beyond the Host's own primitives.

Rules: fixed sources with fixed fields, of which a reader names those it wants; what is
no field of a source, such as a command line, cannot be asked for; the registry is read
value by value, and keys that hold secrets not at all.
Not here: how a reader comes to it (`windows_door.py`), how they are answered
(`windows.py`), what they mean (`agent/collectors`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, runtime_checkable

from agent.errors import DeniedError, HostError
from agent.host.interface import Host
from agent.host.windows_classes import WmiClass
from agent.host.windows_marks import Place
from agent.host.windows_named import Source
from agent.host.windows_queries import EventKind, SignInLog
from wire.values import Value

TASKS = 16_384
"""Most tasks of one machine: Windows brings some 200 of its own."""
REGISTRY_KEYS = 16_384
"""Most names of subkeys of one key: a crowded Uninstall key has some hundred."""
UPDATE_ROWS = 1_024
"""Most updates, and entries of their log: one of the newest a day for 3 years."""


FIELDS: Mapping[Source, frozenset[str]] = {
    Source.ACCOUNTS: frozenset({"name", "full_name", "sid", "enabled", "groups"}),
    Source.CERTIFICATES: frozenset({"store", "certificate", "private_key"}),
    Source.FIRMWARE: frozenset({"smbios"}),
    Source.GROUPS: frozenset(
        {"group", "group_sid", "member", "member_sid", "domain", "usage"}
    ),
    Source.LISTENERS: frozenset({"transport", "address", "port", "pid", "program"}),
    Source.LOAD: frozenset({"uptime", "processors", "memory", "disks", "links"}),
    Source.PENDING_RESTART: frozenset({"servicing", "updates", "renames"}),
    Source.PRINTERS: frozenset({"name", "driver", "connection", "state", "attributes"}),
    Source.PROCESSES: frozenset(
        {"pid", "parent", "program", "owner", "processor", "memory", "started"}
    ),
    Source.ROUTES: frozenset(
        {
            "destination",
            "prefix",
            "gateway",
            "interface",
            "metric",
            "protocol",
            "local",
        }
    ),
    Source.SERVICES: frozenset(
        {"name", "state", "start", "delayed", "display", "exit"}
    ),
    Source.SESSIONS: frozenset(
        {"user", "terminal", "state", "protocol", "address", "started"}
    ),
    Source.SHARES: frozenset({"name", "folder", "type"}),
    Source.TASKS: frozenset(
        {
            "enabled",
            "last_result",
            "last_run",
            "name",
            "next_run",
            "program",
            "run_as",
            "triggers",
        }
    ),
    Source.UPDATES: frozenset(
        {"title", "kb", "update", "severity", "categories", "downloaded"}
    ),
    Source.UPDATE_LOG: frozenset({"title", "update", "date", "operation", "result"}),
    Source.UPDATE_TIMES: frozenset({"searched", "installed"}),
    Source.VOLUMES: frozenset({"device", "point", "type", "options"}),
    Source.WIRELESS: frozenset(
        {"interface", "ssid", "bssid", "radio", "signal", "security", "channel"}
    ),
}
"""All that each source can be asked for; nothing else has a code path."""


class Channel(Enum):
    """The event logs that may be read; that of sign-ins is none of them."""

    APPLICATION = "Application"
    SETUP = "Setup"
    SYSTEM = "System"


class StartLog(Enum):
    """The log of how long starts of the machine took: only `boot_times` reads it."""

    STARTS = "Microsoft-Windows-Diagnostics-Performance/Operational"


@dataclass(frozen=True, slots=True)
class EventFacts:
    """One event.

    Attributes:
        xml: as Windows writes it.
        message: in a person's words, where asked.
        bookmark: Windows' mark of it, at the last of several only; empty where none.
    """

    xml: str
    message: str
    bookmark: str = ""


class GoneError(HostError):
    """The marked event is gone: its log was cleared, wrapped round or restored."""


class UnusableError(HostError):
    """Windows does not take the bookmark; the record's number is still known."""


_CLOSED = (
    "hklm\\sam",
    "hklm\\security",
    "hklm\\system\\currentcontrolset\\control\\lsa",
)
"""Keys of passwords and of secrets."""
_CLOSED_VALUES = ("digitalproductid", "password", "productkey", "defaultpassword")
"""Values that hold a product key or a password, wherever they are."""


@runtime_checkable
class WindowsHost(Host, Protocol):
    """Primitives of one Windows machine; every method may raise a HostError."""

    def registry(self, path: str, names: frozenset[str]) -> Mapping[str, str | int]:
        """Return the named values of a key that are texts or numbers.

        Args:
            path: from HKLM or HKU on, in the 64-bit view.
            names: the only values that are read.

        Raises:
            NotFoundError: there is no such key.
            DeniedError: the key is not ours to read, or never to be read.
        """

    def registry_keys(self, path: str) -> Sequence[str]:
        """Return the names of a key's subkeys, sorted.

        Raises:
            NotFoundError: there is no such key.
            DeniedError: the key is not ours to read, or never to be read.
        """

    def events(
        self,
        channel: Channel | StartLog,
        after: Place | None,
        most: int,
        *,
        messages: bool,
        only: Sequence[EventKind] = (),
    ) -> Sequence[EventFacts]:
        """Return events of a log, oldest first.

        Args:
            channel: the log.
            after: where to go on; None for the newest.
            most: how many at most.
            messages: whether their messages are wanted.
            only: the kinds that are wanted; none named: all. Others may come as well.

        Raises:
            NotFoundError: there is no such log.
            DeniedError: it is not ours to read.
            UnsupportedError: this system has no event log.
            GoneError: the marked event is gone.
            UnusableError: the bookmark is none.
        """

    def sign_ins(
        self, log: SignInLog, after: Place | None, most: int
    ) -> Sequence[EventFacts]:
        """Return the sign-ins of a log, oldest first, without words.

        Raises:
            NotFoundError: there is no such log.
            DeniedError: it is not ours to read.
            UnsupportedError: this system has no event log.
            GoneError: the marked event is gone.
            UnusableError: the bookmark is none.
        """

    def ask(
        self, source: Source, fields: frozenset[str]
    ) -> Sequence[Mapping[str, Value]]:
        """Return the rows of a source, with the asked fields only.

        Raises:
            DeniedError: a field is none of the source's.
            UnsupportedError: this machine has no such source.
        """

    def wmi(
        self, wanted: WmiClass, properties: frozenset[str]
    ) -> Sequence[Mapping[str, Value]]:
        """Return the instances of a class of WMI, with the named properties only.

        A property without a value is absent; a list of numbers is a text, joined by
        commas.

        Raises:
            DeniedError: a property is none of the class's, or the class not ours.
            NotFoundError: this edition of Windows has no such class.
            UnsupportedError: this machine has no WMI.
        """


def check_fields(source: Source, fields: frozenset[str]) -> None:
    """Refuse a field that a source does not have.

    Raises:
        DeniedError: there is one.
    """
    if not fields <= FIELDS[source]:
        reason = "not-a-field-of-this-source"
        raise DeniedError(reason)


def check_properties(wanted: WmiClass, properties: frozenset[str]) -> None:
    """Refuse a property that may not be asked for, or a question for nothing.

    Raises:
        DeniedError: there is one.
    """
    if not properties or not properties <= wanted.properties:
        reason = "not-a-property-of-this-class"
        raise DeniedError(reason)


def check_registry(path: str, names: frozenset[str] = frozenset()) -> None:
    """Refuse a key or value of secrets.

    Raises:
        DeniedError: there is one.
    """
    key = path.lower() + "\\"
    secret = any(key.startswith(closed + "\\") for closed in _CLOSED)
    if secret or any(name.lower().startswith(_CLOSED_VALUES) for name in names):
        reason = "never-read"
        raise DeniedError(reason)

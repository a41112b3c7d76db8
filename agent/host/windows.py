# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from linux)
"""Windows behind the Host interface.

Rules: only paths of a local drive, never of a device or of another machine; an error
carries a slug, never a path or value; libraries are imported when asked for; there are
no programs and no root side.
Not here: sources (`windows_sources.py`), the registry, parsing (collectors).
"""

import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import disk_usage

from agent.errors import (
    DeniedError,
    HostError,
    NotFoundError,
    TooLargeError,
    UnsupportedError,
)
from agent.host.interface import (
    READ_LIMIT,
    DiskUsage,
    FileFacts,
    Found,
    GatewayFacts,
    InterfaceFacts,
    KernelFacts,
    NeighbourFacts,
    ProbeVerb,
    Program,
    RadioFacts,
    RootVerb,
    SessionFacts,
    SidecarFacts,
    SidecarVerb,
)
from agent.host.ip_tables import with_prefixes
from agent.host.meter import Meter
from agent.host.windows_classes import WmiClass
from agent.host.windows_interface import (
    Channel,
    EventFacts,
    StartLog,
    check_fields,
    check_properties,
    check_registry,
)
from agent.host.windows_marks import Place
from agent.host.windows_named import Source
from agent.host.windows_queries import (
    EventKind,
    SignInLog,
    events_query,
    sign_ins_query,
)
from wire.catalogue import System
from wire.values import Value

if sys.platform != "win32":
    reason = "agent.host.windows is for Windows"
    raise ImportError(reason)

_LOCAL = re.compile(r"[A-Za-z]:\\[^\0<>:\"|?*]*\Z")
"""A path of a drive: no device, no stream, no other machine's share."""
_NAME = 7
"""ComputerNamePhysicalDnsFullyQualified."""
_MACHINES = {0: "x86", 5: "arm", 9: "x86_64", 12: "aarch64"}
"""wProcessorArchitecture of SYSTEM_INFO, in uname's words."""


class ThisWindows:
    """Primitives of this Windows machine."""

    def __init__(self, allowed: frozenset[str] = frozenset()) -> None:
        """Hold the verified plan's columns and networks, for `ask_sidecar`."""
        self._allowed = allowed
        self._told: dict[str, Found] = {}
        self.meter = Meter()

    @property
    def system(self) -> System:
        """Operating system of this host."""
        return System.WINDOWS

    def read(self, path: str, limit: int = READ_LIMIT) -> bytes:
        """Return a whole file; raises TooLargeError past the limit."""
        content = self.read_part(path, 0, limit + 1)
        if len(content) > limit:
            reason = "file-too-large"
            raise TooLargeError(reason)
        return content

    def read_part(self, path: str, offset: int, limit: int) -> bytes:
        """Return at most `limit` bytes from an offset."""
        with _slugs(), _local(path).open("rb") as file:
            file.seek(offset)
            found = file.read(limit)
        self.meter.take(len(found))
        return found

    def list(self, path: str) -> Sequence[str]:
        """Return the sorted names in a directory."""
        with _slugs():
            return sorted(item.name for item in _local(path).iterdir())

    def dates(self, path: str, ending: str) -> Mapping[str, int]:
        """Return when files of a directory were written, by names less their ending."""
        with _slugs():
            items = (i for i in _local(path).iterdir() if i.name.endswith(ending))
            return {
                item.name.removesuffix(ending): int(item.stat().st_mtime)
                for item in items
            }

    def link(self, path: str) -> str:
        """Refuse: no reader of Windows follows a link."""
        del path
        reason = "no-links-on-windows"
        raise UnsupportedError(reason)

    def facts(self, path: str) -> FileFacts:
        """Return size, times and identity of a file."""
        with _slugs():
            found = _local(path).stat()
        modified = int(found.st_mtime)
        return FileFacts(
            found.st_size, modified, found.st_ino, found.st_dev, 0, found.st_mode
        )

    def usage(self, path: str) -> DiskUsage:
        """Return the space of the volume at a path."""
        with _slugs():
            found = disk_usage(_local(path))
        return DiskUsage(found.total, found.used, found.free)

    def kernel(self) -> KernelFacts:
        """Return the version and architecture of Windows."""
        import win32api  # noqa: PLC0415 - Windows only, never in the resident process

        found = sys.getwindowsversion()
        release = f"{found.major}.{found.minor}.{found.build}"
        machine = _MACHINES.get(win32api.GetNativeSystemInfo()[0], "")
        node = str(win32api.GetComputerNameEx(_NAME))
        return KernelFacts("Windows", node, release, "", machine)

    def interfaces(self) -> Sequence[InterfaceFacts]:
        """Return network interfaces with addresses (psutil, and the IP helper)."""
        from agent.host.library import interfaces  # noqa: PLC0415 - loads psutil
        from agent.host.windows_routes import prefixes  # noqa: PLC0415 - when asked for

        with _slugs():
            found = interfaces()
        return with_prefixes(found, prefixes())

    def gateways(self) -> Sequence[GatewayFacts]:
        """Return IPv4 default gateways (netifaces, which asks GetAdaptersAddresses)."""
        import netifaces  # noqa: PLC0415 - never in the resident process

        with _slugs():
            found = netifaces.gateways().get(netifaces.AF_INET, ())
        return tuple(
            GatewayFacts("ipv4", str(entry[0]), str(entry[1])) for entry in found
        )

    def neighbours(self) -> Sequence[NeighbourFacts]:
        """Return the machines next to this one."""
        from agent.host import neighbours, windows_neighbours  # noqa: PLC0415 - when asked for

        with _slugs():
            rows, names = windows_neighbours.neighbours()
        return tuple(neighbours.parse_rows(rows, names))

    def radios(self, fields: frozenset[str]) -> Sequence[RadioFacts]:
        """Refuse: Windows' own source tells of them."""
        del fields
        reason = "asked-of-windows-itself"
        raise UnsupportedError(reason)

    def sessions(self) -> Sequence[SessionFacts]:
        """Return signed-in sessions (psutil)."""
        from agent.host.library import sessions  # noqa: PLC0415 - loads psutil

        with _slugs():
            return sessions()

    def run(self, program: Program, *arguments: str) -> bytes:
        """Refuse: on Windows no program runs."""
        del program, arguments
        reason = "no-programs-on-windows"
        raise UnsupportedError(reason)

    def once(self, source: str, make: Callable[[], Found]) -> Found:
        """Return what a dear source tells, worked out once for a pass's datasets."""
        if source not in self._told:
            self._told[source] = make()
        return self._told[source]

    def ask_root(
        self, verb: RootVerb, columns: frozenset[str]
    ) -> Sequence[dict[str, str]]:
        """Refuse: on Windows there is no root side."""
        del verb, columns
        reason = "needs-root"
        raise DeniedError(reason)

    def ask_sidecar(
        self, verb: SidecarVerb, columns: frozenset[str], networks: Sequence[str]
    ) -> SidecarFacts:
        """Ask the child with raw sockets, by Npcap."""
        from agent.sidecar import seam  # noqa: PLC0415 - few machines ask it

        return seam.answer(self, verb, columns, networks, self._allowed)

    def ask_probe(
        self, verb: ProbeVerb, columns: frozenset[str], asked: Mapping[str, str]
    ) -> SidecarFacts:
        """Ask what an order asks for."""
        from agent.sidecar import probe_seam  # noqa: PLC0415 - when asked for

        return probe_seam.answer(self, verb, columns, asked, self._allowed)

    def registry(self, path: str, names: frozenset[str]) -> Mapping[str, str | int]:
        """Return the named values of a key that are texts or numbers."""
        from agent.host import windows_registry  # noqa: PLC0415 - when asked for

        check_registry(path, names)
        return windows_registry.values(path, names)

    def registry_keys(self, path: str) -> Sequence[str]:
        """Return the names of a key's subkeys, sorted."""
        from agent.host import windows_registry  # noqa: PLC0415 - when asked for

        check_registry(path)
        return windows_registry.keys(path)

    def events(
        self,
        channel: Channel | StartLog,
        after: Place | None,
        most: int,
        *,
        messages: bool,
        only: Sequence[EventKind] = (),
    ) -> Sequence[EventFacts]:
        """Return events of a log, oldest first."""
        from agent.host import windows_events  # noqa: PLC0415 - loads pywin32

        query = events_query(after, only)
        return self._taken(
            windows_events.read(channel.value, query, after, most, messages=messages)
        )

    def sign_ins(
        self, log: SignInLog, after: Place | None, most: int
    ) -> Sequence[EventFacts]:
        """Return the sign-ins of a log, oldest first, without words."""
        from agent.host import windows_events  # noqa: PLC0415 - loads pywin32

        query = sign_ins_query(log, after)
        return self._taken(
            windows_events.read(log.value, query, after, most, messages=False)
        )

    def _taken(self, found: Sequence[EventFacts]) -> Sequence[EventFacts]:
        """Count events, by the letters of their texts."""
        self.meter.take(sum(len(event.xml) + len(event.message) for event in found))
        return found

    def ask(
        self, source: Source, fields: frozenset[str]
    ) -> Sequence[Mapping[str, Value]]:
        """Return the rows of a source, with the asked fields only."""
        from agent.host import windows_sources  # noqa: PLC0415 - loads psutil, pywin32

        check_fields(source, fields)
        return windows_sources.ask(source, fields)

    def wmi(
        self, wanted: WmiClass, properties: frozenset[str]
    ) -> Sequence[Mapping[str, Value]]:
        """Return the instances of a class of WMI, with the named properties only."""
        from agent.host import windows_wmi  # noqa: PLC0415 - loads COM

        check_properties(wanted, properties)
        return windows_wmi.rows(wanted, properties)


def _local(path: str) -> Path:
    if not _LOCAL.match(path) or ".." in path.split("\\"):
        reason = "not-an-absolute-path"
        raise HostError(reason)
    return Path(path)


@contextmanager
def _slugs() -> Iterator[None]:
    """Turn errors of the system into slugs, for their causes hold paths."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError):
        reason = "not-found"
        raise NotFoundError(reason) from None
    except PermissionError:
        reason = "access-denied"
        raise DeniedError(reason) from None
    except OSError:
        reason = "read-failed"
        raise HostError(reason) from None

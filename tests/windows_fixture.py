# SPDX-License-Identifier: Apache-2.0
"""A recorded Windows machine: a registry, rows of sources and files of an Example.

Rules: answers what was recorded, refuses as the real one does, and nothing else.
Not here: the real machine (`agent/host/windows.py`), shown under Wine (`tests/wine`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agent.errors import DeniedError, NotFoundError, TooLargeError, UnsupportedError
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
from agent.host.meter import Meter
from agent.host.recorded import recorded_probe, recorded_sidecar
from agent.host.windows_classes import WmiClass
from agent.host.windows_interface import (
    Channel,
    EventFacts,
    StartLog,
    check_fields,
    check_properties,
    check_registry,
)
from agent.host.windows_marks import Place, number_of
from agent.host.windows_named import Source
from agent.host.windows_queries import EventKind, SignInLog
from wire.catalogue import System
from wire.values import Value

NOT_FOUND = "not-found"


@dataclass
class RecordedWindows:
    """A Windows machine of a folder and of facts.

    Attributes:
        root: folder whose C holds the files of drive C:.
        known: "registry" -> path -> name -> value; a source's name -> rows; a Host
            primitive's name -> what it returns.
    """

    root: Path
    known: Mapping[str, object] = field(default_factory=dict)
    meter: Meter = field(default_factory=Meter)
    _told: dict[str, Found] = field(default_factory=dict)

    @property
    def system(self) -> System:
        """Operating system of this host."""
        return System.WINDOWS

    def read(self, path: str, limit: int = READ_LIMIT) -> bytes:
        """Return a recorded file."""
        content = self.read_part(path, 0, limit + 1)
        if len(content) > limit:
            reason = "file-too-large"
            raise TooLargeError(reason)
        return content

    def read_part(self, path: str, offset: int, limit: int) -> bytes:
        """Return a part of a recorded file."""
        place = self._place(path)
        if not place.is_file():
            raise NotFoundError(NOT_FOUND)
        found = place.read_bytes()[offset : offset + limit]
        self.meter.take(len(found))
        return found

    def list(self, path: str) -> Sequence[str]:
        """Return the names in a recorded folder."""
        place = self._place(path)
        if not place.is_dir():
            raise NotFoundError(NOT_FOUND)
        return sorted(item.name for item in place.iterdir())

    def dates(self, path: str, ending: str) -> Mapping[str, int]:
        """Return what is recorded of the files in a folder."""
        found = [name for name in self.list(path) if name.endswith(ending)]
        return {
            name.removesuffix(ending): self.facts(f"{path}\\{name}").modified
            for name in found
        }

    def link(self, path: str) -> str:
        """Refuse, as Windows does."""
        raise UnsupportedError(path)

    def facts(self, path: str) -> FileFacts:
        """Return what is recorded of a file, or what its copy tells."""
        known = self._mapping("facts").get(path)
        if isinstance(known, FileFacts):
            return known
        if not self._place(path).exists():
            raise NotFoundError(NOT_FOUND)
        found = self._place(path).stat()
        return FileFacts(found.st_size, int(found.st_mtime), 1, 1, 0, found.st_mode)

    def usage(self, path: str) -> DiskUsage:
        """Return the recorded space of a volume."""
        known = self._mapping("usage").get(path)
        if isinstance(known, DiskUsage):
            return known
        raise NotFoundError(NOT_FOUND)

    def kernel(self) -> KernelFacts:
        """Return the recorded kernel."""
        known = self.known.get("kernel")
        if isinstance(known, KernelFacts):
            return known
        raise NotFoundError(NOT_FOUND)

    def interfaces(self) -> Sequence[InterfaceFacts]:
        """Return the recorded interfaces."""
        found = self._sequence("interfaces")
        return [item for item in found if isinstance(item, InterfaceFacts)]

    def gateways(self) -> Sequence[GatewayFacts]:
        """Return the recorded gateways."""
        found = self._sequence("gateways")
        return [item for item in found if isinstance(item, GatewayFacts)]

    def neighbours(self) -> Sequence[NeighbourFacts]:
        """Return the recorded neighbours."""
        found = self._sequence("neighbours")
        return [item for item in found if isinstance(item, NeighbourFacts)]

    def radios(self, fields: frozenset[str]) -> Sequence[RadioFacts]:
        """Refuse, as Windows does."""
        reason = f"asked-of-windows-itself: {len(fields)}"
        raise UnsupportedError(reason)

    def sessions(self) -> Sequence[SessionFacts]:
        """Return the recorded sessions."""
        found = self._sequence("sessions")
        return [item for item in found if isinstance(item, SessionFacts)]

    def run(self, program: Program, *arguments: str) -> bytes:
        """Refuse, as Windows does."""
        raise UnsupportedError(" ".join((program.value, *arguments)))

    def once(self, source: str, make: Callable[[], Found]) -> Found:
        """Return what a dear source tells, worked out once for a pass's datasets."""
        if source not in self._told:
            self._told[source] = make()
        return self._told[source]

    def ask_root(
        self, verb: RootVerb, columns: frozenset[str]
    ) -> Sequence[dict[str, str]]:
        """Refuse, as Windows does."""
        raise DeniedError(verb.value + str(columns))

    def ask_sidecar(
        self, verb: SidecarVerb, columns: frozenset[str], networks: Sequence[str]
    ) -> SidecarFacts:
        """Return the recorded rows of a verb."""
        del networks
        return recorded_sidecar(self.known, verb, columns)

    def ask_probe(
        self, verb: ProbeVerb, columns: frozenset[str], asked: Mapping[str, str]
    ) -> SidecarFacts:
        """Return the recorded rows of a verb."""
        del asked
        return recorded_probe(self.known, verb, columns)

    def registry(self, path: str, names: frozenset[str]) -> Mapping[str, str | int]:
        """Return recorded values."""
        check_registry(path, names)
        found = self._mapping("registry").get(path)
        if not isinstance(found, Mapping):
            raise NotFoundError(NOT_FOUND)
        return {name: found[name] for name in names if name in found}

    def registry_keys(self, path: str) -> Sequence[str]:
        """Return the names of recorded subkeys."""
        check_registry(path)
        start = path + "\\"
        below = {
            str(key).removeprefix(start).partition("\\")[0]
            for key in self._mapping("registry")
            if str(key).startswith(start)
        }
        if not below:
            raise NotFoundError(NOT_FOUND)
        return sorted(below)

    def events(
        self,
        channel: Channel | StartLog,
        after: Place | None,
        most: int,
        *,
        messages: bool,
        only: Sequence[EventKind] = (),
    ) -> Sequence[EventFacts]:
        """Return recorded events: "events" -> log -> (number, XML, message).

        Events of other kinds come as well, as from Windows where a list is long.
        """
        del only
        return self._events(channel.value, after, most, messages=messages)

    def sign_ins(
        self, log: SignInLog, after: Place | None, most: int
    ) -> Sequence[EventFacts]:
        """Return recorded events of a log of sign-ins."""
        return self._events(log.value, after, most, messages=False)

    def _events(
        self, log: str, after: Place | None, most: int, *, messages: bool
    ) -> Sequence[EventFacts]:
        if "events" not in self.known:
            reason = "no-event-log"
            raise UnsupportedError(reason)
        listed = self._mapping("events").get(log)
        if listed == "denied":
            reason = "access-denied"
            raise DeniedError(reason)
        if not isinstance(listed, Sequence):
            raise NotFoundError(NOT_FOUND)
        found = [
            EventFacts(str(item[1]), str(item[2]) if messages else "")
            for item in listed
            if after is None or item[0] > number_of(after)
        ]
        return found[-most:] if after is None else found[:most]

    def ask(
        self, source: Source, fields: frozenset[str]
    ) -> Sequence[Mapping[str, Value]]:
        """Return recorded rows, of the asked fields; of load all that is recorded."""
        check_fields(source, fields)
        rows = [row for row in self._sequence(source.value) if isinstance(row, Mapping)]
        if source is Source.LOAD:
            return rows
        return [{name: row[name] for name in fields if name in row} for row in rows]

    def wmi(
        self, wanted: WmiClass, properties: frozenset[str]
    ) -> Sequence[Mapping[str, Value]]:
        """Return recorded instances: "wmi" -> class -> rows; no "wmi" is no WMI."""
        check_properties(wanted, properties)
        if "wmi" not in self.known:
            reason = "no-wmi"
            raise UnsupportedError(reason)
        listed = self._mapping("wmi").get(wanted.value)
        if not isinstance(listed, Sequence):
            raise NotFoundError(NOT_FOUND)
        return [
            {name: row[name] for name in properties if row.get(name) is not None}
            for row in listed
        ]

    def _place(self, path: str) -> Path:
        drive, _, rest = path.partition(":\\")
        return self.root / drive / rest.replace("\\", "/")

    def _mapping(self, name: str) -> Mapping[object, object]:
        found = self.known.get(name, {})
        return found if isinstance(found, Mapping) else {}

    def _sequence(self, name: str) -> Sequence[object]:
        found = self.known.get(name, ())
        return found if isinstance(found, Sequence) else ()

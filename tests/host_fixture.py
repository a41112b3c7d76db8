# SPDX-License-Identifier: Apache-2.0
"""A recorded machine made from an Example, which remembers what was opened.

Rules: the real LinuxHost over a temporary tree, no imitation of it; programs and
library facts are the Example's own.
Not here: any expectation.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agent.host.interface import (
    READ_LIMIT,
    DiskUsage,
    FileFacts,
    Found,
    GatewayFacts,
    Host,
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
from agent.host.linux import LinuxHost
from agent.host.meter import Meter
from agent.host.root import COLUMNS, DATASETS, qualified
from agent.host.windows_classes import WmiClass
from agent.host.windows_door import windows
from agent.host.windows_interface import Channel, EventFacts, StartLog
from agent.host.windows_marks import Place
from agent.host.windows_named import Source
from agent.host.windows_queries import (
    EventKind,
    SignInLog,
    events_query,
    sign_ins_query,
)
from agent.rows import Example
from tests.windows_fixture import RecordedWindows
from wire.catalogue import System
from wire.values import Value

EVERY_ROOT_COLUMN = frozenset(
    qualified(dataset, column)
    for verb, columns in COLUMNS.items()
    for dataset in DATASETS[verb]
    for column in columns
)


@dataclass
class RecordingHost:
    """A Host that passes everything on and keeps what it was asked for."""

    inner: Host
    asked: list[str] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)

    @property
    def system(self) -> System:
        """Operating system of the inner host."""
        return self.inner.system

    @property
    def meter(self) -> Meter:
        """The inner host's."""
        return self.inner.meter

    def read(self, path: str, limit: int = READ_LIMIT) -> bytes:
        """Pass on."""
        self.asked.append(path)
        return self.inner.read(path, limit)

    def read_part(self, path: str, offset: int, limit: int) -> bytes:
        """Pass on."""
        self.asked.append(path)
        return self.inner.read_part(path, offset, limit)

    def list(self, path: str) -> Sequence[str]:
        """Pass on."""
        self.asked.append(path)
        return self.inner.list(path)

    def dates(self, path: str, ending: str) -> Mapping[str, int]:
        """Pass on."""
        self.asked.append(f"{path}/*{ending}")
        return self.inner.dates(path, ending)

    def link(self, path: str) -> str:
        """Pass on."""
        self.asked.append(path)
        return self.inner.link(path)

    def facts(self, path: str) -> FileFacts:
        """Pass on."""
        self.asked.append(path)
        return self.inner.facts(path)

    def usage(self, path: str) -> DiskUsage:
        """Pass on."""
        self.asked.append(f"usage {path}")
        return self.inner.usage(path)

    def kernel(self) -> KernelFacts:
        """Pass on."""
        self.asked.append("kernel")
        return self.inner.kernel()

    def interfaces(self) -> Sequence[InterfaceFacts]:
        """Pass on."""
        self.asked.append("interfaces")
        return self.inner.interfaces()

    def gateways(self) -> Sequence[GatewayFacts]:
        """Pass on."""
        self.asked.append("gateways")
        return self.inner.gateways()

    def neighbours(self) -> Sequence[NeighbourFacts]:
        """Pass on."""
        self.asked.append("neighbours")
        return self.inner.neighbours()

    def radios(self, fields: frozenset[str]) -> Sequence[RadioFacts]:
        """Pass on."""
        self.asked.append(f"radios {sorted(fields)}")
        return self.inner.radios(fields)

    def sessions(self) -> Sequence[SessionFacts]:
        """Pass on."""
        self.asked.append("sessions")
        return self.inner.sessions()

    def run(self, program: Program, *arguments: str) -> bytes:
        """Pass on."""
        self.asked.append(" ".join((program.value, *arguments)))
        return self.inner.run(program, *arguments)

    def once(self, source: str, make: Callable[[], Found]) -> Found:
        """Pass on."""
        return self.inner.once(source, make)

    def ask_root(
        self, verb: RootVerb, columns: frozenset[str]
    ) -> Sequence[dict[str, str]]:
        """Pass on."""
        self.asked.append(f"{verb.value} {sorted(columns)}")
        return self.inner.ask_root(verb, columns)

    def ask_sidecar(
        self, verb: SidecarVerb, columns: frozenset[str], networks: Sequence[str]
    ) -> SidecarFacts:
        """Pass on."""
        self.asked.append(f"sidecar {verb.value} {sorted(columns)}")
        return self.inner.ask_sidecar(verb, columns, networks)

    def ask_probe(
        self, verb: ProbeVerb, columns: frozenset[str], asked: Mapping[str, str]
    ) -> SidecarFacts:
        """Pass on."""
        self.asked.append(f"probe {verb.value} {sorted(columns)}")
        return self.inner.ask_probe(verb, columns, asked)

    def registry(self, path: str, names: frozenset[str]) -> Mapping[str, str | int]:
        """Pass on."""
        self.asked += [f"{path}\\{name}" for name in sorted(names)]
        return windows(self.inner).registry(path, names)

    def registry_keys(self, path: str) -> Sequence[str]:
        """Pass on."""
        self.asked.append(path)
        return windows(self.inner).registry_keys(path)

    def events(
        self,
        channel: Channel | StartLog,
        after: Place | None,
        most: int,
        *,
        messages: bool,
        only: Sequence[EventKind] = (),
    ) -> Sequence[EventFacts]:
        """Pass on."""
        self.asked.append(f"{channel.value} messages={messages}")
        self.queries.append(events_query(after, only))
        return windows(self.inner).events(
            channel, after, most, messages=messages, only=only
        )

    def sign_ins(
        self, log: SignInLog, after: Place | None, most: int
    ) -> Sequence[EventFacts]:
        """Pass on."""
        self.asked.append(log.value)
        self.queries.append(sign_ins_query(log, after))
        return windows(self.inner).sign_ins(log, after, most)

    def ask(
        self, source: Source, fields: frozenset[str]
    ) -> Sequence[Mapping[str, Value]]:
        """Pass on."""
        self.asked.append(f"{source.value} {sorted(fields)}")
        return windows(self.inner).ask(source, fields)

    def wmi(
        self, wanted: WmiClass, properties: frozenset[str]
    ) -> Sequence[Mapping[str, Value]]:
        """Pass on."""
        self.asked.append(f"{wanted.value} {sorted(properties)}")
        return windows(self.inner).wmi(wanted, properties)


def write_tree(
    root: Path, files: Mapping[str, bytes], links: Mapping[str, str] | None = None
) -> None:
    """Write a recorded tree; a path that ends in / is an empty folder."""
    for path, content in files.items():
        place = root / path.lstrip("/")
        if path.endswith("/"):
            place.mkdir(parents=True, exist_ok=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
    for path, target in (links or {}).items():
        place = root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(target)


def recorded_host(example: Example, root: Path) -> RecordingHost:
    """Return the machine that an Example describes, built under a folder."""
    write_tree(root, example.files, example.links)
    if example.system is System.WINDOWS:
        return RecordingHost(RecordedWindows(root, example.facts))
    return RecordingHost(
        LinuxHost(
            str(root),
            allowed=EVERY_ROOT_COLUMN,
            programs=example.programs,
            facts=example.facts,
        )
    )

# SPDX-License-Identifier: Apache-2.0
"""One operating system behind one interface of primitives.

Rules: primitives only, no datasets; paths are absolute and go through the host's
root, so a recorded tree can stand in; programs come from a fixed list; what needs
root goes through `ask_root` and through nothing else.
Not here: parsing (`agent/collectors`).
"""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from agent.host.meter import Meter
from wire.catalogue import System
from wire.values import Value

READ_LIMIT = 32 * 1024 * 1024
"""Most bytes of one source: a dpkg status of 8,000 packages has 12 MB."""
PROGRAM_OUTPUT_LIMIT = 8 * 1024 * 1024
"""Most bytes taken of one program's output."""
PROGRAM_MEMORY_BYTES = 1024 * 1024 * 1024
"""Most memory of one program: dnf holds some hundred MiB of a large archive's lists."""
PROGRAM_SECONDS = 20.0
"""A program that has not ended by then is killed."""
NOTICE_SECONDS = 4.0
"""The one that writes to terminals, of which one may not take it."""


class Program(Enum):
    """The programs that may run, by fixed absolute path; nothing else can."""

    APK = "/sbin/apk"
    APT_GET = "/usr/bin/apt-get"
    DNF = "/usr/bin/dnf"
    JOURNALCTL = "/usr/bin/journalctl"
    PACMAN = "/usr/bin/pacman"
    RPM = "/usr/bin/rpm"
    SMARTCTL = "/usr/sbin/smartctl"
    SYSTEMCTL = "/usr/bin/systemctl"
    WALL = "/usr/bin/wall"
    ZYPPER = "/usr/bin/zypper"


SLOW = frozenset({Program.APT_GET, Program.DNF, Program.ZYPPER})
"""Programs that think for seconds: what one answered holds for the rest of a pass."""

GOOD_CODES: Mapping[Program, Container[int]] = {
    Program.PACMAN: (0, 1),
    Program.SMARTCTL: range(0, 256, 4),
}
"""Exit codes besides 0 that come with an answer; pacman's 1 tells that there is nothing
to list, smartctl's higher bits of the disk, its two lowest that it was not asked."""


class RootVerb(Enum):
    """What may be asked of root: fixed verbs, read-only."""

    READ_DMI = "read-dmi"
    """Serial numbers and UUID under /sys/class/dmi/id (mode 0400)."""
    LIST_SOCKET_OWNERS = "list-socket-owners"
    """Process of each listening socket (needs other users' /proc/PID/fd)."""
    READ_DISK_HEALTH = "read-disk-health"
    """Health of each disk, by smartctl (needs the raw device)."""
    READ_MEMORY_MODULES = "read-memory-modules"
    """Memory devices of /sys/firmware/dmi/tables/DMI (mode 0400)."""
    READ_CRONTABS = "read-crontabs"
    """Jobs of /var/spool/cron and of at (mode 0700 or so), without their commands."""
    READ_FAILED_SIGN_INS = "read-failed-sign-ins"
    """The newest records of /var/log/btmp (mode 0660, group utmp)."""
    READ_PRINTERS = "read-printers"
    """Printers of /etc/cups/printers.conf (mode 0600), without their addresses."""
    READ_CERTIFICATES = "read-certificates"
    """Certificates, and no keys, below /etc/letsencrypt/live (mode 0700)."""
    READ_SSH_SERVER = "read-ssh-server"
    """Four settings of /etc/ssh/sshd_config (mode 0600 on some systems)."""


class SidecarVerb(Enum):
    """What may be asked of the sidecar, which alone has raw sockets."""

    SCAN = "scan"
    """Who answers in the network that the machine is in."""
    LISTEN = "listen"
    """What the switch at the other end of a cable says of itself."""


class ProbeVerb(Enum):
    """What only an order of technicians may ask: fixed verbs, bounded in all."""

    CLOCK = "clock"
    """How well the kernel's clock is disciplined."""
    SIZES = "sizes"
    """How much is in the folders below a few fixed ones."""
    LOOKUP = "lookup"
    """What a name leads to."""
    CONNECT = "connect"
    """Whether a service of TCP answers."""
    CERTIFICATE = "certificate"
    """What a service of TLS shows of itself."""
    PING = "ping"
    """Whether a machine answers, and how fast."""
    TRACE = "trace"
    """Which way packets take."""
    PATH_MTU = "path-mtu"
    """How large a packet may be on the way."""
    CAPTURE = "capture"
    """Headers of packets that pass an interface."""


@dataclass(frozen=True, slots=True)
class SidecarFacts:
    """What the sidecar found; truncated where a limit stopped it."""

    rows: tuple[Mapping[str, str], ...]
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What stat tells of a file."""

    size: int
    modified: int
    inode: int
    device: int
    owner: int
    mode: int


@dataclass(frozen=True, slots=True)
class DiskUsage:
    """Space of a mounted file system, in bytes."""

    total: int
    used: int
    available: int


@dataclass(frozen=True, slots=True)
class KernelFacts:
    """What uname tells."""

    system: str
    node: str
    release: str
    version: str
    machine: str


@dataclass(frozen=True, slots=True)
class AddressFacts:
    """One address of an interface; family is "ipv4", "ipv6" or "mac"."""

    family: str
    address: str
    prefix: int | None


@dataclass(frozen=True, slots=True)
class InterfaceFacts:
    """One network interface; speed in Mbit/s, 0 where unknown."""

    name: str
    up: bool
    mtu: int
    speed: int
    addresses: tuple[AddressFacts, ...]


@dataclass(frozen=True, slots=True)
class GatewayFacts:
    """One default gateway; family is "ipv4" or "ipv6"."""

    family: str
    address: str
    interface: str


@dataclass(frozen=True, slots=True)
class NeighbourFacts:
    """A machine next to this one; family is "ipv4" or "ipv6", state may be empty."""

    family: str
    address: str
    mac: str
    interface: str
    state: str


@dataclass(frozen=True, slots=True)
class RadioFacts:
    """A wireless card of Linux, and what it is connected to; signal is in dBm."""

    interface: str
    ssid: str | None = None
    bssid: str | None = None
    channel: int | None = None
    signal: int | None = None


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """One signed-in session; started in seconds since the epoch."""

    user: str
    terminal: str
    host: str
    started: int
    pid: int | None


Found = Sequence[Mapping[str, Value]]
"""What a source tells, for `once`."""


class Host(Protocol):
    """Primitives of one machine; every method may raise a HostError."""

    @property
    def system(self) -> System:
        """Operating system of this host."""

    @property
    def meter(self) -> Meter:
        """What counts the bytes that the reader under way takes."""

    def read(self, path: str, limit: int = READ_LIMIT) -> bytes:
        """Return a whole file; raises TooLargeError past the limit."""

    def read_part(self, path: str, offset: int, limit: int) -> bytes:
        """Return at most `limit` bytes from an offset."""

    def list(self, path: str) -> Sequence[str]:
        """Return the sorted names in a directory."""

    def dates(self, path: str, ending: str) -> Mapping[str, int]:
        """Return when files of a directory were written, by names less their ending."""

    def link(self, path: str) -> str:
        """Return the target of a symbolic link."""

    def facts(self, path: str) -> FileFacts:
        """Return size, times, inode and owner, following links."""

    def usage(self, path: str) -> DiskUsage:
        """Return the space of the file system mounted at a path."""

    def kernel(self) -> KernelFacts:
        """Return the kernel's name, release and architecture."""

    def interfaces(self) -> Sequence[InterfaceFacts]:
        """Return network interfaces with addresses."""

    def gateways(self) -> Sequence[GatewayFacts]:
        """Return default gateways."""

    def neighbours(self) -> Sequence[NeighbourFacts]:
        """Return the machines that this one has spoken to, as the system knows them."""

    def radios(self, fields: frozenset[str]) -> Sequence[RadioFacts]:
        """Return wireless cards with the named fields; Windows has a source of its own.

        Raises:
            UnsupportedError: the system tells of none.
        """

    def sessions(self) -> Sequence[SessionFacts]:
        """Return signed-in sessions."""

    def run(self, program: Program, *arguments: str) -> bytes:
        """Run a program of the fixed list; bounded in time and output.

        Raises:
            NotFoundError: it is not installed.
            BudgetError: it did not end in time.
            TooLargeError: its output is over the limit.
        """

    def once(self, source: str, make: Callable[[], Found]) -> Found:
        """Return what a dear source tells, worked out once for a pass's datasets.

        It lives as long as the host, which is a pass's child: on no disk and in no
        resident process.
        """

    def ask_root(
        self, verb: RootVerb, columns: frozenset[str]
    ) -> Sequence[dict[str, str]]:
        """Ask the root side for declared columns of a fixed verb.

        Raises:
            DeniedError: there is no root side, or the plan does not allow it.
        """

    def ask_sidecar(
        self,
        verb: SidecarVerb,
        columns: frozenset[str],
        networks: Sequence[str],
    ) -> SidecarFacts:
        """Ask the child with raw sockets; only what the plan has, where it has it.

        Raises:
            UnsupportedError: this machine has nothing to do it with.
            DeniedError: the plan does not have it, or rights are missing.
        """

    def ask_probe(
        self, verb: ProbeVerb, columns: frozenset[str], asked: Mapping[str, str]
    ) -> SidecarFacts:
        """Ask what an order asks for; only columns that its diagnostic's plan has.

        Args:
            verb: what to do.
            columns: those that are wanted of the answer.
            asked: texts by name, checked as parameters are.

        Raises:
            UnsupportedError: this system cannot do it.
            DeniedError: the plan does not have it, or rights are missing.
        """

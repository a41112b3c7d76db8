# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PTH115, PTH116, PTH208 - a Path object costs more than the read
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""Linux behind the Host interface.

Rules: every path goes through the root, and no link leads out of a recorded one; an
error carries a slug, never a path or value; what the resident process never asks for
is imported when asked for.
Not here: programs (`program.py`), root's side (`root.py`), parsing (collectors).
"""

import errno
import os
import stat
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from agent.errors import (
    DeniedError,
    HostError,
    NotFoundError,
    TooLargeError,
    UnsupportedError,
)
from agent.host import root as root_side
from agent.host.interface import (
    GOOD_CODES,
    NOTICE_SECONDS,
    PROGRAM_OUTPUT_LIMIT,
    PROGRAM_SECONDS,
    READ_LIMIT,
    SLOW,
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
from agent.host.recorded import recorded, recorded_probe, recorded_sidecar
from agent.host.rooted import inside
from wire.catalogue import System

if sys.platform == "win32":
    reason = "agent.host.linux is for Linux"
    raise ImportError(reason)

_FIRST_CHUNK = 16 * 1024
"""First read of a file: holds nearly every file of /proc and /sys."""
_CHUNK = 1024 * 1024
"""Later reads: few system calls for a package list of megabytes."""
_DIGITS = 10
"""Digits of a speed in Mbit/s that cannot be."""
_OPEN = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
"""A pipe or terminal put in a file's place cannot stop the agent."""
_OF_PEOPLE = ("/var/crash/", "/var/lib/samba/usershares/", "/var/spool/cron/")
"""Folders in which not only root puts files: a link there could lead root anywhere."""


_NOT_FOUND = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ESRCH, errno.ENODEV})
_DENIED = frozenset({errno.EACCES, errno.EPERM, errno.ELOOP})


def host_error(error: OSError) -> HostError:
    """Return the HostError for an operating system error, without its path."""
    if error.errno in _NOT_FOUND:
        return NotFoundError("not-found")
    if error.errno in _DENIED:
        return DeniedError("access-denied")
    return HostError("read-failed")


class LinuxHost:
    """Primitives of a Linux machine, or of a recorded tree of one."""

    def __init__(
        self,
        root: str = "/",
        *,
        allowed: frozenset[str] = frozenset(),
        programs: Mapping[str, bytes] | None = None,
        facts: Mapping[str, object] | None = None,
    ) -> None:
        """Look at this machine, or at a recorded tree.

        Args:
            root: "/" for this machine, else the folder of a recorded tree.
            allowed: the verified plan's columns, for `ask_root`.
            programs: "program argument ..." -> output, in place of programs that
                would run, or "program" for any arguments; only for a recorded tree.
            facts: name of a primitive -> what it returns: interfaces, gateways,
                neighbours, sessions, kernel, usage (path -> DiskUsage), facts (path ->
                FileFacts) and euid; only for a recorded tree.
        """
        self._root = os.path.realpath(root)
        self._recorded = self._root != "/"
        self._allowed = allowed
        self._programs = programs or {}
        self._facts = facts or {}
        self._answered: dict[tuple[str, ...], bytes] = {}
        self._told: dict[str, Found] = {}
        self.meter = Meter()

    @property
    def system(self) -> System:
        """Operating system of this host."""
        return System.LINUX

    def _path(self, path: str) -> str:
        """Return the real path of a host path; raise where it is not absolute."""
        if not path.startswith("/") or "\0" in path:
            reason = "not-an-absolute-path"
            raise HostError(reason)
        return inside(self._root, path) if self._recorded else path

    def _itself(self, path: str) -> str:
        """Return the real path of a link, and not of where it leads."""
        place = self._path(path)
        if self._recorded:
            folder, _, name = path.rpartition("/")
            return f"{self._path(folder or '/')}/{name}"
        return place

    def _descriptor(self, path: str) -> int:
        try:
            if path.startswith(_OF_PEOPLE):
                return os.open(self._itself(path), _OPEN | os.O_NOFOLLOW)
            return os.open(self._path(path), _OPEN)
        except OSError as error:
            raise host_error(error) from None  # the cause holds the path

    def read(self, path: str, limit: int = READ_LIMIT) -> bytes:
        """Return a whole file; raises TooLargeError past the limit."""
        descriptor = self._descriptor(path)
        try:
            data = os.read(descriptor, min(_FIRST_CHUNK, limit + 1))
            chunks = [data]
            size = len(data)
            while data and size <= limit:
                data = os.read(descriptor, min(_CHUNK, limit + 1 - size))
                chunks.append(data)
                size += len(data)
        except OSError as error:
            raise host_error(error) from None  # the cause holds the path
        finally:
            os.close(descriptor)
        if size > limit:
            reason = "source-too-large"
            raise TooLargeError(reason)
        self.meter.take(size)
        return b"".join(chunks)

    def read_part(self, path: str, offset: int, limit: int) -> bytes:
        """Return at most `limit` bytes from an offset."""
        descriptor = self._descriptor(path)
        try:
            if offset:
                found = os.pread(descriptor, limit, offset)
            else:  # a pipe, too, can be read from its start
                found = os.read(descriptor, limit)
        except OSError as error:
            raise host_error(error) from None  # the cause holds the path
        finally:
            os.close(descriptor)
        self.meter.take(len(found))
        return found

    def list(self, path: str) -> Sequence[str]:
        """Return the sorted names in a directory; undecodable ones are left out."""
        try:
            names = os.listdir(self._path(path))
        except OSError as error:
            raise host_error(error) from None  # the cause holds the path
        names.sort()
        if "".join(names).isascii():
            return names
        return [one for one in names if one.encode("utf-8", "replace").decode() == one]

    def dates(self, path: str, ending: str) -> Mapping[str, int]:
        """Return when files of a directory were written, by names less their ending."""
        try:
            names = [n for n in os.listdir(self._path(path)) if n.endswith(ending)]
        except OSError as error:
            raise host_error(error) from None  # the cause holds the path
        length = -len(ending)
        if self._recorded:
            return {n[:length]: self.facts(f"{path}/{n}").modified for n in names}
        found: dict[str, int] = {}
        for name in names:
            try:
                found[name[:length]] = int(os.stat(f"{path}/{name}").st_mtime)
            except OSError:  # removed since it was listed
                continue
        return found

    def link(self, path: str) -> str:
        """Return the target of a symbolic link."""
        try:
            target = os.readlink(self._itself(path))
        except OSError as error:
            if error.errno == errno.EINVAL:
                reason = "not-a-link"
                raise NotFoundError(reason) from None  # the cause holds the path
            raise host_error(error) from None  # the cause holds the path
        if target.isascii():
            return target
        return target.encode("utf-8", "surrogateescape").decode("utf-8", "replace")

    def facts(self, path: str) -> FileFacts:
        """Return size, times, inode and owner, following links."""
        recorded = self._facts.get("facts")
        if isinstance(recorded, Mapping) and isinstance(recorded.get(path), FileFacts):
            known: FileFacts = recorded[path]
            return known
        try:
            found = os.stat(self._path(path))
        except OSError as error:
            raise host_error(error) from None  # the cause holds the path
        return FileFacts(
            found.st_size,
            int(found.st_mtime),
            found.st_ino,
            found.st_dev,
            found.st_uid,
            stat.S_IMODE(found.st_mode),
        )

    def usage(self, path: str) -> DiskUsage:
        """Return the space of the file system mounted at a path."""
        if self._recorded:
            recorded = self._facts.get("usage")
            if isinstance(recorded, Mapping):
                known: object = recorded.get(path)
                if isinstance(known, DiskUsage):
                    return known
            reason = "not-recorded"
            raise NotFoundError(reason)
        try:
            found = os.statvfs(self._path(path))
        except OSError as error:
            raise host_error(error) from None  # the cause holds the path
        unit = found.f_frsize
        return DiskUsage(
            found.f_blocks * unit,
            (found.f_blocks - found.f_bfree) * unit,
            found.f_bavail * unit,
        )

    def kernel(self) -> KernelFacts:
        """Return the kernel's name, release and architecture."""
        if self._recorded:
            known = self._facts.get("kernel")
            if isinstance(known, KernelFacts):
                return known
            reason = "not-recorded"
            raise NotFoundError(reason)
        return KernelFacts(*os.uname())

    def interfaces(self) -> Sequence[InterfaceFacts]:
        """Return network interfaces with addresses."""
        if self._recorded:
            return recorded(self._facts, "interfaces", InterfaceFacts)
        from agent.host import links, netlink  # noqa: PLC0415 - opens sockets

        try:
            return links.parse_links(*netlink.interfaces(), self._speed)
        except UnsupportedError:  # a kernel without it: the C library may know a way
            from agent.host import library  # noqa: PLC0415 - loads psutil

            return library.interfaces()

    def _speed(self, name: str) -> int:
        """Return the speed of an interface; 0 where it has none, as while it is down.

        A name of an interface has no slash, so it names no other file.
        """
        try:
            told = self.read_part(f"/sys/class/net/{name}/speed", 0, _FIRST_CHUNK)
        except HostError:
            return 0
        digits = told.strip()
        return int(digits) if digits.isdigit() and len(digits) < _DIGITS else 0

    def gateways(self) -> Sequence[GatewayFacts]:
        """Return IPv4 default gateways, from the kernel's table of routes."""
        if "gateways" in self._facts:
            return recorded(self._facts, "gateways", GatewayFacts)
        from agent.host.routes import default_gateways  # noqa: PLC0415 - as above

        return tuple(default_gateways(self.read("/proc/net/route")))

    def neighbours(self) -> Sequence[NeighbourFacts]:
        """Return the machines next to this one; without netlink those of IPv4 only."""
        if "neighbours" in self._facts:
            return recorded(self._facts, "neighbours", NeighbourFacts)
        from agent.host import neighbours  # noqa: PLC0415 - not in the resident process

        if not self._recorded:
            from agent.host import netlink  # noqa: PLC0415 - opens sockets

            with suppress(UnsupportedError):  # a service may be shut off from netlink
                return tuple(neighbours.parse_netlink(*netlink.neighbours()))
        return tuple(neighbours.parse_arp(self.read(neighbours.TABLE)))

    def radios(self, fields: frozenset[str]) -> Sequence[RadioFacts]:
        """Return wireless cards, and of what they are connected to the named fields."""
        if self._recorded:
            return recorded(self._facts, "radios", RadioFacts)
        from agent.host import netlink  # noqa: PLC0415 - opens sockets

        return netlink.radios(fields)

    def sessions(self) -> Sequence[SessionFacts]:
        """Return signed-in sessions, as utmp has them."""
        if "sessions" in self._facts:
            return recorded(self._facts, "sessions", SessionFacts)
        from agent.host import utmp  # noqa: PLC0415 - not in the resident process

        return tuple(utmp.sessions(self))

    def run(self, program: Program, *arguments: str) -> bytes:
        """Run a program of the fixed list; bounded in time and output."""
        if self._recorded:
            name = program.value.rpartition("/")[2]
            output = self._programs.get(" ".join((name, *arguments)))
            output = self._programs.get(name) if output is None else output
            if output is None:
                reason = "program-not-installed"
                raise NotFoundError(reason)
            self.meter.take(len(output))
            return output
        from agent.host.program import TOLD, run_program  # noqa: PLC0415 - costs 6 ms

        command = (program.value, *arguments)
        known = self._answered.get(command)
        if known is not None:
            return known
        tells = program is Program.WALL
        output = run_program(
            command,
            NOTICE_SECONDS if tells else PROGRAM_SECONDS,
            PROGRAM_OUTPUT_LIMIT,
            GOOD_CODES.get(program, (0,)),
            TOLD if tells else None,
        )
        self.meter.take(len(output))
        if program in SLOW:
            self._answered[command] = output
        return output

    def once(self, source: str, make: Callable[[], Found]) -> Found:
        """Return what a dear source tells, worked out once for a pass's datasets."""
        if source not in self._told:
            self._told[source] = make()
        return self._told[source]

    def ask_root(
        self, verb: RootVerb, columns: frozenset[str]
    ) -> Sequence[dict[str, str]]:
        """Ask the root side; it is this process where that is root's."""
        euid = self._facts.get("euid") if self._recorded else os.geteuid()
        if euid != 0:
            from agent.host import root_socket  # noqa: PLC0415 - opens a socket

            return root_socket.ask(verb, columns, self.meter, there=not self._recorded)
        return root_side.answer(self, verb, columns, self._allowed)

    def ask_sidecar(
        self, verb: SidecarVerb, columns: frozenset[str], networks: Sequence[str]
    ) -> SidecarFacts:
        """Ask the child with raw sockets; a recorded machine has what is recorded."""
        if self._recorded:
            return recorded_sidecar(self._facts, verb, columns)
        if not networks:  # as the seam would say, which costs 7 ms to load
            reason = "not-in-plan"
            raise DeniedError(reason)
        from agent.sidecar import seam  # noqa: PLC0415 - few machines ask it

        return seam.answer(self, verb, columns, networks, self._allowed)

    def ask_probe(
        self, verb: ProbeVerb, columns: frozenset[str], asked: Mapping[str, str]
    ) -> SidecarFacts:
        """Ask what an order asks for; a recorded machine has what is recorded."""
        if self._recorded:
            return recorded_probe(self._facts, verb, columns)
        from agent.sidecar import probe_seam  # noqa: PLC0415 - when asked for

        return probe_seam.answer(self, verb, columns, asked, self._allowed)

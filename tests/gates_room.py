# SPDX-License-Identifier: Apache-2.0
"""Several gates before one PostgreSQL store, each a process with a folder of its own.

Rules: gates are started by the command, as their own role, from a copy of the gate's
folder and nothing else; who talks to them plays the balancer, and says whom it brings.
Not here: any expectation.
"""

import http.client
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import postgres_fixture
from collector_process import BIN
from free_ports import free_port
from installation_fixture import CBOR, Installation, Reply, install, pinned
from postgres_fixture import Cluster

from server.processes import Process
from server.store.postgres import roles
from server.store.postgres.migrating import migrate
from server.store.postgres.store import PostgresStore
from server.store.postgres.where import where

DATABASE = "fleet"
LISTENING = "listening on "
PATIENCE_SECONDS = 60.0


@dataclass
class Gate:
    """One gate, which is started and ended at will."""

    folder: Path
    store: str
    more: tuple[str, ...] = ()
    process: subprocess.Popen[str] | None = None
    port: int = field(default_factory=free_port)

    def bring(self, files: Path) -> None:
        """Give it its folder, and nothing else of a collector."""
        self.folder.mkdir(mode=0o700)
        shutil.copytree(files, self.folder / "gate")

    def start(self) -> None:
        """Start it, and wait until it listens."""
        command = [BIN / "discreet-server", "--directory", self.folder, "gate"]
        where_to = ["--host", "127.0.0.1", "--port", str(self.port)]
        self.process = subprocess.Popen(
            [*command, "--store", self.store, *where_to, *self.more],
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stderr is not None
        line = self.process.stderr.readline()
        assert LISTENING in line, line + self.process.stderr.read()
        self.port = int(line.rpartition(":")[2])
        threading.Thread(target=self._listen, daemon=True).start()

    def end(self, number: int = signal.SIGTERM) -> int:
        """End it by a signal; returns its exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_SECONDS)

    def _listen(self) -> None:
        assert self.process is not None
        assert self.process.stderr is not None
        for _ in self.process.stderr:
            pass  # it would wait for room in the pipe


@dataclass
class Gates:
    """Gates, the store that they share, and the database under it."""

    made: Installation
    cluster: Cluster
    every: list[Gate]

    @property
    def store(self) -> PostgresStore:
        """Return the store as its owner has it."""
        found = self.made.store
        assert isinstance(found, PostgresStore)
        return found

    def as_process(self, role: Process) -> PostgresStore:
        """Open the store as another process does."""
        return PostgresStore(where(self.cluster.over_tls(DATABASE), role.value))

    def ask(
        self,
        gate: Gate,
        method: str,
        path: str,
        body: bytes | None = None,
        source: str = "192.0.2.1",
    ) -> Reply:
        """Send one request as a balancer passes it on, on a connection of its own."""
        plain = socket.create_connection(("127.0.0.1", gate.port), 30)
        with plain:
            plain.sendall(brings(source))
            context = pinned(self.made.authority)
            connection = http.client.HTTPSConnection("127.0.0.1", timeout=30)
            with context.wrap_socket(plain, server_hostname="127.0.0.1") as line:
                connection.sock = line
                connection.request(method, path, body, {"Content-Type": CBOR})
                answer = connection.getresponse()
                return Reply(answer.status, answer.headers, answer.read())

    def asked(
        self, gate: Gate, path: str, body: bytes, source: str = "192.0.2.1"
    ) -> Reply | None:
        """Post something; none where the gate is not there, or goes away."""
        with suppress(OSError, http.client.HTTPException):
            return self.ask(gate, "POST", path, body, source)
        return None


def brings(source: str) -> bytes:
    """Return the PROXY header by which a balancer says whom it brings."""
    addresses = socket.inet_aton(source) + socket.inet_aton("127.0.0.1")
    rest = addresses + struct.pack(">HH", 5_000, 8_443)
    return b"\r\n\r\n\x00\r\nQUIT\n\x21\x11" + struct.pack(">H", len(rest)) + rest


@contextmanager
def prepared() -> Iterator[Cluster]:
    """Run a server that may be killed, prepared as a database's administrator does."""
    cluster = postgres_fixture.make_cluster()
    try:
        cluster.execute(f"CREATE DATABASE {DATABASE}")
        migrate(cluster.where(DATABASE))
        roles.apply(cluster.where(DATABASE))
        yield cluster
    finally:
        postgres_fixture.end_cluster(cluster)


@contextmanager
def gates(
    folder: Path,
    count: int = 3,
    drain: str = "1s",
    balancer: str = "127.0.0.1",
    also: tuple[str, ...] = (),
) -> Iterator[Gates]:
    """Run gates before a database of their own, prepared as administrators do."""
    with prepared() as cluster:
        (folder / "keys").mkdir(mode=0o700)
        first = install(folder / "keys")
        first.store.close()
        store = PostgresStore(cluster.where(DATABASE))
        made = replace(first, store=store)  # type: ignore[arg-type] # as any store
        store.publish(made.tenant, made.bundle)
        address = cluster.over_tls(DATABASE, Process.GATE.value)
        more = "--balancer", balancer, "--drain", drain, *also
        every = [
            Gate(folder / f"gate{number}", address, more) for number in range(count)
        ]
        for gate in every:
            gate.bring(made.layout.gate)
            gate.start()
        yield Gates(made, cluster, every)
        for gate in every:
            gate.end()
        store.close()


def until(
    what: str, seen: Callable[[], bool], seconds: float = PATIENCE_SECONDS
) -> None:
    """Return when something is seen."""
    end = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < end, what
        time.sleep(0.02)

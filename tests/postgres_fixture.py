# SPDX-License-Identifier: Apache-2.0
"""A real PostgreSQL of its own: in a temporary folder, by an unprivileged user.

Rules: it listens on a socket in its folder, and with TLS on this machine alone; one
serves a process's tests, each in a database of its own; it ends with the process.
Not here: what is stored in it (`store_room.py`).
"""

import atexit
import functools
import itertools
import os
import pwd
import shutil
import signal
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
from free_ports import free_port
from tls_fixture import authority, server_credential

from server.store.postgres.migrating import migrate
from server.store.postgres.where import Where, where

BINARIES = next(
    (one for one in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)),
    Path("/nowhere"),
)
MISSING = not (BINARIES / "initdb").exists()
"""For `skipif`: install postgresql."""
MEMORY = "/dev/shm"  # noqa: S108 - a socket's path is short
"""A database for each test is many files; what a killed process wrote stays there."""
ROOM_BYTES = 1_024 * 1_024 * 1_024
PATIENCE_SECONDS = 240.0
"""The machine may be busy."""
TEMPLATE = "migrated"
_SETTINGS = """
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{folder}'
ssl = on
ssl_cert_file = '{folder}/server.pem'
ssl_key_file = '{folder}/server.key'
shared_buffers = 32MB
max_connections = 60
log_min_messages = fatal
max_wal_size = 64MB
"""
_ACCESS = """
local all all trust
hostssl all all 127.0.0.1/32 trust
"""
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Cluster:
    """A server and its files.

    Attributes:
        folder: of its socket, data and certificate.
        port: on this machine, and the socket's number.
        user: who runs it.
    """

    folder: Path
    port: int
    user: str

    @property
    def signer(self) -> Path:
        """Return the file of who signed its certificate."""
        return self.folder / "authority.pem"

    def address(self, database: str = "postgres", more: str = "") -> str:
        """Return a database's address over the socket."""
        place = f"host={self.folder}&port={self.port}{more}"
        return f"postgresql://{self.user}@/{database}?{place}"

    def over_tls(self, database: str, user: str = "") -> str:
        """Return a database's address over TLS."""
        scheme, rest = self.for_each(database).split("//")
        return f"{scheme}//{user or self.user}@{rest}"

    def for_each(self, database: str) -> str:
        """Return the same without a user: each process of a collector adds its own."""
        proof = f"sslmode=verify-full&sslrootcert={self.signer}"
        return f"postgresql://localhost:{self.port}/{database}?{proof}"

    def where(self, database: str) -> Where:
        """Return the place of a database."""
        return where(self.address(database))

    def start(self) -> None:
        """Start it and wait until it answers."""
        log = self.folder / "log"
        self._control("start", "-w", "-l", str(log), "-t", str(int(PATIENCE_SECONDS)))

    def stop(self) -> None:
        """Stop it at once, in order."""
        with suppress(subprocess.CalledProcessError):
            self._control("stop", "-m", "immediate", "-w")

    def kill(self) -> None:
        """Kill the postmaster as a crash would, and wait for its children's end."""
        pid = int((self.folder / "data/postmaster.pid").read_text().split()[0])
        children = [int(one) for one in _children(pid)]
        os.kill(pid, signal.SIGKILL)
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        until = time.monotonic() + PATIENCE_SECONDS
        while any(Path(f"/proc/{one}").exists() for one in (pid, *children)):
            if time.monotonic() > until:
                msg = "the killed server does not end"
                raise TimeoutError(msg)
            time.sleep(0.01)  # it is waited for, not guessed
        (self.folder / "data/postmaster.pid").unlink(missing_ok=True)

    def execute(self, statement: str, database: str = "postgres") -> None:
        """Run a statement outside of any transaction."""
        with psycopg.connect(self.address(database), autocommit=True) as connection:
            connection.execute(statement)

    def _control(self, *words: str) -> None:
        data = ("-D", str(self.folder / "data"))
        command = [str(BINARIES / "pg_ctl"), *words, *data]
        run_as(self.user, command)


def _children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def run_as(user: str, command: list[str]) -> None:
    """Run a program as somebody else, where this is root."""
    if os.geteuid() == 0:
        command = ["setpriv", f"--reuid={user}", "--clear-groups", *command]
    quiet = subprocess.DEVNULL
    subprocess.run(command, check=True, stdout=quiet, stderr=quiet, cwd="/")


def _write_certificate(folder: Path) -> None:
    signer = authority()
    leaf = server_credential(signer)
    for name, one in (("authority", signer), ("server", leaf)):
        text = ssl.DER_cert_to_PEM_cert(one.certificate)
        (folder / f"{name}.pem").write_text(text)
    key = folder / "server.key"
    key.touch(mode=0o600)
    key.write_bytes(leaf.key)


def _where() -> str:
    """Return where a server's files go: into memory, if there is enough of it."""
    memory = os.access(MEMORY, os.W_OK)
    roomy = memory and shutil.disk_usage(MEMORY).free > ROOM_BYTES
    return MEMORY if roomy else tempfile.gettempdir()


def make_cluster() -> Cluster:
    """Make a server that runs; whoever made it ends it."""
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    folder = Path(tempfile.mkdtemp(prefix="pg", dir=_where()))
    made = Cluster(folder, port := free_port(), user)
    _write_certificate(folder)
    if os.geteuid() == 0:
        for path in (folder, *folder.iterdir()):
            shutil.chown(path, user)
    initdb = [str(BINARIES / "initdb"), "-D", str(folder / "data"), "-A", "trust"]
    run_as(user, [*initdb, "-E", "UTF8", "--locale=C", "--no-sync"])
    with (folder / "data/postgresql.conf").open("a") as file:
        file.write(_SETTINGS.format(folder=folder, port=port))
    (folder / "data/pg_hba.conf").write_text(_ACCESS)
    made.start()
    return made


def end_cluster(made: Cluster) -> None:
    """Stop a server and remove its files."""
    made.stop()
    shutil.rmtree(made.folder, ignore_errors=True)


@functools.cache
def shared() -> Cluster:
    """Return the server of this process's tests, with an empty store to copy."""
    made = make_cluster()
    atexit.register(end_cluster, made)
    made.execute(f"CREATE DATABASE {TEMPLATE}")
    migrate(made.where(TEMPLATE))
    return made


@contextmanager
def database(cluster: Cluster, template: str = TEMPLATE) -> Iterator[str]:
    """Give a test a database of its own, with an empty store in it."""
    name = f"test{next(_numbers)}"
    cluster.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield name
    cluster.execute(f"DROP DATABASE {name} WITH (FORCE)")

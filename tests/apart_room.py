# SPDX-License-Identifier: Apache-2.0
"""A machine whose collector runs apart, and the database that it stores in.

Rules: the database wants each process's own password, over TLS with a verified name;
what a taken-over process could do is tried as its user, by the product's own Python.
Not here: any expectation.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import postgres_fixture
from machine_fixture import Machine
from postgres_fixture import Cluster

from server.processes import Process
from server.store.postgres import roles
from server.store.postgres.migrating import migrate
from server.store.postgres.where import where

PLACE = "/var/lib/discreet-server"
MASTER = "/var/lib/discreet-server-master"
DATABASE = "fleet"
SIGNER = "/etc/ssl/db-ca.pem"
PYTHON = "/usr/lib/discreet-server/bin/python3"
PARTS = ("office", "keeper", "reader", "console", "gate")
USERS = {
    "office": "discreet-server",
    **{part: f"discreet-{part}" for part in PARTS[1:]},
}
UNITS = {
    **{part: f"discreet-server-{part}" for part in PARTS},
    "gate": "discreet-server-gate-apart",
}
HOMES = {part: f"/var/lib/discreet-{part}" for part in PARTS}
_ACCESS = """
local all all trust
hostssl all postgres 127.0.0.1/32 trust
hostssl all all 127.0.0.1/32 scram-sha-256
"""


@dataclass(frozen=True)
class Database:
    """A database that wants a password of each process.

    Attributes:
        cluster: its server.
        passwords: of each role.
    """

    cluster: Cluster
    passwords: dict[Process, str]

    def address(self, user: str = "", more: str = "") -> str:
        """Return its address, for the machine."""
        name = f"{user}@" if user else ""
        proof = f"sslmode=verify-full&sslrootcert={SIGNER}"
        place = f"localhost:{self.cluster.port}/{DATABASE}"
        return f"postgresql://{name}{place}?{proof}{more}"

    def address_of(self, part: str) -> str:
        """Return the address by which a part finds its own password."""
        return self.address(more=f"&passfile={HOMES[part]}/pgpass")

    def prepare(self, host: Machine) -> None:
        """Give each user of a machine its password, and all the signer."""
        host.write(SIGNER, self.cluster.signer.read_text())
        host.shell(
            "grep -q localhost /etc/hosts || echo 127.0.0.1 localhost >> /etc/hosts"
        )
        for role, password in self.passwords.items():
            part = role.name.lower()
            line = f"localhost:{self.cluster.port}:*:{role.value}:{password}\n"
            user, home = USERS[part], HOMES[part]
            host.ask("install", "-d", "-m", "700", "-o", user, "-g", user, home)
            host.write(f"{home}/pgpass", line, 0o600)
            host.ask("chown", f"{user}:", f"{home}/pgpass")

    def settings(self) -> str:
        """Return `[store]` of config.toml."""
        lines = ["", "[store]", f'address = "{self.address()}"']
        parts = (role.name.lower() for role in self.passwords)
        lines += [f'{part} = "{self.address_of(part)}"' for part in parts]
        return "\n".join([*lines, ""])


@contextmanager
def database() -> Iterator[Database]:
    """Run a server with an empty store, whose roles have passwords."""
    cluster = postgres_fixture.make_cluster()
    try:
        cluster.execute(f"CREATE DATABASE {DATABASE}")
        migrate(cluster.where(DATABASE))
        roles.apply(where(cluster.address(DATABASE)))
        found = {role: secrets.token_hex(16) for role in Process}
        for role, password in found.items():
            cluster.execute(f"ALTER ROLE {role.value} PASSWORD '{password}'")
        (cluster.folder / "data" / "pg_hba.conf").write_text(_ACCESS)
        cluster.execute("SELECT pg_reload_conf()")
        yield Database(cluster, found)
    finally:
        postgres_fixture.end_cluster(cluster)


def as_user(part: str, *command: str) -> tuple[str, ...]:
    """Return a command as the user of a part runs it."""
    return ("runuser", "-u", USERS[part], "--", *command)


def command(*words: str) -> tuple[str, ...]:
    """Return a command of `discreet-server`, as its administrators run it."""
    return as_user("office", "discreet-server", "--directory", PLACE, *words)


def python(part: str, script: str) -> tuple[str, ...]:
    """Return a script in the product's Python, as whoever took over a part runs it."""
    return as_user(part, PYTHON, "-I", "-c", script)


def tried(host: Machine, part: str, *paths: str) -> dict[str, str]:
    """Return what a part's user may do with files: r, w, both or nothing.

    They are really opened, as files to read and to write.
    """
    script = (
        "import os, sys\n"
        "for path in sys.argv[1:]:\n"
        "    may = ''\n"
        "    for sign, flag in (('r', os.O_RDONLY), ('w', os.O_WRONLY)):\n"
        "        try:\n"
        "            os.close(os.open(path, flag))\n"
        "            may += sign\n"
        "        except PermissionError:\n"
        "            pass\n"
        "    print(path, may)\n"
    )
    said = host.ask(*python(part, script), *paths)
    return dict(line.partition(" ")[::2] for line in said.splitlines())


_LISTENS = """
import os, sys
from pathlib import Path
lines = [line.split() for name in ("tcp", "tcp6")
         for line in Path("/proc/net", name).read_text().splitlines()[1:]]
ours = {f"socket:[{one[9]}]" for one in lines if one[3] == "0A"}
held = {os.readlink(f) for f in Path("/proc", sys.argv[1], "fd").iterdir()}
print(len(ours & held))
"""


def ports(host: Machine, part: str) -> int:
    """Return at how many TCP ports the process of a part's unit listens."""
    (pid,) = host.unit(UNITS[part], "MainPID")
    return int(host.ask(PYTHON, "-I", "-c", _LISTENS, pid))

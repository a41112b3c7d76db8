# SPDX-License-Identifier: Apache-2.0
"""An installed collector divided among users, on a machine that systemd runs.

Rules: the real package, units and users, a real PostgreSQL; what a taken-over process
could do is tried as its user; an agent and a person's console are outside.
Not here: the table of rights (`tests/unit/server/test_apart_places.py`).
"""

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from apart_room import (
    MASTER,
    PARTS,
    PLACE,
    UNITS,
    USERS,
    Database,
    as_user,
    command,
    database,
    ports,
    python,
    tried,
)
from collector_process import free_port, run
from machine_fixture import Machine, machine
from package_fixture import built
from postgres_fixture import MISSING

pytestmark = [
    pytest.mark.packaging,
    pytest.mark.postgres,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(MISSING, reason="PostgreSQL is not installed"),
]

WHOLE, APART = "discreet-server.service", "discreet-server.target"
READ = ("query", "--purpose", "administration", "--reason", "a test")
SYSTEMS = "SELECT count(*) FROM operating_systems"
RIGHTS = ("--role", "technician", "--purpose", "administration")
TRAINED = ("--trained-until", "2999-12-31")
KEYRING, LEDGER = f"{PLACE}/keyring/keyring.sqlite", f"{PLACE}/ledger/ledger.sqlite"
PEOPLE, REGISTER = f"{PLACE}/access/people.sqlite", f"{PLACE}/keeper/keeper.sqlite"
POLICY_KEY, GATE_KEY = f"{PLACE}/authority/policy.key", f"{PLACE}/gate/gate.key"
_DELETE = """
import psycopg
address = {address!r}
with psycopg.connect(address, user={role!r}) as connection:
    connection.execute("DELETE FROM discreet.envelopes")
    connection.rollback()
"""
_UNWRAP = """
import sqlite3
with sqlite3.connect({path!r}, isolation_level=None) as connection:
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("DELETE FROM secrets")
    connection.execute("ROLLBACK")
"""
_ASK = """
from pathlib import Path
from server.desk.asking import ask
print(list(ask(Path({path!r}), {question!r})))
"""


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Machine]:
    """Yield a machine on which nothing was installed."""
    with machine(tmp_path, megabytes=1500) as made:
        yield made


@pytest.fixture
def store() -> Iterator[Database]:
    """Yield a database that wants each process's password."""
    with database() as made:
        yield made


def reads(host: Machine) -> str:
    """Return what somebody who may sees of what arrived."""
    asked = command(*READ, SYSTEMS)
    host.await_("it lets people read", shlex.join(asked))  # its keeper begins first
    return host.ask(*asked)


def up(host: Machine) -> None:
    """Require that each part is at work as its own user, in a unit of its own."""
    for part in PARTS:
        unit = UNITS[part]
        state, pid = host.unit(unit, "ActiveState", "MainPID")
        assert state == "active", host.journal()
        owner = host.ask("ps", "-o", "user:32=", "-p", pid).strip()
        assert owner == USERS[part]


def migrate(host: Machine, store: Database, console: str) -> None:
    """Take an installed collector to the database and apart, as the how-to says."""
    host.ask("systemctl", "stop", WHOLE)
    store.prepare(host)
    host.ask(*command("store", "copy", store.address("postgres")))
    host.ask("rm", "-r", f"{PLACE}/store")
    host.ask(*command("keeper", "clock"), fails=True)
    text = f"{console}{store.settings()}"
    with (host.root / PLACE.lstrip("/") / "config.toml").open("a") as file:
        file.write(text)
    assert "systemctl start discreet-server.target" in host.ask(
        "discreet-server", "apart"
    )
    host.ask("systemctl", "start", APART)
    up(host)


def test_a_collector_is_divided_among_users(
    host: Machine, store: Database, tmp_path: Path
) -> None:
    """One that ran as one user runs apart, takes in, is read, is stopped, is joined."""
    host.ask("dpkg", "-i", host.put(next(built("server", "deb").glob("*.deb"))))
    port, shown = free_port(), free_port()
    url, origin = f"https://127.0.0.1:{port}", f"https://localhost:{shown}"
    init = ("init", "--tenant", "Test", "--url", url, "--policy", "standard")
    host.ask(*command(*init))
    host.ask("systemctl", "start", WHOLE)
    state = tmp_path / "agent"
    run("discreet-agent", "enrol", host.ask(*command("token")).split()[-1], state=state)
    run("discreet-agent", "once", state=state)
    assert "1 device" in reads(host)

    where = f'origin = "{origin}"\nrp_id = "localhost"\nhost = "127.0.0.1"'
    migrate(host, store, f"\n[console]\n{where}\n")
    run("discreet-agent", "once", state=state)
    assert "1 device" in reads(host)
    _by_console(host, origin, tmp_path)
    _taken_over(host, store)
    _refused(host)

    for part in ("reader", "keeper", "console", "office", "gate"):
        unit = UNITS[part]
        host.ask("systemctl", "stop", unit)
        assert host.unit(unit, "Result") == ["success"], host.journal()
        host.ask("systemctl", "start", unit)
    up(host)
    assert "1 device" in reads(host)
    host.reboot()
    host.await_("it is there again", f"systemctl is-active -q {APART}")
    assert host.unit(WHOLE, "ActiveState", "ConditionResult") == ["inactive", "no"]
    up(host)
    run("discreet-agent", "once", state=state)
    assert "1 device" in reads(host)
    assert "The ledger is whole" in host.ask(*command("ledger", "verify"))

    host.ask("systemctl", "stop", APART)
    host.ask("discreet-server", "apart", "--undo")
    assert host.shell(f"find {PLACE} ! -user discreet-server ! -type l") == ""


def _by_console(host: Machine, origin: str, folder: Path) -> None:
    """Somebody at another machine signs in at the console, and reads."""
    away = folder / "away"
    away.mkdir()
    words = away / "words"
    words.write_text("correct horse battery staple")
    words.chmod(0o600)
    ca = host.root / PLACE.lstrip("/") / "authority" / "authority.der"
    (away / "authority.der").write_bytes(ca.read_bytes())
    locked = ("--passphrase-file", str(words))
    made = run(
        "discreet-server", "person", "key", str(away / "ann"), *locked, state=away
    )
    public = made.stdout.split('key = "')[1].split('"')[0]
    host.ask(*command("person", "invite", "--name", "Ann", *RIGHTS, *TRAINED))
    host.ask(*command("person", "add-key", "Ann", "--public", public))
    kept = ("--session", str(away / "session"))
    entered = ("--console", origin, "--key", str(away / "ann"), *locked)
    signer = ("--authority", str(away / "authority.der"))
    run("discreet-server", "remote", "sign-in", *entered, *signer, *kept, state=away)
    fields = ("purpose=administration", "reason=a test", f"sql={SYSTEMS}")
    sent = ("remote", "send", "/explore/csv", *fields, *kept)
    assert run("discreet-server", *sent, state=away).stdout.splitlines()[1] == "1"


def _taken_over(host: Machine, store: Database) -> None:
    """What each user can do is what its process needs."""
    (master,) = host.shell(f"ls {MASTER}/master-*.key").split()
    files = (KEYRING, master, LEDGER, PEOPLE, REGISTER, POLICY_KEY, GATE_KEY)
    wanted = {
        "gate": ("", "", "", "", "", "", "r"),
        "console": ("", "", "rw", "rw", "", "", ""),
        "reader": ("r", "r", "rw", "r", "r", "", ""),
        "keeper": ("rw", "rw", "rw", "r", "rw", "", ""),
        "office": ("rw",) * 7,
    }
    for part, may in wanted.items():
        assert tried(host, part, *files) == dict(zip(files, may, strict=True)), part
    # the files of databases' passwords are of nobody else
    secret = "/var/lib/discreet-keeper/pgpass"
    for part in ("gate", "reader", "console", "office"):
        assert tried(host, part, secret) == {secret: ""}

    for part, fails in (("reader", True), ("keeper", False)):
        role, address = f"discreet_{part}", store.address_of(part)
        script = _DELETE.format(address=address, role=role)
        said = host.ask(*python(part, script), fails=fails)
        assert ("permission denied" in said) is fails, said
        said = host.ask(*python(part, _UNWRAP.format(path=KEYRING)), fails=fails)
        assert ("readonly" in said) is fails, said

    for name, question in (
        ("keeper", {"act": "clock"}),
        ("reader", {"job": "fold"}),
        ("office", {"act": "fleet"}),
    ):
        path = f"{PLACE}/run/{name}/ask.sock"
        script = _ASK.format(path=path, question=question)
        assert "for nobody else" in host.ask(*python("console", script), fails=True)
        assert "may use" in host.ask(*python("gate", script), fails=True)
    found = {part: ports(host, part) for part in PARTS}
    assert found == dict.fromkeys(PARTS, 0) | {"console": 1, "gate": 1}


def _refused(host: Machine) -> None:
    """Each bad start ends in a sentence that says what to do."""
    root = ("discreet-server", "--directory", PLACE)
    for words, said in (
        ((*root, "reader"), "runs as discreet-reader"),
        (as_user("console", *root, "keeper"), "runs as discreet-keeper"),
        (as_user("reader", *root, "reader"), "another reader runs"),
        (as_user("keeper", *root, "keeper"), "another keeper runs"),
        ((*root, "serve"), "processes run apart"),
        ((*root, "apart"), "stop the collector first"),
        (command("apart"), "only root"),
    ):
        assert said in host.ask(*words, fails=True), words

# SPDX-License-Identifier: Apache-2.0
"""What the agent may have read that only root can: by whom, and by whose word.

Rules: real processes of three users, a real socket, real capabilities; what is read is
a file that only root can read.
Not here: the verbs themselves (`tests/contract/test_host.py`), systemd itself.
"""

import ctypes
import json
import os
import select
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from device_fixture import enrolled
from installation_fixture import YEAR, Installation, install

import policies
from agent.errors import DeniedError, HostError
from agent.host.interface import RootVerb
from agent.host.linux import LinuxHost
from agent.host.meter import Meter
from agent.identity import HELD
from agent.logs import Log
from agent.state import State, write
from wire import signed
from wire.policy import POLICY_STATEMENT, Policy, PolicyStatement
from wire.policy_source import compile_policy
from wire.signed import SignedKind
from wire.trust import BUNDLE

if sys.platform == "win32" or os.geteuid() != 0:
    pytest.skip("needs root, to be other users", allow_module_level=True)

from agent.host import root_socket
from agent.host.capabilities import DAC_READ_SEARCH, SYS_PTRACE, held, keep
from agent.privileged.belief import Belief
from agent.privileged.desk import serve
from agent.privileged.rights import confine, needed

pytestmark = pytest.mark.slow
AGENT, HELPER, STRANGER = 64_101, 64_102, 64_103
TABLE = b"5 4 * * 1 /usr/local/bin/backup --password hunter2\n"
COLUMNS = frozenset({"name", "schedule", "program"})
LINES = RootVerb.READ_CRONTABS
PATIENCE = 30.0


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Return a collector's keys and bundle, of the policy `full`."""
    full = compile_policy(policies.preset("full"), policies.catalogue(), "full.toml")
    return install(tmp_path_factory.mktemp("collector"), policy=full)


def bundle(made: Installation, version: int, policy: Policy, later: int = 0) -> bytes:
    """Return a bundle of the collector's with another policy."""
    first = BUNDLE.decode(made.bundle)
    told = POLICY_STATEMENT.decode(signed.read(first.policy, SignedKind.POLICY).payload)
    statement = PolicyStatement(
        made.tenant, version, told.issued - YEAR, told.issued + later, policy
    )
    octets = POLICY_STATEMENT.encode(statement)
    message = signed.sign(SignedKind.POLICY, octets, [made.roles.policy])
    return BUNDLE.encode(replace(first, policy=message))


@dataclass
class Machine:
    """An agent's state, what reads for it, and a socket between them.

    Attributes:
        state: of the user AGENT.
        belief: of the user HELPER.
        tree: what is read.
        socket: where to ask.
        log: what was refused.
    """

    state: State
    belief: Belief
    tree: Path
    socket: Path
    log: Path

    def ask(
        self,
        user: int = AGENT,
        verb: RootVerb = LINES,
        columns: frozenset[str] = COLUMNS,
    ) -> object:
        """Ask as the agent's code does, as a user; return rows or the refusal."""

        def work() -> bytes:
            try:
                return json.dumps(root_socket.ask(verb, columns, Meter())).encode()
            except HostError as problem:
                return json.dumps(f"{type(problem).__name__} {problem.reason}").encode()

        return json.loads(as_user(user, work))

    def put(self, octets: bytes) -> None:
        """Put another bundle into the agent's state, as its user."""
        write(self.state.bundle, octets)
        os.chown(self.state.bundle, AGENT, AGENT)

    def refused(self) -> list[str]:
        """Return the reasons of the log."""
        lines = self.log.read_text().splitlines()
        return [str(json.loads(line)["reason"]) for line in lines]


def as_user(user: int, work: Callable[[], bytes]) -> bytes:
    """Return what work returns in a process of a user without any right."""
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        with suppress(BaseException):
            os.setgroups([])
            os.setresgid(user, user, user)
            os.setresuid(user, user, user)
            os.write(writing, work())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    os.waitpid(process, 0)
    return told


def as_helper() -> None:
    """Become the user that the unit makes: no root, with two capabilities."""
    library = ctypes.CDLL(None)
    library.prctl(8, 1, 0, 0, 0)  # PR_SET_KEEPCAPS
    os.setgroups([])
    os.setresgid(HELPER, HELPER, HELPER)
    os.setresuid(HELPER, HELPER, HELPER)
    keep(1 << DAC_READ_SEARCH | 1 << SYS_PTRACE)


@contextmanager
def attending(machine: Machine) -> Iterator[None]:
    """Run the process that reads, as its own user, on a socket that root has made."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(machine.socket))
        machine.socket.chmod(0o666)  # a group that has the stranger in it
        listener.listen()
        process = os.fork()
        if process == 0:
            with suppress(BaseException):
                os.dup2(listener.fileno(), 3)
                log = Log(machine.log.open("w", buffering=1))
                as_helper()
                handed = {"LISTEN_PID": str(os.getpid())}
                host = LinuxHost(str(machine.tree))
                serve(machine.state, machine.belief, handed, log, PATIENCE, host)
            os._exit(0)
        try:
            yield
        finally:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)


@pytest.fixture
def machine(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Machine]:
    """Return a machine whose agent may ask."""
    with TemporaryDirectory() as folder:
        here = Path(folder)
        here.chmod(0o711)
        state = enrolled(here / "agent", installation)
        for path in (state.directory, *state.directory.iterdir()):
            os.chown(path, AGENT, AGENT)
        (here / "belief").mkdir(mode=0o700)
        os.chown(here / "belief", HELPER, HELPER)
        table = here / "tree/var/spool/cron/crontabs/ada"
        table.parent.mkdir(parents=True)
        table.write_bytes(TABLE)
        table.chmod(0o600)
        table.parent.chmod(0o700)
        made = Machine(
            *(state, Belief(here / "belief"), here / "tree", here / "root"),
            here / "log",
        )
        monkeypatch.setenv(root_socket.VARIABLE, str(made.socket))
        with attending(made):
            yield made


def test_what_only_root_can_read_comes_by_the_socket(machine: Machine) -> None:
    """The agent's user gets the planned columns, and of a command its program alone."""
    assert machine.ask() == [
        {"name": "crontab", "program": "backup", "schedule": "5 4 * * 1"}
    ]
    assert machine.refused() == []


def test_another_user_gets_nothing(machine: Machine) -> None:
    """Who is neither root nor whose the agent's state is gets no byte."""
    assert machine.ask(STRANGER) in {
        "DeniedError needs-root",  # let go before all was written
        "HostError no-answer-of-root",
    }
    assert machine.refused() == ["not-the-agent"]
    assert isinstance(machine.ask(), list)


def test_only_a_verb_can_be_asked(machine: Machine) -> None:
    """Any other word, and any line that is too long or has no end, gets nothing."""

    def said(line: bytes) -> bytes:
        def work() -> bytes:
            with socket.socket(socket.AF_UNIX) as made:
                made.settimeout(PATIENCE)
                made.connect(str(machine.socket))
                made.sendall(line)
                with suppress(ConnectionResetError):
                    return made.recv(1_000)
            return b""

        return as_user(AGENT, work)

    for line in (
        b"\n",
        b"read-file /etc/shadow\n",
        b"read-crontabs\n",
        b"READ-CRONTABS name\n",
        b"\xff\xfe name\n",
    ):
        assert said(line).startswith(b"no denied "), line
    assert said(b"read-crontabs " + b"name," * 4_000) == b""
    assert said(b"read-crontabs name") == b""  # silent: let go after two seconds
    assert isinstance(machine.ask(), list)


def test_only_columns_of_the_verb_and_of_the_plan_are_read(
    machine: Machine, installation: Installation
) -> None:
    """What a verb does not declare, or the policy does not have, is not read."""
    words = machine.ask(columns=frozenset({"name", "password"}))
    assert words == "DeniedError not-a-column-of-this-verb"
    minimal = compile_policy(
        policies.preset("minimal"), policies.catalogue(), "minimal.toml"
    )
    machine.put(bundle(installation, 2, minimal, YEAR))
    assert machine.ask() == "DeniedError not-in-plan"


def test_a_restriction_of_this_machine_holds_there_as_well(machine: Machine) -> None:
    """What `local.toml` takes away is not read, and nothing where it is damaged."""
    own = machine.state.restrictions
    own.write_text('deny = ["dataset:scheduled_tasks"]\n')
    assert machine.ask() == "DeniedError not-in-plan"
    own.write_text("nonsense")
    assert machine.ask() == "DeniedError restrictions-unreadable"


def test_an_older_policy_comes_back_to_nobody(
    machine: Machine, installation: Installation
) -> None:
    """A bundle that a newer one has followed allows nothing, though it is signed."""
    minimal = compile_policy(
        policies.preset("minimal"), policies.catalogue(), "minimal.toml"
    )
    machine.put(bundle(installation, 2, minimal, YEAR))
    assert machine.ask() == "DeniedError not-in-plan"
    machine.put(installation.bundle)
    assert machine.ask() == "DeniedError policy-stepped-back"


def test_a_policy_whose_time_is_over_allows_nothing(
    machine: Machine, installation: Installation
) -> None:
    """One that nobody renews ends here by this process's own clock."""
    old = POLICY_STATEMENT.decode(
        signed.read(
            BUNDLE.decode(installation.bundle).policy, SignedKind.POLICY
        ).payload
    )
    machine.put(bundle(installation, 2, old.policy, -1))
    assert machine.ask() == "DeniedError policy-expired"


def test_who_takes_over_the_agent_cannot_choose_whom_it_believes(
    machine: Machine, tmp_path: Path
) -> None:
    """Another root in the agent's files, with a policy of its own, allows nothing."""
    assert isinstance(machine.ask(), list)
    other = install(tmp_path)
    held_here = HELD.decode(machine.state.identity.read_bytes(), 2**20)
    root = BUNDLE.decode(other.bundle).roots[0]
    write(machine.state.identity, HELD.encode(replace(held_here, root=root)))
    machine.put(other.bundle)
    assert machine.ask() == "DeniedError policy-not-trusted"


@pytest.mark.parametrize("kind", ["link", "pipe", "large", "none"])
def test_a_file_that_is_none_is_not_followed(machine: Machine, kind: str) -> None:
    """A link to what only root reads, a pipe or a flood in a bundle's place is none."""
    place = machine.state.bundle
    place.unlink()
    if kind == "link":
        place.symlink_to("/etc/shadow")
    elif kind == "pipe":
        os.mkfifo(place)
    elif kind == "large":
        with place.open("wb") as file:
            file.truncate(2**31)
    assert machine.ask() == "DeniedError no-policy"


def test_a_child_keeps_its_own_verbs_rights(machine: Machine) -> None:
    """Reading tables of cron it can trace nobody; asking for sockets it can."""

    def kept(verb: RootVerb) -> int:
        reading, writing = os.pipe()
        process = os.fork()
        if process == 0:
            with suppress(BaseException):
                as_helper()
                confine(verb)
                os.write(writing, str(held()[1]).encode())
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            told = pipe.read()
        os.waitpid(process, 0)
        return int(told)

    assert kept(RootVerb.READ_CRONTABS) == 1 << DAC_READ_SEARCH
    assert kept(RootVerb.LIST_SOCKET_OWNERS) == needed(RootVerb.LIST_SOCKET_OWNERS)
    assert machine.refused() == []


def test_an_error_is_told_as_what_it_is(machine: Machine) -> None:
    """An error at the other end arrives as the same error here."""
    large = machine.tree / "etc/cups/printers.conf"
    large.parent.mkdir(parents=True)
    large.write_bytes(b"#" * 2**21)
    verb, columns = RootVerb.READ_PRINTERS, frozenset({"name"})
    assert machine.ask(verb=verb, columns=columns) == "TooLargeError source-too-large"


def test_without_anybody_there_the_agent_says_that_root_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no such process is installed the outcome is denied, as it always was."""
    monkeypatch.setenv(root_socket.VARIABLE, str(tmp_path / "none"))
    with pytest.raises(DeniedError, match="needs-root"):
        root_socket.ask(LINES, COLUMNS, Meter())


def test_only_root_s_own_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket of another user's in its place is not asked."""
    with TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as made:
        Path(folder).chmod(0o711)
        path = Path(folder) / "root"
        made.bind(str(path))
        path.chmod(0o666)
        process = os.fork()
        if process == 0:
            with suppress(BaseException):
                os.setresuid(STRANGER, STRANGER, STRANGER)
                made.listen()  # who listens is whom the kernel names
                select.select([], [], [], PATIENCE)
            os._exit(0)
        monkeypatch.setenv(root_socket.VARIABLE, str(path))
        try:
            while b"LISTEN" not in _state(path):
                select.select([], [], [], 0.01)
            told = as_user(AGENT, _refusal)
        finally:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
    assert told == b"needs-root"


def _state(path: Path) -> bytes:
    """Return whether somebody listens: flag 00010000 of the kernel's table."""
    lines = Path("/proc/net/unix").read_bytes().splitlines()
    mine = [line.split()[3] for line in lines if line.endswith(str(path).encode())]
    return b"LISTEN" if b"00010000" in mine else b""


def _refusal() -> bytes:
    try:
        root_socket.ask(LINES, COLUMNS, Meter())
    except DeniedError as problem:
        return problem.reason.encode()
    return b"asked"

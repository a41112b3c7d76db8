# SPDX-License-Identifier: Apache-2.0
"""An agent and a collector on disk, as they stand in the middle of a story; copies.

Rules: all processes are forks of one that has imported everything, so that a trial
costs tenths of a second; no database is open across a fork; TLS is real, on loopback;
a gate that is not watched ends by SIGKILL, which it has to bear at any moment.
Not here: the agent's story (`story.py`), killing (`kill.py`).
"""

import os
import signal
import socket
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from folder_image import FolderImage, image_of
from installation_fixture import Installation, install

from agent import enrolment, identity
from agent.delivery.polling import About
from agent.errors import AgentError
from agent.spool.spool import open_spool
from agent.state import State
from server.gate import process
from server.gate.process import Options
from server.layout import Layout
from server.reader.duties import sign_marks
from server.store.sqlite import open_store
from tests.kills.story import Story
from wire.body import values_of
from wire.token import format_token
from wire.trust import Trusted
from wire.unsealing import unseal

_BEGUN, _LINES = 6, 9
"""Lines that the scene begins with and that its story ends with."""
_METRICS = range(_LINES, 12)
"""Lines after them, which a quick pass of the story hands over."""
_ROUNDS = 20


@dataclass(frozen=True, slots=True)
class Scene:
    """An agent and a collector.

    Attributes:
        made: the installation; its store is closed.
        folder: where both have their files.
        listener: the socket that gates answer on; it outlives each.
        device: the device's public signing key.
        planted: a defect of the agent's story; none where empty.
        image: its files as they lie in the beginning.
        trust: what the agent's bundle makes trusted; nothing changes it.
    """

    made: Installation
    folder: Path
    listener: socket.socket
    device: bytes
    planted: str = ""
    image: FolderImage | None = None
    trust: Trusted | None = None

    @property
    def story(self) -> Story:
        """Return the agent's story."""
        folder = self.folder / "agent"
        return Story(
            folder,
            _LINES,
            planted=self.planted,
            trust=self.trust,
            metrics=_METRICS,
        )

    @property
    def layout(self) -> Layout:
        """Return where the collector has its files."""
        return Layout(self.folder / "collector")

    def options(self) -> Options:
        """Return what the gate is started with, which closes the socket of its own."""
        gate, store = self.layout.gate, str(self.layout.store)
        fd = os.dup(self.listener.fileno())
        return Options(gate, store, "", 0, fd, None, lifeline=False)

    def copy(self, folder: Path) -> "Scene":
        """Return a scene that stands where this one does, in another folder."""
        assert self.image is not None
        self.image.lay(folder)
        return replace(self, folder=folder)


def begin(folder: Path, planted: str = "") -> Scene:
    """Return a scene in the middle: half is stored and marked, the agent not told.

    Args:
        folder: where to put it; it does not exist.
        planted: a defect of the story from then on.
    """
    collector = folder / "collector"
    collector.mkdir(parents=True)
    made = install(collector)
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    url = f"https://127.0.0.1:{listener.getsockname()[1]}"
    token = format_token(made.token(url))
    made.store.close()
    state = State(folder / "agent")
    scene = Scene(made, folder, listener, b"")
    with gate(scene):
        who = enrolment.enrol(state, token, About("0.1.0", "Linux"))
        open_spool(state.spool, int(time.time())).close()
        forked(Story(state.directory, _BEGUN).whole)
    scene = replace(scene, device=who.signing.public, planted=planted)
    forked(lambda: mark(scene))
    trust = identity.trusted(state, who, int(time.time()))
    return replace(scene, image=image_of(folder), trust=trust)


def mark(scene: Scene) -> None:
    """Sign what the store holds without a hole, as the reader does."""
    store = open_store(scene.layout.store)
    sign_marks(store, scene.made.roles.store, int(time.time()))
    store.close()


def forked(work: Callable[[], object]) -> int:
    """Do work in a process of its own; return its exit code, or minus its signal."""
    return ended(fork(work))


def fork(work: Callable[[], object]) -> int:
    """Start work in a process of its own; return its number.

    It exits with 0, with 3 where the work says False, with 1 where it fails.
    """
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        code = 3 if work() is False else 0
    except AgentError:  # the other side was killed
        code = 1
    except Exception as problem:  # noqa: BLE001 - boundary: a fork tells by its code
        os.write(2, f"{type(problem).__name__}: {problem}\n".encode())
    finally:
        os._exit(code)


def ended(pid: int) -> int:
    """Wait for a process; return its exit code, or minus its signal."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def start_gate(scene: Scene, ready: Callable[[], None] = lambda: None) -> int:
    """Start the gate and wait until it listens; return its process number.

    Args:
        scene: whose.
        ready: called in its process once it listens.
    """
    heard, told = os.pipe()

    def listens(_: str) -> None:
        ready()
        os.close(told)

    def serve() -> None:
        os.close(heard)
        process.run(scene.options(), listens)

    pid = fork(serve)
    os.close(told)
    os.read(heard, 1)
    os.close(heard)
    return pid


@contextmanager
def gate(scene: Scene) -> Iterator[int]:
    """Run the gate; it is killed in the end, at rest."""
    pid = start_gate(scene)
    try:
        yield pid
    finally:
        os.kill(pid, signal.SIGKILL)
        ended(pid)


def healed(scene: Scene) -> bool:
    """Let agent and collector go on unharmed until the spool is empty."""
    with gate(scene):
        return forked(lambda: _heals(scene)) == 0


def _heals(scene: Scene) -> bool:
    """Tell the story again, then sign marks and exchange until nothing is left."""
    scene.story.whole()
    for _ in range(_ROUNDS):
        mark(scene)
        with suppress(AgentError):  # it asks again
            if scene.story.exchanges():
                return True
    return False


def visible(scene: Scene) -> Counter[int]:
    """Return how often each line can be read at the collector."""
    found: Counter[int] = Counter()
    with closing(sqlite3.connect(scene.layout.store)) as store:
        rows = store.execute("SELECT octets, key_id FROM envelopes").fetchall()
    for octets, key in rows:
        opening = scene.made.openings[bytes(key)]
        _, opened = unseal(bytes(octets), opening, scene.device)
        for table in opened.tables:
            column = next(one for one in table.columns if one.name == "time")
            found.update(values_of(column, table.rows))
    return found


def expected() -> Counter[int]:
    """Return what is to be read in the end: each line once."""
    return Counter((*range(_LINES), *_METRICS))

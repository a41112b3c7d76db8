# SPDX-License-Identifier: Apache-2.0
"""The sidecar's process: its limits, its rights, and how its end is told.

Rules: real processes, with limits so tight that they are met; no frame is sent.
Not here: what it finds (`tests/e2e/test_segment.py`).
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from agent.errors import BudgetError, HostError, UnsupportedError
from agent.sidecar.question import Link, Question, Task, decode_answer, encode_question
from agent.sidecar.start import MODULE, run, start
from wire import cbor

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="jobs: tests/wine"),
]
RIGHTS_NEEDED = 1 << 13 | 1 << 7 | 1 << 6
"""CAP_NET_RAW, CAP_SETUID and CAP_SETGID."""


def has_rights() -> bool:
    """Tell whether there is anything to give up."""
    status = Path("/proc/self/status").read_text()
    effective = status.partition("CapEff:")[2].split(maxsplit=1)[0]
    return int(effective, 16) & RIGHTS_NEEDED == RIGHTS_NEEDED


ROOT = pytest.mark.skipif(
    os.geteuid() != 0 or not has_rights(), reason="only root has rights to give up"
)
QUESTION = Question(
    Task.LISTEN, (Link("no-such-link"),), 100, packets=1, parent=os.getpid()
)
WITHOUT = """
import sys
sys.modules["scapy"] = None
from agent.sidecar.child import main
sys.exit(main(sys.argv[1:]))
"""
RIGHTS = """
import os, resource, socket, sys
from agent.sidecar.confined import give_up_rights, limit
from wire import cbor
def slug(call, *given):
    try:
        call(*given)
    except (OSError, ValueError) as error:
        return type(error).__name__
    return "done"
out = os.dup(1)
with open("/proc/self/status") as status:
    limit(256 << 20, 20, os.getppid())
    raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    given_up = give_up_rights(os.getppid())
    status.seek(0)
    said = {line.partition(":")[0]: line.partition(":")[2].strip() for line in status}
told = {
    "given up": given_up,
    "users": sorted(set(said["Uid"].split())),
    "groups": said["Groups"],
    "rights": sorted({said[name] for name in ("CapPrm", "CapEff", "CapBnd", "CapAmb")}),
    "no new ones": said["NoNewPrivs"],
    "raw socket": slug(socket.socket, socket.AF_PACKET, socket.SOCK_RAW, 0),
    "socket": slug(socket.socket, socket.AF_INET, socket.SOCK_STREAM),
    "file": slug(os.open, "/etc/hostname", os.O_RDONLY),
    "user": slug(os.setuid, 0),
    "process": slug(os.fork),
    "more memory": slug(resource.setrlimit, resource.RLIMIT_AS, (1 << 40, 1 << 40)),
    "core": resource.getrlimit(resource.RLIMIT_CORE)[0] <= 1,
}
os.write(out, cbor.encode(told))
"""


ASKS = """
import sys
from agent.errors import HostError
from agent.sidecar.question import Link, Question, Task, decode_answer
from agent.sidecar.start import run
try:
    found = run(Question(Task.LISTEN, (Link("lo"),), 100, packets=1))
    decode_answer(found, frozenset())
except HostError as problem:
    sys.stdout.write(problem.outcome + " " + problem.reason)
"""
EARLY = """
import socket, sys
from agent.sidecar import packet_link
from agent.sidecar.filters import REPLIES
plain = socket.socket
class Early(plain):
    def setsockopt(self, level, option, *value):
        self.talk()
        super().setsockopt(level, option, *value)
        self.talk()
    def talk(self):
        with plain(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.sendto(b"early", ("127.0.0.1", 9))
packet_link.socket.socket = Early
link = packet_link.PacketLink("lo", REPLIES, 64, own=True)
sys.stdout.write(str(len(packet_link.waiting([link], 0.2))))
"""
LOADS = """
import sys
import agent.pass_work, agent.sidecar.seam
from agent.collectors import collectors
assert "discovered_hosts" in collectors()
sys.exit(any(name.partition(".")[0] == "scapy" for name in sys.modules))
"""


def reason(program: Sequence[str], question: Question, seconds: float) -> str:
    """Run a program in the sidecar's place, and return how its end is told."""
    try:
        octets = start(program, encode_question(question), question, seconds)
        decode_answer(octets, frozenset())
    except HostError as problem:
        return problem.reason
    return ""


def test_without_scapy() -> None:
    """Where the makers' names are not installed, that is an outcome and no failure."""
    asked = replace(QUESTION, task=Task.SCAN)
    octets = start(("-I", "-c", WITHOUT), encode_question(asked), asked, 30)
    with pytest.raises(UnsupportedError) as told:
        decode_answer(octets, frozenset())
    assert told.value.reason == "no-scapy"


def test_orphan() -> None:
    """A sidecar whose agent was gone before it could ask to be told does nothing."""
    orphan = replace(QUESTION, parent=1)
    assert reason(("-I", "-m", MODULE), orphan, 30) == "sidecar-crashed"


def test_out_of_memory() -> None:
    """A sidecar that needs more memory than it may have says so and is gone."""
    question = replace(QUESTION, task=Task.SCAN, memory=48 << 20)
    with pytest.raises(HostError) as told:
        decode_answer(run(question), frozenset())
    assert told.value.reason == "sidecar-memory-budget"


BURN = """
import os
from agent.sidecar.confined import limit
limit(1 << 30, 1, os.getppid())
while True: pass
"""


@pytest.mark.parametrize(
    ("program", "seconds", "expected"),
    [
        ("import time; time.sleep(60)", 0.5, "sidecar-time-budget"),
        (BURN, 60, "sidecar-processor-budget"),
        (
            "import sys; sys.stdout.write('x' * (5 << 20))",
            60,
            "program-output-too-large",
        ),
        ("import os; os.abort()", 60, "sidecar-crashed"),
        ("raise SystemExit(3)", 60, "sidecar-crashed"),
        ("print('ada lovelace')", 60, "sidecar-answer-unfit"),
    ],
)
def test_how_an_end_is_told(program: str, seconds: float, expected: str) -> None:
    """Whatever a sidecar does, it is ended, and the outcome says how it ended."""
    assert reason(("-I", "-c", program), QUESTION, seconds) == expected


def test_time_is_an_outcome_of_its_own() -> None:
    """A sidecar that is late is told as late, not as broken."""
    late = ("-I", "-c", "import time; time.sleep(60)")
    with pytest.raises(BudgetError):
        start(late, "", QUESTION, 0.3)


@ROOT
def test_an_interface_that_is_not_there() -> None:
    """An interface that has gone is no crash."""
    with pytest.raises(HostError) as told:
        decode_answer(run(QUESTION), frozenset())
    assert told.value.reason == "interface-not-opened"


@ROOT
def test_rights_are_gone() -> None:
    """Before it reads a frame, root's sidecar is nobody and can open nothing."""
    octets = start(("-I", "-c", RIGHTS), "", QUESTION, 30)
    assert cbor.decode(octets) == {
        "given up": True,
        "users": ["65534"],
        "groups": "",
        "rights": ["0000000000000000"],
        "no new ones": "1",
        "raw socket": "PermissionError",
        "socket": "OSError",
        "file": "OSError",
        "user": "PermissionError",
        "process": "BlockingIOError",
        "more memory": "ValueError",
        "core": True,
    }


@ROOT
def test_what_came_before_the_filter_is_never_seen() -> None:
    """A frame that comes between the opening of a socket and its filter is lost."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", EARLY], capture_output=True, check=True, text=True
    )
    assert done.stdout == "0"


@ROOT
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs util-linux")
def test_without_the_right_to_a_raw_socket() -> None:
    """A process without CAP_NET_RAW is told so, and that is an outcome."""
    done = subprocess.run(
        ["setpriv", "--bounding-set=-net_raw", sys.executable, "-I", "-c", ASKS],
        capture_output=True,
        check=True,
        text=True,
    )
    assert done.stdout == "denied needs-net-raw"


def test_the_agent_never_loads_scapy() -> None:
    """The seam, the pass and every reader are loaded, and scapy is not."""
    subprocess.run([sys.executable, "-I", "-c", LOADS], check=True)

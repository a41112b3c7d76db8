# SPDX-License-Identifier: Apache-2.0
"""A small office network of namespaces: a machine, its switch, a gateway, a printer.

Rules: every frame stays inside namespaces that are made here and that end with the
test; nothing of this machine's own network is touched.
Not here: any expectation.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

GATEWAY_MAC = "00:1b:21:00:00:01"
PRINTER_MAC = "02:00:00:00:00:09"
MACHINE_MAC = "02:fc:00:00:00:02"
RANGE = "10.77.0.0/28"
OFFICE = f"{RANGE} via {GATEWAY_MAC}"
STRANGER = f"{RANGE} via 00:1b:21:00:00:02"
LISTENER = """
import socket, sys
raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
raw.bind(("p0", 3))
print("ready", flush=True)
while True:
    frame = raw.recv(2048)
    if frame[12:14] == b"\\x08\\x06":
        print(frame.hex(), flush=True)
"""
SPEAKER = """
import socket, sys, time
raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
raw.bind(("p0", 0))
frame, pause = bytes.fromhex(sys.argv[1]), float(sys.argv[2])
print("ready", flush=True)
while True:
    try:
        raw.send(frame)
    except OSError:
        pass
    if pause:
        time.sleep(pause)
"""


@dataclass(frozen=True)
class Segment:
    """The namespaces, each told by a process that is in it."""

    machine: int
    switch: int
    gateway: int
    printer: int

    def on(self, where: int, *command: str | Path) -> list[str | Path]:
        """Return a command that runs in a namespace."""
        return ["nsenter", "-t", str(where), "-n", "--", *command]

    def run(self, where: int, *command: str | Path) -> str:
        """Run a command in a namespace and return its output."""
        done = subprocess.run(
            self.on(where, *command),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def python(self, where: int, script: str, *arguments: str) -> str:
        """Run a script in a namespace and return its output."""
        return self.run(where, sys.executable, "-I", "-c", script, *arguments)

    @contextmanager
    def asked(self) -> Iterator[list[str]]:
        """Collect the addresses that the machine asks for, as its switch sees them."""
        found: list[str] = []
        command = self.on(self.switch, sys.executable, "-c", LISTENER)
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as listener:
            assert listener.stdout is not None
            assert listener.stdout.readline() == "ready\n"
            try:
                yield found
            finally:
                listener.kill()
                for line in listener.stdout.read().splitlines():
                    frame = bytes.fromhex(line)
                    asks = frame[20:22] == b"\x00\x01"
                    if asks and frame[22:28].hex(":") == MACHINE_MAC:
                        found.append(".".join(map(str, frame[38:42])))

    @contextmanager
    def speaking(self, frame: bytes, pause: float) -> Iterator[None]:
        """Have the switch send a frame to the machine again and again."""
        command = self.on(
            self.switch, sys.executable, "-c", SPEAKER, frame.hex(), str(pause)
        )
        with self.talking(command):
            yield

    @contextmanager
    def talking(self, command: Sequence[str | Path]) -> Iterator[None]:
        """Run a program that says when it is ready and goes on until the end."""
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as speaker:
            assert speaker.stdout is not None
            assert speaker.stdout.readline() == "ready\n"
            try:
                yield
            finally:
                speaker.kill()


@contextmanager
def namespace() -> Iterator[int]:
    """Make a network namespace that ends with the block."""
    command = ["unshare", "-n", "sh", "-c", "echo ready; exec sleep 7200"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        try:
            assert holder.stdout.readline() == "ready\n"
            yield holder.pid
        finally:
            holder.kill()


def why_not() -> str:
    """Say why there can be no namespaces here; empty where there can."""
    missing = [item for item in ("unshare", "nsenter", "ip") if not shutil.which(item)]
    if missing:
        return "needs " + ", ".join(missing)
    if os.geteuid() != 0:
        return "needs root, to make network namespaces"
    done = subprocess.run(
        [
            "unshare",
            "-n",
            "ip",
            "link",
            "add",
            "v0",
            "type",
            "veth",
            "peer",
            "name",
            "v1",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if not done.returncode:
        return ""
    return f"this machine gives no network namespaces: {done.stderr.strip()}"


@contextmanager
def segment() -> Iterator[Segment]:
    """Build the network, or skip with the true reason where it cannot be built."""
    reason = why_not()
    if reason:
        pytest.skip(reason)
    with ExitStack() as stack:
        found = Segment(*(stack.enter_context(namespace()) for _ in range(4)))
        _build(found)
        yield found


def _build(found: Segment) -> None:
    def ip(where: int, words: str) -> None:
        found.run(where, "ip", *words.split())

    ip(found.switch, "link add br0 type bridge")
    ip(found.switch, "link set br0 up")
    ends = (
        (found.machine, "p0", "10.77.0.2", MACHINE_MAC),
        (found.gateway, "p1", "10.77.0.1", GATEWAY_MAC),
        (found.printer, "p2", "10.77.0.9", PRINTER_MAC),
    )
    for where, port, address, mac in ends:
        ip(
            found.switch,
            f"link add {port} type veth peer name lan0 address {mac} netns {where}",
        )
        ip(found.switch, f"link set {port} master br0 up")
        ip(where, "link set lo up")
        ip(where, f"address add {address}/28 dev lan0")
        ip(where, "link set lan0 up")
    ip(found.machine, "route add default via 10.77.0.1")
    ip(
        found.machine,
        f"neighbour replace 10.77.0.1 lladdr {GATEWAY_MAC} dev lan0 nud permanent",
    )

# SPDX-License-Identifier: Apache-2.0
"""The gate's process: what it holds, how it starts, ends and dies.

Rules: a real process.
Not here: what it answers (`test_gate.py`), what it cannot see (`test_blind.py`).
"""

import contextlib
import os
import re
import resource
import shlex
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil
import pytest
from installation_fixture import (
    Installation,
    RunningGate,
    gate_command,
    install,
    running_gate,
)
from stranger_fixture import enrolled, ship

from server.gate.bounds import CONNECTIONS, OTHER_DESCRIPTORS, RETRY_SECONDS
from server.key_files import replace_file
from wire.crypto.certificates import make_server
from wire.limits import MIB
from wire.messages import Fate, Result

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
STORED, DUPLICATE = Result(Fate.STORED, ""), Result(Fate.DUPLICATE, "")


def test_what_was_receipted_survives_a_kill(tmp_path: Path) -> None:
    """After SIGKILL everything with a receipt is in the store."""
    made = install(tmp_path)
    device = enrolled(made)
    sent: list[bytes] = []
    with contextlib.suppress(AssertionError), running_gate(made) as running:
        for _ in range(20):
            sent.append(device.gap())
            ship(made, running, device, sent[-1:])
        running.process.kill()
        running.process.wait()
    with running_gate(made) as running:
        assert ship(made, running, device, sent).results == (DUPLICATE,) * 20
    made.store.close()


def test_a_locked_store_is_told_and_no_loss(tmp_path: Path) -> None:
    """While the store cannot commit there is no receipt; afterwards all goes in."""
    made = install(tmp_path)
    device = enrolled(made)
    octets = [device.gap()]
    with running_gate(made) as running:
        made.store._connections.writer.execute("BEGIN IMMEDIATE")
        reply = running.ask("POST", "/v1/shipments", device.ship(octets))
        made.store._connections.writer.execute("ROLLBACK")
        assert (reply.status, reply.slug) == (503, "overloaded")
        assert reply.headers["retry-after"] == str(RETRY_SECONDS)
        assert ship(made, running, device, octets).results == (STORED,)
    made.store.close()


def test_the_gate_has_not_loaded_what_opens(made: Installation) -> None:
    """Starting the gate's modules loads neither opening nor keyring."""
    program = (
        "import sys, server.gate.process\n"
        "print(*sorted(name for name in sys.modules"
        " if name.split('.')[0] in {'wire', 'server', 'agent'}))"
    )
    command = [sys.executable, "-I", "-c", program]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True)
    names = set(loaded.stdout.split())
    assert "server.gate.protocol" in names
    assert names.isdisjoint(
        {"wire.crypto.opening", "wire.unsealing", "server.keyring", "server.authority"}
    )
    assert not any(name.startswith("agent") for name in names)
    assert made.openings


def test_a_renewed_certificate_is_used_while_it_runs(tmp_path: Path) -> None:
    """A new pair in its directory is shown to the next connections before long."""
    made = install(tmp_path)
    with running_gate(made) as running:
        before = _shown(running)
        renewed = make_server(made.authority, ["127.0.0.1"], int(time.time()))
        replace_file(made.layout.gate / "tls.key", renewed.key)
        replace_file(
            made.layout.gate / "tls.pem",
            ssl.DER_cert_to_PEM_cert(renewed.certificate).encode(),
        )
        waiting = threading.Event()
        for _ in range(300):
            if _shown(running) != before:
                break
            waiting.wait(0.1)
        assert _shown(running) == renewed.certificate
    made.store.close()


def _shown(gate: RunningGate) -> bytes:
    """Return the certificate that a new connection is shown, DER."""
    plain = socket.create_connection(("127.0.0.1", gate.port), timeout=30)
    with plain, gate.context.wrap_socket(plain, server_hostname="127.0.0.1") as wire:
        return wire.getpeercert(binary_form=True) or b""


def test_bodies_that_nobody_signed_do_not_fill_the_memory(tmp_path: Path) -> None:
    """Of a hundred unsigned megabytes the gate holds what its buffers hold, no more."""
    made = install(tmp_path)
    head = b"POST /v1/shipments HTTP/1.1\r\nHost: c\r\nContent-Length: 4000000\r\n"
    head += b"Content-Type: application/cbor\r\n\r\n"
    with running_gate(made) as running, contextlib.ExitStack() as lines:
        running.ask("GET", "/v1/health")
        before = _resident(running)
        for number in range(100):
            plain = socket.create_connection(
                ("127.0.0.1", running.port),
                timeout=30,
                source_address=(f"127.0.0.{2 + number // 4}", 0),
            )
            wire = running.context.wrap_socket(plain, server_hostname="127.0.0.1")
            lines.enter_context(wire)
            wire.settimeout(0.2)
            with contextlib.suppress(OSError):  # nobody reads on
                wire.sendall(head + bytes(1_000_000))
        assert _resident(running) - before < 25 * MIB
    made.store.close()


def _resident(gate: RunningGate) -> int:
    """Return how many bytes of memory the gate holds."""
    return psutil.Process(gate.process.pid).memory_info().rss


def test_a_taken_port_is_told_in_one_sentence(
    made: Installation, gate: RunningGate
) -> None:
    """A second gate on the same port ends at once and says why."""
    ended = _start(made, "--port", str(gate.port))
    assert ended.returncode == 7
    assert "in use" in ended.stderr
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "missing", ["gate.key", "tls.pem", "tls.key", "authority.der", "roots/0001.cbor"]
)
def test_an_incomplete_directory_is_told_in_one_sentence(
    tmp_path: Path, missing: str
) -> None:
    """Without one of its files the gate does not start and names it."""
    made = install(tmp_path)
    (made.layout.gate / missing).unlink()
    ended = _start(made, "--port", "0")
    assert ended.returncode == 7
    assert missing.partition("/")[0] in ended.stderr
    assert ended.stderr.count("\n") == 1
    made.store.close()


def test_keys_that_others_may_read_are_refused(tmp_path: Path) -> None:
    """A secret with wide permissions stops the start."""
    made = install(tmp_path)
    for name in ("gate.key", "tls.key"):
        (made.layout.gate / name).chmod(0o644)
        ended = _start(made, "--port", "0")
        assert (ended.returncode, name in ended.stderr) == (7, True)
        (made.layout.gate / name).chmod(0o600)
    made.store.close()


def test_a_missing_store_is_told(tmp_path: Path) -> None:
    """The gate makes no store of its own."""
    made = install(tmp_path)
    made.store.close()
    for path in made.layout.store.parent.iterdir():
        path.unlink()
    ended = _start(made, "--port", "0")
    assert ended.returncode == 7
    assert list(made.layout.store.parent.iterdir()) == []


def test_it_ends_with_whoever_started_it(made: Installation) -> None:
    """With the lifeline cut the gate ends by itself."""
    with running_gate(made) as running:
        assert running.process.stdin is not None
        running.process.stdin.close()
        assert running.process.wait(60) == 0


@pytest.mark.parametrize("soft", [256, 15_000])
def test_it_takes_the_descriptors_that_its_bound_needs(
    made: Installation, soft: int
) -> None:
    """Whatever limit it starts with, the gate has room for its connections."""
    command = shlex.join(gate_command(made, "--port", "0"))
    shell = ["bash", "-c", f"ulimit -Sn {soft}; exec {command}"]
    with subprocess.Popen(shell, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        limit, hard = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
        process.terminate()
        assert process.wait(60) == 0
    assert limit == min(CONNECTIONS + OTHER_DESCRIPTORS, hard)


@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="needs root")
def test_it_gives_up_root() -> None:
    """With --user the gate is that user, and only that user, when it listens."""
    directory = tempfile.TemporaryDirectory()
    made = install(Path(directory.name))
    made.layout.directory.chmod(0o711)  # pytest's own directories are root's alone
    for path in (made.layout.store.parent, *made.layout.store.parent.iterdir()):
        os.chown(path, 65534, 65534)
    command = gate_command(made, "--port", "0", "--user", "nobody")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        status = Path(f"/proc/{process.pid}/status").read_text()
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    nobody = "\t".join(["65534"] * 4)
    assert re.findall(r"^[UG]id:\t(.*)$", status, re.MULTILINE) == [nobody, nobody]
    assert re.findall(r"^CapEff:\t(.*)$", status, re.MULTILINE) == ["0" * 16]
    made.store.close()
    directory.cleanup()


def _start(made: Installation, *more: str) -> subprocess.CompletedProcess[str]:
    """Start a gate that is expected to end by itself."""
    command = gate_command(made, *more)
    return subprocess.run(
        command, capture_output=True, text=True, timeout=30, check=False
    )

# SPDX-License-Identifier: Apache-2.0
"""A gate looks at its buffer before it hears a device, and says what is to be mended.

Rules: real servers and the gate's real process, before a store in a file.
Not here: what is queued and stored (`test_intake.py`).
"""

import ssl
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import nats_fixture
import pytest
from installation_fixture import (
    Installation,
    RunningGate,
    gate_command,
    install,
    pinned,
)
from intake_room import make_stream, settings
from nats_fixture import Cluster, credentials
from stranger_fixture import enrolled, ship
from tls_fixture import authority

from server.configuration_intake import read_intake, text_of
from server.gate.process import READY
from wire.crypto.signing import SigningKey
from wire.messages import Fate

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.nats,
    pytest.mark.skipif(nats_fixture.MISSING, reason="install nats-server"),
]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Run three servers for all tests of this module."""
    with nats_fixture.cluster() as made:
        yield made


@pytest.fixture
def made(tmp_path: Path) -> Installation:
    """Return an installation with a store in a file."""
    return install(tmp_path)


def started(made: Installation, cluster: Cluster, **other: object) -> list[str]:
    """Return the command of a gate with a buffer."""
    table = tomllib.loads(settings(cluster, **other))["intake"]
    asked = read_intake(table)
    assert asked is not None
    return gate_command(made, "--port", "0", "--lifeline", "--intake", text_of(asked))


def refusal(made: Installation, cluster: Cluster, **other: object) -> str:
    """Return the one sentence with which a gate does not start."""
    done = subprocess.run(
        started(made, cluster, **other),
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
    )
    assert (done.returncode, done.stdout) == (7, ""), done
    (line,) = done.stderr.splitlines()
    return line


def test_a_stranger_is_no_buffer(
    made: Installation, cluster: Cluster, tmp_path: Path
) -> None:
    """Servers show a certificate of the authority that is named, or hear nothing."""
    other = tmp_path / "other.pem"
    other.write_text(ssl.DER_cert_to_PEM_cert(authority().certificate))
    told = refusal(made, cluster, authority=str(other))
    assert f"show a certificate that {other} did not sign" in told
    other.write_text("no certificate")
    told = refusal(made, cluster, authority=str(other))
    assert "holds no certificate in PEM" in told


def test_a_user_whom_nobody_knows_is_told_so(
    made: Installation, cluster: Cluster, tmp_path: Path
) -> None:
    """The file is named, and nothing of it."""
    path = tmp_path / "other.creds"
    path.write_text(credentials(SigningKey.generate()))
    told = refusal(made, cluster, credentials=str(path))
    assert f"do not let this user in: mend the file {path}" in told


@pytest.mark.parametrize(
    ("wrong", "values"),
    [
        ("num_replicas", {"num_replicas": 1}),
        ("retention", {"retention": "limits"}),
        ("discard", {"discard": "old"}),
        ("storage", {"storage": "memory"}),
        ("list of subjects", {"subjects": ["elsewhere.>"]}),
        ("max_age", {"max_age": 0}),
        ("max_bytes", {"max_bytes": -1}),
        ("republish", {"republish": {"src": ">", "dest": "copies.>"}}),
    ],
)
def test_a_stream_that_is_another_is_left_as_it_is(
    made: Installation, cluster: Cluster, wrong: str, values: dict[str, object]
) -> None:
    """Fewer copies, other subjects, no end, or a copy elsewhere: a person decides."""
    name = wrong.replace(" ", "-")
    make_stream(cluster, name, **values)
    told = refusal(made, cluster, stream=name)
    assert f"the intake's stream {name} has another {wrong} than it should" in told


def test_a_stream_that_has_no_room_is_told(
    made: Installation, cluster: Cluster
) -> None:
    """As where more copies are asked for than there are servers."""
    told = refusal(made, cluster, stream="wide", replicas=5)
    assert "stream wide cannot be made" in told
    assert "give its account room for it on 5 servers" in told


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"more": ""}, "speak without TLS: give each a certificate"),
        ({"payload": "1048576"}, "take no message as large as a shipment: set max_pay"),
    ],
)
def test_servers_that_cannot_serve_say_what_to_set(
    made: Installation, other: dict[str, str], told: str
) -> None:
    """Nothing is shown to a server without TLS, and a shipment has to fit."""
    with nats_fixture.cluster(1) as one:
        one.kill()
        one.configure(**other)
        one.start()
        assert told in refusal(made, one)


def test_a_gate_without_its_buffer_is_a_gate(
    made: Installation, cluster: Cluster
) -> None:
    """Servers that do not answer are told of, and devices stored as ever."""
    command = started(made, cluster, servers=["tls://localhost:1"])
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        line = process.stdout.readline()
        assert line.startswith(READY)
        port = int(line.rpartition(":")[2])
        gate = RunningGate(port, process, pinned(made.authority))
        device = enrolled(made)
        receipt = ship(made, gate, device, [device.gap()])
        process.terminate()
        log = process.stderr.read()
    assert [one.fate for one in receipt.results] == [Fate.STORED]
    assert '"event": "intake-away"' in log
    assert "start them, or mend `servers` of [intake]" in log
    assert process.returncode == 0

# SPDX-License-Identifier: Apache-2.0
"""Updates from end to end: published by the command, served by the gate, looked for.

Rules: the real command, the gate as a process, and the agent's own look over TLS.
Not here: installing (`tests/unit/agent/test_updates_installing.py`).
"""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from installation_fixture import Installation, RunningGate, install, running_gate

from agent.delivery.download import download
from agent.delivery.transport import Session
from agent.state import State
from agent.updates.choosing import Here
from agent.updates.look import Found, Look, look
from server.layout import Layout
from server.updates.releases import Keys, Publisher, add, begin
from wire.limits import MIB
from wire.updates import Package, Updates, read_version

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
KIND = "deb amd64"
LARGE = bytes(range(256)) * (8 * MIB // 256)


@pytest.fixture(scope="module", name="made")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("collector")
    installation = install(folder)
    by = publisher(installation.layout)
    begin(by, folder / "keys", Keys())
    by = publisher(installation.layout, folder / "keys/targets-1.key")
    file = folder / "package"
    for version, octets in (("0.1.0", b"first"), ("0.2.0", LARGE)):
        file.write_bytes(octets)
        add(by, Package(read_version(version), KIND), file, ["stable"])
    yield installation
    installation.store.close()


@pytest.fixture(scope="module", name="gate")
def _gate(made: Installation) -> Iterator[RunningGate]:
    with running_gate(made) as gate:
        yield gate


def publisher(layout: Layout, *keys: Path) -> Publisher:
    """Return who publishes there, with no ledger."""
    return Publisher(layout, int(time.time()), lambda act, body: (act, body), keys)


def test_a_published_release_is_found_and_fetched(
    made: Installation, gate: RunningGate, tmp_path: Path
) -> None:
    """What the command published comes to an agent over the gate, verified whole."""
    authority = made.authority.certificate
    session = Session(f"https://127.0.0.1:{gate.port}", (authority,))
    state = State(tmp_path)
    found = look(
        Look(
            state,
            Here(read_version("0.1.0"), KIND, bytes(32)),
            Updates("stable"),
            made.layout.updates / "metadata/1.root.json",
            lambda path: download(session, f"/updates/{path}"),
            now=int(time.time()),
        ),
        take=True,
    )
    assert found == Found("ready", "0.2.0")
    place = state.update / "packages" / "discreet-agent_0.2.0_amd64.deb"
    assert place.read_bytes() == LARGE


@pytest.mark.parametrize(
    "path",
    [
        "gate.key",
        "metadata/../../gate.key",
        "metadata/%2e%2e/%2e%2e/gate.key",
        "metadata/next.root.json",
        "metadata/9.root.json",
        "targets/agent/0.1.0/" + "0" * 64 + ".deb-amd64",
        "metadata",
        "",
    ],
)
def test_nothing_else_is_served(gate: RunningGate, path: str) -> None:
    """No name leads to another file of the gate, or out of the repository."""
    answer = gate.ask("GET", f"/updates/{path}")
    assert (answer.status, answer.slug) == (404, "not-found")


def test_the_repository_takes_nothing(gate: RunningGate) -> None:
    """Files are read there, and nothing else is done to them."""
    answer = gate.ask("POST", "/updates/metadata/timestamp.json", b"")
    assert (answer.status, answer.slug) == (405, "method-not-allowed")

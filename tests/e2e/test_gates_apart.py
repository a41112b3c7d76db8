# SPDX-License-Identifier: Apache-2.0
"""The whole path with a gate apart: what opens is never where devices arrive.

Rules: real programs and a real agent; gate and collector share a database and no file.
Not here: several gates (`test_gates.py`).
"""

import re
import signal
import tomllib
from collections.abc import Iterator
from pathlib import Path

import postgres_fixture
import psutil
import pytest
from canary_machine import canary_machine
from collector_process import STOP_SECONDS, Collector, free_port, run
from e2e.test_whole_path import begin, log, numbers
from figures_room import scraped
from gates_room import DATABASE, Gate, until
from postgres_fixture import Cluster

from server.layout import Layout

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.postgres,
    pytest.mark.skipif(postgres_fixture.MISSING, reason="install postgresql"),
]


def free() -> str:
    """Return an address that nobody has."""
    return f"127.0.0.1:{free_port()}"


@pytest.fixture
def keys(tmp_path: Path, cluster: Cluster) -> Iterator[Collector]:
    """Run all of a collector but its gate."""
    port = free_port()
    made = Collector(
        tmp_path / "keys", port, told=b"at work", serves=("--without-gate",)
    )
    store = cluster.for_each(DATABASE)
    url = f"https://127.0.0.1:{port}"
    made.ask("init", "--tenant", "Test", "--url", url, "--store", store)
    with (made.folder / "config.toml").open("a") as file:
        file.write(f'\n[metrics]\nlisten = "{free()}"\n')
    made.start()
    yield made
    made.stop()


@pytest.fixture
def gate(tmp_path: Path, keys: Collector, cluster: Cluster) -> Iterator[Gate]:
    """Run a gate of its files alone."""
    store = cluster.over_tls(DATABASE)
    more = "--metrics", free()
    made = Gate(tmp_path / "gate-alone", store, more, port=keys.port)
    made.bring(Layout(keys.folder).gate)
    made.start()
    yield made
    made.end()


def test_what_a_gate_apart_takes_is_read(
    tmp_path: Path, keys: Collector, gate: Gate
) -> None:
    """A machine enrols and ships at the gate; the collector opens, and hears nobody."""
    canary_machine(tmp_path / "machine")
    run("discreet-agent", "enrol", keys.token(), state=tmp_path / "agent")
    assert begin(tmp_path).wait(120) == 0
    written = log(tmp_path, 0)
    assert begin(tmp_path).wait(120) == 0
    keys.ask("ticket", "open", "T-1")
    assert numbers(keys) == list(range(written))
    assert gate.process is not None
    _, shown = scraped(gate.more[-1])
    assert re.search(r'\ndiscreet_gate_envelopes_total{fate="stored"} [1-9]', shown)
    settings = tomllib.loads((keys.folder / "config.toml").read_text())
    metrics = settings["metrics"]["listen"]
    _, of_fleet = scraped(metrics)
    assert '\ndiscreet_devices{state="active"} 1\n' in of_fleet
    assert "\ndiscreet_store_up 1\n" in of_fleet
    assert "\ndiscreet_chains_unmarked " in of_fleet
    files = {path.name for path in gate.folder.iterdir()}
    assert files == {"gate"}
    opened = {file.path for file in psutil.Process(gate.process.pid).open_files()}
    assert not any(str(keys.folder) in path for path in opened)
    assert keys.process is not None
    every = [psutil.Process(pid) for pid in (keys.process.pid, *keys.children())]
    listening = [
        "{}:{}".format(*line.laddr)
        for one in every
        for line in one.net_connections("inet")
        if line.status == psutil.CONN_LISTEN
    ]
    assert listening == [metrics]


def test_a_part_that_dies_is_started_again_without_a_gate(keys: Collector) -> None:
    """Each part is looked after as beside a gate, and settings are read anew."""
    before = keys.children()
    psutil.Process(before[0]).kill()
    until("it is not started", lambda: before[0] not in keys.children())
    until("it is not whole", lambda: len(keys.children()) == len(before))
    assert keys.process is not None
    former = set(keys.children())
    keys.process.send_signal(signal.SIGHUP)
    until("nothing is anew", lambda: not former & set(keys.children()))
    keys.process.terminate()
    assert keys.process.wait(STOP_SECONDS) == 0
    keys.process = None


def test_a_gate_without_its_files_says_what_to_do(tmp_path: Path) -> None:
    """What is missing or wrong is one sentence, and no start."""
    told = run("discreet-server", "gate", state=tmp_path, fails=True).stderr
    assert "name the store that gates share: --store postgresql://" in told
    for words, sentence in (
        (("--store", "file.sqlite"), "gates share a store in PostgreSQL"),
        (("--store", "postgresql:///fleet"), "restore them from their backup"),
        (("--store", "postgresql:///x", "--balancer", "lb"), "like 192.0.2.7"),
    ):
        done = run("discreet-server", "gate", *words, state=tmp_path, fails=True)
        assert sentence in done.stderr
        assert len(done.stderr.splitlines()) == 1

# SPDX-License-Identifier: Apache-2.0
"""Figures of a running collector and its gate, pushed by OTLP to a real receiver.

Rules: real processes; the receiver is VictoriaMetrics, over TLS; what it holds must
have the names, labels and values that a scraper is told at the same time.
Not here: what a request says (`tests/unit/server/test_figures_pushed.py`).
"""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from collector_process import Collector, free_port
from figures_room import scraped
from gates_room import until
from receiver_fixture import BASE, MISSING, Series, Victoria, victoria

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.skipif(MISSING, reason="run packaging/prepare-tests: VictoriaMetrics"),
]
SAMPLE = re.compile(r"^(discreet_\w+)(?:\{([^}]*)\})? (\S+)$", re.MULTILINE)
STILL = ("discreet_store_up", "discreet_devices", "discreet_keys_live", "discreet_up")
"""What does not change while this test looks."""
OURS = frozenset({"service_name", "service_instance_id", "service_version"})


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Victoria]:
    """Run the receiver."""
    (tmp_path / "receiver").mkdir()
    with victoria(tmp_path / "receiver") as running:
        yield running


@pytest.fixture
def made(tmp_path: Path, receiver: Victoria) -> Iterator[tuple[Collector, int, int]]:
    """Run a collector that shows and pushes; give the ports of fleet and gate."""
    fleet, gate, port = free_port(), free_port(), free_port()
    made = Collector(tmp_path / "collector", port)
    made.ask("init", "--tenant", "Acme Secret", "--url", f"https://127.0.0.1:{port}")
    with (made.folder / "config.toml").open("a") as file:
        file.write(f'\n[metrics]\nlisten = "127.0.0.1:{fleet}"\n')
        file.write(f'gate = "127.0.0.1:{gate}"\n')
        file.write(f'otlp = "127.0.0.1:{receiver.port}{BASE}"\n')
        file.write(f'otlp_authority = "{receiver.authority}"\notlp_seconds = 10\n')
    made.start()
    yield made, fleet, gate
    made.stop()


def series(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Return what a scraper is told."""
    return {
        (name, frozenset(re.findall(r'(\w+)="([^"]*)"', labels))): float(value)
        for name, labels, value in SAMPLE.findall(text)
    }


def last(held: dict[str, list[Series]], service: str) -> dict[object, float]:
    """Return the newest value of each series of a service, as a scraper names it."""
    return {
        (
            name,
            frozenset((key, value) for key, value in one.labels.items() - ours(one)),
        ): one.points[-1][1]
        for name, every in held.items()
        for one in every
        if one.labels["service_name"] == service
    }


def names(held: dict[str, list[Series]]) -> set[object]:
    """Return names and labels of all series of both services."""
    services = "discreet-server", "discreet-gate"
    return {key for service in services for key in last(held, service)}


def ours(one: Series) -> set[tuple[str, str]]:
    """Return the labels that are the process's and not the figure's."""
    return {(name, one.labels[name]) for name in OURS}


def test_a_receiver_holds_what_a_scraper_is_told(
    made: tuple[Collector, int, int], receiver: Victoria
) -> None:
    """The same names and labels of fleet and gate, and again each ten seconds."""
    collector, fleet, gate = made
    shown, of_gate = (series(scraped(f"127.0.0.1:{port}")[1]) for port in (fleet, gate))
    every = shown.keys() | of_gate.keys()
    until("the first pushes", lambda: names(receiver.held()) >= every)
    still = {key: value for key, value in shown.items() if key[0] in STILL}
    assert len(still) >= 6
    until(  # what was pushed first may be older than what was scraped
        "the same figures",
        lambda: still.items() <= last(receiver.held(), "discreet-server").items(),
    )
    held = receiver.held()
    assert last(held, "discreet-server").keys() == shown.keys()
    found = last(held, "discreet-gate")
    assert found.keys() == of_gate.keys()
    began = ("discreet_gate_started_timestamp_seconds", frozenset[tuple[str, str]]())
    assert found[began] == of_gate[began]
    assert 0 < of_gate[began] <= time.time()
    instances = {
        one.labels["service_instance_id"] for every in held.values() for one in every
    }
    assert len(instances) == 1
    for told in ("Acme", str(collector.folder)):
        assert told not in str(held)

    def again() -> bool:
        (one,) = receiver.held()["discreet_store_up"]
        return len(one.points) >= 2

    until("the next push", again)
    (one,) = receiver.held()["discreet_store_up"]
    assert one.points[1][0] - one.points[0][0] >= 9

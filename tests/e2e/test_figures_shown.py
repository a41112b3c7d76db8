# SPDX-License-Identifier: Apache-2.0
"""Figures of a running collector, as a scraper gets them.

Rules: real processes, plain HTTP on loopback.
Not here: what each figure counts (`tests/unit/server/test_own_figures.py`).
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from collector_process import Collector, free_port
from figures_room import scraped
from gates_room import until

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
PROMTOOL = shutil.which("promtool")


def get(port: int, path: str = "/metrics", method: str = "GET") -> tuple[int, str]:
    """Return status and text of an answer of this machine."""
    return scraped(f"127.0.0.1:{port}", path, method)


@pytest.fixture
def made(tmp_path: Path) -> Iterator[tuple[Collector, int, int]]:
    """Run a collector that shows both; give the ports of fleet and gate."""
    fleet, gate, port = free_port(), free_port(), free_port()
    made = Collector(tmp_path / "collector", port)
    made.ask("init", "--tenant", "Acme Secret", "--url", f"https://127.0.0.1:{port}")
    with (made.folder / "config.toml").open("a") as file:
        file.write(f'\n[metrics]\nlisten = "127.0.0.1:{fleet}"\n')
        file.write(f'gate = "127.0.0.1:{gate}"\n')
    made.start()
    yield made, fleet, gate
    made.stop()


def test_a_collector_shows_how_it_does(made: tuple[Collector, int, int]) -> None:
    """Parts, store, fleet and gate are told; another path or method is nothing."""
    collector, fleet, gate = made
    token = collector.token()
    status, text = get(fleet)
    assert status == 200
    for series in (
        'discreet_up{part="reader"} 1',
        'discreet_up{part="keeper"} 1',
        "discreet_store_up 1",
        'discreet_devices{state="active"} 0',
        "discreet_chains_unmarked 0",
        "discreet_deletion_late_seconds 0",
        "discreet_overdue 0",
    ):
        assert f"\n{series}\n" in text
    assert re.search(r"\ndiscreet_keys_live [1-9]", text)
    assert re.search(r"\ndiscreet_ledger_entries [1-9]", text)
    assert re.search(r"\ndiscreet_certificate_ends_timestamp_seconds 1\d{9}", text)
    status, of_gate = get(gate)
    assert status == 200
    assert 'discreet_gate_requests_total{operation="health",outcome="ok"}' in of_gate
    for told in ("Acme", token, str(collector.folder)):
        assert told not in text + of_gate
    for port in (fleet, gate):
        assert get(port, "/")[0] == 404
        assert get(port, method="POST")[0] == 501
    if PROMTOOL is not None:
        for found in (text, of_gate):
            done = subprocess.run(
                [PROMTOOL, "check", "metrics"],
                input=found.encode(),
                capture_output=True,
                check=False,
            )
            assert (done.returncode, done.stderr) == (0, b"")


def test_a_part_that_is_down_is_told(made: tuple[Collector, int, int]) -> None:
    """While the keeper is stopped its figures are away, and the others are there."""
    collector, fleet, _ = made
    keeper = next(
        process
        for process in map(psutil.Process, collector.children())
        if "server.keeper" in process.cmdline()
    )
    socket_file = collector.folder / "run/keeper/ask.sock"
    moved = socket_file.with_suffix(".away")
    socket_file.rename(moved)
    until("it is up", lambda: 'discreet_up{part="keeper"} 0' in get(fleet)[1])
    text = get(fleet)[1]
    assert "discreet_keys_live" not in text
    assert "\ndiscreet_store_up 1\n" in text
    moved.rename(socket_file)
    until("it is down", lambda: 'discreet_up{part="keeper"} 1' in get(fleet)[1])
    assert keeper.is_running()

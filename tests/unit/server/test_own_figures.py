# SPDX-License-Identifier: Apache-2.0
"""Figures of ourselves: what can be counted, how it is written, and what never is.

Rules: texts are what a scraper reads; a real gate and a real store are counted.
Not here: their addresses (`tests/e2e/test_figures_shown.py`).
"""

import asyncio
import http.client
import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from figures_room import scraped
from gate_asgi import Request, gate_of
from installation_fixture import Installation, install
from stranger_fixture import enrolled

from server.configuration_metrics import Metrics, Where, read_metrics, where
from server.errors import StateError, UsageError
from server.figures.kept import PREFIX, Figure, Figures, Kind
from server.figures.listening import shown
from server.gate import figures as gate
from server.store.interface import Device, DeviceState
from server.watch import fleet
from wire.queue_state import QUEUE_STATE, QueueState

WATCH = Path(__file__).parents[3] / "packaging/watch"
PROMTOOL = shutil.which("promtool")
HOURS = 3_600
COLOURS = (
    Figure("jars_total", Kind.COUNTER, "Jars.", {"colour": ("red", "green", "other")}),
    Figure("height", Kind.GAUGE, "How high."),
    Figure("wait_seconds", Kind.SECONDS, "How long."),
)


def value(text: str, series: str) -> float:
    """Return what a series shows."""
    (found,) = re.findall(rf"^{re.escape(PREFIX + series)} (\S+)$", text, re.MULTILINE)
    return float(found)


def test_each_kind_is_written_as_it_is_read() -> None:
    """Counters begin at nought, times count in all bounds above them."""
    figures = Figures(COLOURS, lambda one: one.set("height", 2.5))
    figures.count("jars_total", "red")
    figures.took("wait_seconds", 0.02)
    figures.took("wait_seconds", 99)
    text = figures.text()
    assert value(text, 'jars_total{colour="red"}') == 1
    assert value(text, 'jars_total{colour="green"}') == 0
    assert value(text, "height") == 2.5
    assert value(text, 'wait_seconds_bucket{le="0.01"}') == 0
    assert value(text, 'wait_seconds_bucket{le="0.025"}') == 1
    assert value(text, 'wait_seconds_bucket{le="30"}') == 1
    assert value(text, 'wait_seconds_bucket{le="+Inf"}') == 2
    assert value(text, "wait_seconds_count") == 2
    assert value(text, "wait_seconds_sum") == pytest.approx(99.02)


def test_what_was_not_declared_is_other() -> None:
    """No value that comes from outside becomes a label, and none grows the text."""
    figures = Figures(COLOURS)
    before = len(figures.text().splitlines())
    for number in range(50):
        figures.count("jars_total", f'blue"}} {number}\n')
    text = figures.text()
    assert value(text, 'jars_total{colour="other"}') == 50
    assert len(text.splitlines()) == before
    with pytest.raises(KeyError):
        figures.count("lids_total")


def test_a_gauge_that_is_not_seen_is_not_shown() -> None:
    """What was seen before is not told as if it were so now."""
    seen = [3.0]

    def look(one: Figures) -> None:
        for height in seen:
            one.set("height", height)

    figures = Figures(COLOURS, look)
    assert value(figures.text(), "height") == 3
    seen.clear()
    assert f"{PREFIX}height " not in figures.text()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Return an installation."""
    installation = install(tmp_path_factory.mktemp("collector"))
    yield installation
    installation.store.close()


def test_a_gate_counts_what_it_answers(made: Installation) -> None:
    """By operation, outcome, fate and reason; and of nobody."""
    device = enrolled(made)
    good, torn = device.gap(), device.gap()[:-1]

    async def play() -> str:
        async with gate_of(made) as running:
            application = running.application()
            for octets in (device.ship([good, torn]), b"nothing"):
                await Request().body(octets).to(application, "/v1/shipments")
            return running.figures.text()

    text = asyncio.run(play())
    asked = 'gate_requests_total{operation="ship",outcome="%s"}'
    assert value(text, asked % "ok") == 1
    assert value(text, asked % "malformed") == 1
    assert value(text, 'gate_envelopes_total{fate="stored"}') == 1
    assert value(text, 'gate_envelopes_total{fate="refused"}') == 1
    assert value(text, 'gate_refused_total{reason="malformed"}') == 1
    assert value(text, "gate_stored_bytes_total") == len(good)
    assert value(text, "gate_receipt_seconds_count") == 1
    assert value(text, "gate_commit_seconds_count") >= 1
    assert value(text, "gate_queued") == 0
    assert value(text, "gate_leaving") == 0
    assert not re.search("[0-9a-f]{16}", text)


def test_a_fleet_is_summed(made: Installation) -> None:
    """Silence, what waits and what needs a person are counted of active devices."""
    now = int(time.time())
    device = made.store.devices(made.tenant)[0]
    queue = QueueState(waiting=4, octets=9, age=100, alarms=("mallory's name",))
    spoken = replace(device, seen=now - 50, queue=QUEUE_STATE.encode(queue))
    silent = replace(device, seen=now - 25 * HOURS, queue=None)
    ended = replace(spoken, seen=0, state=DeviceState.REVOKED)
    text = told([spoken, silent, ended], now)
    assert value(text, 'devices{state="active"}') == 2
    assert value(text, 'devices{state="revoked"}') == 1
    assert value(text, "devices_late") == value(text, "devices_silent") == 1
    assert value(text, "devices_alarmed") == 1
    assert value(text, "unsent_envelopes") == 4
    assert value(text, "oldest_unsent_seconds") == 150
    assert "mallory" not in text
    assert device.device.hex() not in text


def told(devices: list[Device], now: int) -> str:
    """Return the figures of some devices."""
    figures = Figures(fleet.DECLARED, lambda one: fleet.of_devices(one, devices, now))
    return figures.text()


def test_where_figures_are_shown() -> None:
    """An address and a port, or one sentence; and no other word in the table."""
    assert where("127.0.0.1:9464") == Where("127.0.0.1", 9_464)
    assert where("[::1]:0") == Where("::1", 0)
    for text in ("9464", "host.example:1", "127.0.0.1:", "127.0.0.1:70000", "::1"):
        with pytest.raises(UsageError, match=r"like 127\.0\.0\.1:9464"):
            where(text)
    assert read_metrics({}) == Metrics()
    assert read_metrics({"gate": "127.0.0.1:1"}).gate == "127.0.0.1:1"
    for items in ({"listen": 1}, {"on": "127.0.0.1:1"}, "127.0.0.1:1"):
        with pytest.raises(ValueError):  # noqa: PT011 - what its caller takes
            read_metrics(items)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_failure_is_shown_by_its_class(
    host: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot be shown is told without a word of it, and the next is answered."""
    answers = iter(["text\n"])

    def text() -> str:
        found = next(answers, None)
        if found is None:
            msg = "mallory"
            raise KeyError(msg)
        return found

    with shown(Where(host, 0), text) as port:
        address = f"[{host}]:{port}"  # the brackets are no part of a host
        assert scraped(address) == (200, "text\n")
        with pytest.raises(http.client.RemoteDisconnected):
            scraped(address)
        answers = iter(["again\n"])
        assert scraped(address) == (200, "again\n")
        with (
            pytest.raises(StateError, match="cannot be shown at"),
            shown(Where(host, port), text),
        ):
            pass
    told = capsys.readouterr().err
    assert "could not be shown (KeyError)" in told
    assert "mallory" not in told


def declared() -> set[str]:
    """Return the names that figures have where they are shown."""
    found = set()
    for figure in (*gate.DECLARED, *fleet.DECLARED):
        ends = ("_bucket", "_sum", "_count") if figure.kind is Kind.SECONDS else ("",)
        found |= {f"{PREFIX}{figure.name}{end}" for end in ends}
    return found


@pytest.mark.parametrize("name", ["grafana.json", "discreet.rules.yml"])
def test_what_watches_asks_for_what_there_is(name: str) -> None:
    """Dashboard and alerts name figures that are shown, and no others."""
    text = (WATCH / name).read_text()
    named = set(re.findall(r"\bdiscreet_[a-z_]+\b", text))
    assert named
    assert named <= declared()


def test_the_page_lists_every_figure() -> None:
    """Name and words stand on the page for whoever watches, and no others do."""
    page = (WATCH.parents[1] / "docs/howto/watch-the-collector.md").read_text()
    rows = re.findall(r"^\| `discreet_(\w+)`[^|]*\| ([^|]+) \|$", page, re.MULTILINE)
    every = (*fleet.DECLARED, *gate.DECLARED)
    assert rows == [(figure.name, figure.words) for figure in every]


def test_the_dashboard_is_whole() -> None:
    """Every panel asks something, lies inside the page, and has a place of its own."""
    panels = json.loads((WATCH / "grafana.json").read_text())["panels"]
    asked = [one for one in panels if one["type"] != "row"]
    assert all(target["expr"] for one in asked for target in one["targets"])
    places = [one["gridPos"] for one in panels]
    assert all(place["x"] + place["w"] <= 24 for place in places)
    assert len({(place["x"], place["y"]) for place in places}) == len(places)


def test_alerts_lead_to_the_runbook() -> None:
    """Each alert names a section of the page that says what to do."""
    page = (WATCH.parents[1] / "docs/operations.md").read_text()
    heads = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in heads}
    text = (WATCH / "discreet.rules.yml").read_text()
    named = re.findall(r"docs/operations\.md#([\w-]+)", text)
    assert len(named) == text.count("- alert:")
    assert set(named) <= anchors


@pytest.mark.slow
@pytest.mark.skipif(PROMTOOL is None, reason="install prometheus")
def test_prometheus_reads_it() -> None:
    """Prometheus' own program takes the alerts, and finds nothing wrong with a text."""
    rules = WATCH / "discreet.rules.yml"
    run = [PROMTOOL or "", "check"]
    done = subprocess.run([*run, "rules", rules], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    figures = Figures((*gate.DECLARED, *fleet.DECLARED))
    text = figures.text() + told([], 0)
    done = subprocess.run(
        [*run, "metrics"], input=text.encode(), capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")

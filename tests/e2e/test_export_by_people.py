# SPDX-License-Identifier: Apache-2.0
"""Exports with the real programs, of what a real agent read of a recorded machine.

Rules: every command is the installed one; what it wrote is judged by the software of
others: DuckDB, the schemas of OCSF and CycloneDX, OpenTelemetry's decoder.
Not here: each row of each dataset (`tests/interchange`).
"""

import json
import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from canary_machine import canary_machine
from collector_process import Collector, collector, run
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from ocsf_check import problems
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
TESTS = Path(__file__).resolve().parents[1]
AGENT = TESTS / "privacy" / "canary_agent.py"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """Run a collector that one machine has sent a full pass to."""
    folder = tmp_path_factory.mktemp("export")
    with collector(folder / "collector") as running:
        machine = folder / "machine"
        canary_machine(machine)
        run("discreet-agent", "enrol", running.token(), state=folder / "agent")
        path = os.pathsep.join([str(TESTS), str(TESTS.parent)])
        subprocess.run(
            [sys.executable, AGENT, machine, folder / "agent"],
            env={**os.environ, "PYTHONPATH": path},
            capture_output=True,
            timeout=120,
            check=True,
        )
        yield running


def export(made: Collector, form: str, purpose: str, out: Path) -> Path:
    """Export what a purpose has, and return the file."""
    asked = ("--purpose", purpose, "--reason", "test", "--format", form)
    made.ask("export", *asked, "--out", str(out))
    return out


def test_parquet_has_what_a_query_counts(made: Collector, tmp_path: Path) -> None:
    """Each table is a file with as many rows as the purpose lists."""
    folder = export(made, "parquet", "security", tmp_path / "tables")
    asked = ("--purpose", "security", "--reason", "test", "--format", "json")
    listed = {
        row["table"]: row["rows"]
        for row in map(json.loads, made.ask("query", *asked).splitlines())
    }
    counted = {
        file.stem: duckdb.sql(f"FROM read_parquet('{file}')").count("*").fetchall()
        for file in folder.iterdir()
    }
    assert counted == {name: [(rows,)] for name, rows in listed.items()}
    assert sum(listed.values()) > 20


def test_a_siem_takes_every_event(made: Collector, tmp_path: Path) -> None:
    """All that security reads of a machine is valid OCSF."""
    file = export(made, "ocsf", "security", tmp_path / "events.jsonl")
    events = [json.loads(line) for line in file.read_bytes().splitlines()]
    assert [found for event in events for found in problems(event)] == []
    found = {event["class_uid"] for event in events}
    assert {5_001, 5_002, 5_003, 5_012, 5_013, 5_020} <= found


def test_a_scanner_takes_the_software_list(made: Collector, tmp_path: Path) -> None:
    """A machine's packages are valid CycloneDX, with package URLs."""
    file = export(made, "cyclonedx", "administration", tmp_path / "list.cdx.json")
    text = file.read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    components = json.loads(text)["components"]
    assert {one.get("purl", "")[:8] for one in components} >= {"pkg:deb/"}


def test_opentelemetry_takes_the_metrics(made: Collector, tmp_path: Path) -> None:
    """The machine's load has the names of the conventions."""
    octets = export(made, "otlp-metrics", "provision", tmp_path / "m").read_bytes()
    names, place = set(), 0
    while place < len(octets):
        (length,) = struct.unpack_from(">I", octets, place)
        part = octets[place + 4 : place + 4 + length]
        for resource in ExportMetricsServiceRequest.FromString(part).resource_metrics:
            names |= {one.name for one in resource.scope_metrics[0].metrics}
        place += 4 + length
    assert {"system.cpu.time", "system.memory.usage", "system.uptime"} <= names

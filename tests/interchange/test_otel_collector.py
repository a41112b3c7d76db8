# SPDX-License-Identifier: Apache-2.0
"""Logs and metrics as OpenTelemetry's own collector takes and shows them, over TLS.

Rules: the collector is of OpenTelemetry's own parts; what it shows with its debug
exporter must equal what was sent; its refusals are its own.
Not here: every field of every dataset (`test_otlp.py`), a receiver that CI has
(`test_otlp_receiver.py`).
"""

import gzip
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from export_room import ABOUT, DEVICE, dataset_table
from otel_collector_fixture import BODY_BYTES, MISSING, OtelCollector, otel_collector

from server.errors import TrustError, UnreachableError
from server.figures.kept import SECONDS, Figure, Figures, Kind
from server.formats import otlp, otlp_logs
from server.formats.posting import HEADERS, post
from server.formats.pushing import Sent, push
from server.formats.sending import Target, posted
from server.watch.otlp import Part
from server.watch.pushing import push_once

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(MISSING, reason="build it: packaging/otel-collector/build"),
]
RESOURCE = {
    "service.name": ("Str", "discreet"),
    "service.instance.id": ("Str", DEVICE),
    "service.version": ("Str", "0.1.0"),
    "host.id": ("Str", DEVICE),
    "host.name": ("Str", "Reception"),
    "discreet.purpose": ("Str", "support"),
}


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[OtelCollector]:
    """Run the collector."""
    with otel_collector(tmp_path) as running:
        yield running


def test_it_shows_every_record(collector: OtelCollector) -> None:
    """Times, severities, bodies and attributes with their types, of 1,500 rows."""
    rows: list[dict[str, object]] = [
        {
            "timestamp": "2026-11-28T10:00:00Z",
            "severity_number": 17,
            "severity_text": "err",
            "message": f"Gerät {number}: no space",
            "service.name": "postfix",
            "process.pid": number,
            "log.source": "journal",
        }
        for number in range(1_500)
    ]
    table = dataset_table("event_logs", rows)
    with pytest.raises(UnreachableError, match="HTTP status 400 at /v1/logs"):
        push("otlp-logs", [table], ABOUT, collector.target)  # beyond its bound
    for first in range(0, len(rows), 500):
        some = dataset_table("event_logs", rows[first : first + 500])
        assert push("otlp-logs", [some], ABOUT, collector.target) == Sent(500, 0)
    assert [one.attributes for one in collector.shown("ResourceLog", 3)] == [
        RESOURCE
    ] * 3
    records = collector.shown("LogRecord", len(rows))
    assert len(records) == len(rows)
    for number, record in enumerate(records):
        fields = record.fields
        assert fields["Body"] == f"Str(Gerät {number}: no space)"
        assert fields["Timestamp"] == "2026-11-28 10:00:00 +0000 UTC"
        assert fields["ObservedTimestamp"] == "2026-11-28 11:00:00 +0000 UTC"
        assert fields["SeverityNumber"] == "Error(17)"
        assert fields["SeverityText"] == "err"
        assert fields["EventName"] == "discreet.event_logs"
        assert record.attributes == {
            "service.name": ("Str", "postfix"),
            "process.pid": ("Int", str(number)),
            "discreet.event_logs.log.source": ("Str", "journal"),
        }


def test_it_shows_every_metric(collector: OtelCollector) -> None:
    """Names, units, kinds, starts and values are those of the rows."""
    row = {
        "timestamp": "2026-11-28T10:00:00Z",
        "system.uptime": 3_600,
        "system.cpu.time.user": 7.25,
        "system.memory.usage": 1 << 33,
        "load1": 0.25,
    }
    table = dataset_table("host_metrics", [row])
    assert push("otlp-metrics", [table], ABOUT, collector.target) == Sent(4, 0)
    (resource,) = collector.shown("ResourceMetrics", 1)
    assert resource.attributes == RESOURCE
    metrics = {one.fields["Name"]: one.fields for one in collector.shown("Metric", 4)}
    points = collector.shown("NumberDataPoints", 4)
    values = dict(zip(metrics, (one.fields["Value"] for one in points), strict=True))
    assert values == {
        "system.uptime": "3600",
        "system.cpu.time": "7.250000",
        "system.memory.usage": str(1 << 33),
        "discreet.host_metrics.load1": "0.250000",
    }
    assert {name: one["Unit"] for name, one in metrics.items()} == {
        "system.uptime": "s",
        "system.cpu.time": "s",
        "system.memory.usage": "By",
        "discreet.host_metrics.load1": "",
    }
    spent = metrics["system.cpu.time"]
    assert (spent["DataType"], spent["IsMonotonic"]) == ("Sum", "true")
    assert spent["AggregationTemporality"] == "Cumulative"
    begun = {
        name: point.fields["StartTimestamp"]
        for name, point in zip(metrics, points, strict=True)
    }
    assert begun["system.cpu.time"] == "2026-11-28 09:00:00 +0000 UTC"
    assert {one.fields["Timestamp"] for one in points} == {
        "2026-11-28 10:00:00 +0000 UTC"
    }


def test_its_refusals_are_told(collector: OtelCollector) -> None:
    """A wrong path, another media type, no protobuf; compressed is as good as not."""
    (sent,) = otlp_logs.requests(
        [dataset_table("event_logs", [{"message": "one"}])], ABOUT
    )
    where = collector.target
    statuses = [
        posted(where, path, octets, headers).status
        for path, octets, headers in (
            ("/v1/logs", sent.octets, {**HEADERS, "Content-Encoding": "gzip"}),
            ("/v1/logs", sent.octets, {"Content-Type": "text/plain"}),
            ("/other/v1/logs", sent.octets, HEADERS),
            ("/v1/logs", b"\x00no", HEADERS),
            ("/v1/logs", b"\x0a" * BODY_BYTES * 2, HEADERS),
        )
    ]
    assert statuses == [400, 415, 404, 400, 400]
    elsewhere = Target(where.host, where.port, where.authority, base="/other")
    with pytest.raises(UnreachableError, match="404 at /other/v1/logs; its path for"):
        list(post(elsewhere, "/v1/logs", [sent.octets]))
    packed = gzip.compress(sent.octets)
    zipped = {**HEADERS, "Content-Encoding": "gzip"}
    answer = posted(where, "/v1/logs", packed, zipped)
    assert (answer.status, otlp.refused(answer.octets)) == (200, 0)
    (record,) = collector.shown("LogRecord", 1)
    assert record.fields["Body"] == "Str(one)"


def test_another_authority_gets_nothing(
    collector: OtelCollector, tmp_path: Path
) -> None:
    """A collector whose certificate another signed is sent no row."""
    (tmp_path / "other").mkdir()
    with otel_collector(tmp_path / "other") as other:
        port = collector.target.port
        stranger = Target("127.0.0.1", port, other.target.authority)
        with pytest.raises(TrustError):
            list(post(stranger, "/v1/logs", [b""]))
    assert collector.shown("LogRecord", 0) == []


def test_it_takes_figures_of_ourselves(collector: OtelCollector) -> None:
    """Counters, gauges and times with bounds, as a gate's text told them."""
    declared = (
        Figure("gate_stored_bytes_total", Kind.COUNTER, "Octets."),
        Figure("gate_commit_seconds", Kind.SECONDS, "One commit."),
    )
    figures = Figures(declared)
    figures.count("gate_stored_bytes_total", more=1 << 40)
    figures.took("gate_commit_seconds", 0.02)
    part = Part("discreet-gate", "0f" * 16, "0.1.0", figures.text(), declared)
    assert push_once(collector.target, [part], threading.Event()) == ""
    stored, commit = (one.fields for one in collector.shown("Metric", 2))
    assert (stored["Name"], stored["Unit"]) == ("discreet.gate_stored", "By")
    assert (stored["DataType"], stored["IsMonotonic"]) == ("Sum", "true")
    assert (commit["Name"], commit["Unit"]) == ("discreet.gate_commit", "s")
    assert (commit["DataType"], commit["Description"]) == ("Histogram", "One commit.")
    (point,) = collector.shown("NumberDataPoints", 1)
    assert float(point.fields["Value"]) == 1 << 40
    (taken,) = collector.shown("HistogramDataPoints", 1)
    assert (taken.fields["Count"], taken.fields["Sum"]) == ("1", "0.020000")
    shown = collector.shows.read_text()
    assert shown.count("ExplicitBounds #") == len(SECONDS)
    assert "Buckets #2, Count: 1" in shown

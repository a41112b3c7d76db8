# SPDX-License-Identifier: Apache-2.0
"""OTLP as OpenTelemetry's own decoder takes it: logs and metrics.

Rules: what we encode is decoded by `opentelemetry-proto`, which shares no line with it.
Not here: a receiver (`test_otlp_pushed.py`), syslog (`test_syslog.py`), the command
(`test_export_command.py`).
"""

import struct

import pytest
from export_room import ABOUT, DEVICE, dataset_table, example_rows, written
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
)
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from reader_fixture import CATALOGUE

from server.formats import otlp, otlp_logs, otlp_metrics, protobuf
from server.formats.otlp_names import METRICS, SEMANTIC
from wire.catalogue import Kind

OTHER = "0e" * 16
LOGS = sorted(
    name for name, one in CATALOGUE.datasets.items() if one.kind is not Kind.METRIC
)


def plain(value: AnyValue) -> object:
    """Return a value as Python has it."""
    kind = value.WhichOneof("value")
    assert kind is not None
    found: object = getattr(value, kind)
    return found


def named(pairs: list[KeyValue]) -> dict[str, object]:
    """Return attributes by name, none of which may stand twice."""
    found = {pair.key: plain(pair.value) for pair in pairs}
    assert len(found) == len(pairs)
    return found


@pytest.mark.parametrize("name", LOGS)
def test_each_row_is_a_record_with_all_that_it_says(name: str) -> None:
    """Examples of every collector, hostile ones among them, decode to their values."""
    rows = example_rows(name)
    (sent,) = otlp_logs.requests([dataset_table(name, rows)], ABOUT)
    request = ExportLogsServiceRequest.FromString(sent.octets)
    (resource,) = request.resource_logs
    (scope,) = resource.scope_logs
    assert len(scope.log_records) == sent.count == len(rows)
    for row, record in zip(rows, scope.log_records, strict=True):
        found = named(list(record.attributes))
        assert record.event_name == f"discreet.{name}"
        for column, value in row.items():
            if column == "message":
                assert plain(record.body) == value
            elif column == "severity_number":
                assert record.severity_number == value
            elif column == "severity_text":
                assert record.severity_text == value
            elif column != "timestamp":
                assert found.pop(otlp.name(name, column)) == value
        assert found == {}


def test_a_log_line_has_the_names_of_the_conventions() -> None:
    """Time, severity, body, resource and scope stand where OpenTelemetry has them."""
    row = {
        "timestamp": "2026-11-28T10:00:00Z",
        "severity_number": 17,
        "severity_text": "err",
        "message": "no space",
        "service.name": "postfix",
        "process.pid": 42,
        "log.source": "journal",
    }
    (sent,) = otlp_logs.requests([dataset_table("event_logs", [row])], ABOUT)
    (resource,) = ExportLogsServiceRequest.FromString(sent.octets).resource_logs
    assert named(list(resource.resource.attributes)) == {
        "service.name": "discreet",
        "service.instance.id": DEVICE,
        "service.version": "0.1.0",
        "host.id": DEVICE,
        "host.name": "Reception",
        "discreet.purpose": "support",
    }
    (scope,) = resource.scope_logs
    assert (scope.scope.name, scope.scope.version) == ("discreet.event_logs", "0.1.0")
    (record,) = scope.log_records
    assert record.time_unix_nano == 1_795_860_000_000_000_000
    assert record.observed_time_unix_nano == 1_795_863_600_000_000_000
    assert (record.severity_number, record.severity_text) == (17, "err")
    assert record.body.string_value == "no space"
    assert named(list(record.attributes)) == {
        "service.name": "postfix",
        "process.pid": 42,
        "discreet.event_logs.log.source": "journal",
    }


def metrics_of(name: str, *rows: dict[str, object]) -> dict[str, Metric]:
    """Return the metrics of one device's rows by name."""
    (sent,) = otlp_metrics.requests([dataset_table(name, rows)], ABOUT)
    request = ExportMetricsServiceRequest.FromString(sent.octets)
    (resource,) = request.resource_metrics
    (scope,) = resource.scope_metrics
    return {metric.name: metric for metric in scope.metrics}


def test_metrics_are_those_of_the_conventions() -> None:
    """Counters, sums and gauges with units, directions, modes and a start."""
    found = metrics_of(
        "host_metrics",
        {
            "timestamp": "2026-11-28T10:00:00Z",
            "system.uptime": 3_600,
            "system.cpu.time.user": 1.5,
            "system.cpu.time.idle": 20.25,
            "system.memory.usage": 2**40,
            "system.memory.utilization": 0.5,
            "system.network.io.receive": 7,
            "load1": 0.25,
        },
    )
    spent = found["system.cpu.time"]
    assert (spent.unit, spent.sum.is_monotonic) == ("s", True)
    assert spent.sum.aggregation_temporality == 2
    assert [
        (named(list(point.attributes)), point.as_double)
        for point in spent.sum.data_points
    ] == [({"cpu.mode": "user"}, 1.5), ({"cpu.mode": "idle"}, 20.25)]
    (point, _) = spent.sum.data_points
    assert point.time_unix_nano == 1_795_860_000_000_000_000
    assert point.start_time_unix_nano == 1_795_856_400_000_000_000
    memory = found["system.memory.usage"]
    assert (memory.unit, memory.sum.is_monotonic) == ("By", False)
    assert memory.sum.data_points[0].as_int == 2**40
    assert found["system.memory.utilization"].gauge.data_points[0].as_double == 0.5
    assert found["discreet.host_metrics.load1"].gauge.data_points[0].as_double == 0.25
    received = found["system.network.io"].sum.data_points[0]
    assert named(list(received.attributes)) == {"network.io.direction": "receive"}


def test_texts_of_a_metric_are_attributes_of_its_points() -> None:
    """Points of one chip are told from those of another; a fault is a mark."""
    rows = [
        {"chip": chip, "sensor": "temp1", "hw.temperature": 40.5, "alarm": alarm}
        for chip, alarm in (("k10temp", False), ("nvme", True))
    ]
    points = metrics_of("sensors", *rows)["hw.temperature"].gauge.data_points
    assert [named(list(point.attributes)) for point in points] == [
        {
            "discreet.sensors.chip": chip,
            "discreet.sensors.sensor": "temp1",
            "discreet.sensors.alarm": alarm,
        }
        for chip, alarm in (("k10temp", False), ("nvme", True))
    ]


def test_points_are_in_order_of_time() -> None:
    """Late rows do not stand before early ones: many receivers refuse what is older."""
    rows = [
        {"timestamp": f"2026-11-28T10:0{minute}:00Z", "load1": float(minute)}
        for minute in (3, 1, 2)
    ]
    found = metrics_of("host_metrics", *rows)["discreet.host_metrics.load1"]
    assert [point.as_double for point in found.gauge.data_points] == [1, 2, 3]
    assert found.unit == ""


def test_each_dataset_is_a_log_or_a_metric() -> None:
    """Nothing of the catalogue has two forms, and nothing has none."""
    for dataset in CATALOGUE.datasets.values():
        told = [otlp_logs.unfit(dataset), otlp_metrics.unfit(dataset)]
        assert told.count("") == 1
    columns = {
        column.name
        for dataset in CATALOGUE.datasets.values()
        for column in dataset.columns
    }
    assert columns >= METRICS.keys() | SEMANTIC


def test_many_rows_of_two_devices_are_bounded_requests() -> None:
    """A request has at most 1,000 rows; each device is a resource of its own."""
    rows = [
        {"message": str(number), "device": (DEVICE, OTHER)[number % 2]}
        for number in range(2_500)
    ]
    made = list(otlp_logs.requests([dataset_table("event_logs", rows)], ABOUT))
    assert [request.count for request in made] == [1_000, 1_000, 500]
    first = ExportLogsServiceRequest.FromString(made[0].octets)
    found = {
        named(list(one.resource.attributes))["host.id"]: [
            record.body.string_value for record in one.scope_logs[0].log_records
        ]
        for one in first.resource_logs
    }
    assert found == {
        DEVICE: [str(number) for number in range(0, 1_000, 2)],
        OTHER: [str(number) for number in range(1, 1_000, 2)],
    }


def test_points_of_two_devices_are_apart() -> None:
    """No point stands under another device's resource."""
    rows = [
        {"load1": float(number), "device": (DEVICE, OTHER)[number % 2]}
        for number in range(6)
    ]
    (sent,) = otlp_metrics.requests([dataset_table("host_metrics", rows)], ABOUT)
    request = ExportMetricsServiceRequest.FromString(sent.octets)
    found = {
        named(list(one.resource.attributes))["host.id"]: [
            point.as_double
            for point in one.scope_metrics[0].metrics[0].gauge.data_points
        ]
        for one in request.resource_metrics
    }
    assert found == {DEVICE: [0.0, 2.0, 4.0], OTHER: [1.0, 3.0, 5.0]}


def test_large_rows_make_small_requests() -> None:
    """A request is not much larger than its bound, however long the texts are."""
    rows = [{"message": "x" * 500_000}] * 30
    made = list(otlp_logs.requests([dataset_table("event_logs", rows)], ABOUT))
    assert max(len(request.octets) for request in made) < 5 * 1_024 * 1_024
    assert sum(request.count for request in made) == 30


@pytest.mark.parametrize("form", ["otlp-logs", "otlp-metrics"])
def test_a_file_has_each_request_behind_its_length(form: str) -> None:
    """As OpenTelemetry's file exporter writes it, and its receiver reads it."""
    name, kind = {
        "otlp-logs": ("logins", ExportLogsServiceRequest),
        "otlp-metrics": ("host_metrics", ExportMetricsServiceRequest),
    }[form]
    octets = written(form, dataset_table(name, example_rows(name)))
    (length,) = struct.unpack(">I", octets[:4])
    assert length == len(octets) - 4
    assert kind.FromString(octets[4:]).SerializeToString()


@given(st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), st.text())
def test_values_are_those_of_protobuf(number: int, real: float, text: str) -> None:
    """The whole range of numbers, and texts of all alphabets."""
    for value in (number, real, text, True, False):
        assert plain(AnyValue.FromString(otlp.any_value(value))) == value
    assert list(protobuf.fields(protobuf.text(3, text))) == [(3, text.encode())]

# SPDX-License-Identifier: Apache-2.0
"""OTLP as OpenTelemetry's own decoder and an HTTP receiver take it: logs and metrics.

Rules: what we encode is decoded by `opentelemetry-proto`, which shares no line with it;
the receiver is an HTTPS server of these tests.
Not here: syslog (`test_syslog.py`), the command (`test_export_command.py`).
"""

import email.utils
import ssl
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from export_room import ABOUT, DEVICE, dataset_table, example_rows, written
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsPartialSuccess,
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from reader_fixture import CATALOGUE
from tls_fixture import Answer, Reply, authority, server_credential, tls_server

from server.errors import UnreachableError, UsageError
from server.formats import otlp, otlp_logs, otlp_metrics, protobuf
from server.formats.otlp_names import METRICS, SEMANTIC
from server.formats.posting import PAUSES, WAIT_SECONDS, post
from server.formats.pushing import Sent, push
from server.formats.sending import Target, target
from wire.catalogue import Kind

PROTOBUF = "application/x-protobuf"
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


@contextmanager
def receiver(folder: Path, answer: Answer) -> Iterator[Target]:
    """Run an OTLP/HTTP receiver."""
    ca = authority()
    pem = folder / "authority.pem"
    pem.write_text(ssl.DER_cert_to_PEM_cert(ca.certificate))
    with tls_server(folder, server_credential(ca), answer) as server:
        yield Target("127.0.0.1", server.port, pem)


def test_a_receiver_gets_every_record(tmp_path: Path) -> None:
    """Over TLS, at the path of logs; what it refuses is counted."""
    heard: list[str] = []

    def answer(path: str, body: bytes) -> Reply:
        assert path == "/v1/logs"
        request = ExportLogsServiceRequest.FromString(body)
        for resource in request.resource_logs:
            for scope in resource.scope_logs:
                heard.extend(one.body.string_value for one in scope.log_records)
        partial = ExportLogsPartialSuccess(rejected_log_records=3, error_message="old")
        told = ExportLogsServiceResponse(partial_success=partial)
        return Reply(told.SerializeToString(), content_type=PROTOBUF)

    rows = [{"message": str(number)} for number in range(1_500)]
    with receiver(tmp_path, answer) as where:
        table = dataset_table("event_logs", rows)
        assert push("otlp-logs", [table], ABOUT, where) == Sent(1_500, 6)
    assert heard == [str(number) for number in range(1_500)]


def test_a_receiver_gets_every_point(tmp_path: Path) -> None:
    """At the path of metrics."""
    heard: list[float] = []

    def answer(path: str, body: bytes) -> Reply:
        assert path == "/v1/metrics"
        for resource in ExportMetricsServiceRequest.FromString(body).resource_metrics:
            for metric in resource.scope_metrics[0].metrics:
                heard.extend(point.as_double for point in metric.gauge.data_points)
        return Reply(b"", content_type=PROTOBUF)

    with receiver(tmp_path, answer) as where:
        table = dataset_table("host_metrics", [{"load1": 0.5}, {"load1": 1.5}])
        assert push("otlp-metrics", [table], ABOUT, where) == Sent(2, 0)
    assert heard == [0.5, 1.5]


def half() -> float:
    """Be the chance in the middle: a pause is as it is planned."""
    return 0.5


def test_a_busy_receiver_is_asked_again_and_then_told(tmp_path: Path) -> None:
    """Each further try comes after a longer pause; the last one is an error."""
    statuses = [503, 429, 200]
    pauses: list[float] = []

    def answer(_: str, __: bytes) -> Reply:
        return Reply(b"", statuses.pop(0) if statuses else 502)

    with receiver(tmp_path, answer) as where:
        assert list(post(where, "/v1/logs", [b""], pauses.append, half)) == [b""]
        assert pauses == [*PAUSES[:2]]
        with pytest.raises(UnreachableError, match="502"):
            list(post(where, "/v1/logs", [b""], pauses.append, half))
    assert pauses == [*PAUSES[:2], *PAUSES]


def test_a_receiver_says_when_to_come_back(tmp_path: Path) -> None:
    """In seconds or by the clock, never sooner; too long a rest is a refusal."""
    now = int(time.time())
    told = ["7", email.utils.formatdate(now + 30, usegmt=True), "soon", None, "86400"]
    pauses: list[float] = []

    def answer(_: str, __: bytes) -> Reply:
        after = told.pop(0)
        named = () if after is None else (("Retry-After", after),)
        return Reply(b"", 200 if after is None else 429, headers=named)

    with receiver(tmp_path, answer) as where:
        list(post(where, "/v1/logs", [b""], pauses.append, lambda: 0.0))
        assert told == ["86400"]
        with pytest.raises(UnreachableError, match="429"):
            list(post(where, "/v1/logs", [b""], pauses.append, lambda: 0.0))
    assert told == []
    assert pauses[0] == 7
    assert 0 < pauses[1] <= 31
    assert pauses[2:] == [PAUSES[2] / 2]
    assert max(pauses) <= WAIT_SECONDS


def test_who_went_away_amid_requests_is_asked_again(tmp_path: Path) -> None:
    """A name that never answered is told at once, one that did is waited for."""
    heard: list[bytes] = []
    pauses: list[float] = []

    def answer(_: str, body: bytes) -> Reply:
        heard.append(body)
        if heard == [b"1", b"2"]:
            raise ConnectionError  # the connection ends without an answer
        return Reply(b"", content_type=PROTOBUF)

    with receiver(tmp_path, answer) as where:
        bodies = [b"1", b"2", b"3"]
        assert list(post(where, "/v1/logs", bodies, pauses.append, half)) == [b""] * 3
    assert heard == [b"1", b"2", b"2", b"3"]
    assert pauses == [PAUSES[0]]
    with pytest.raises(UnreachableError, match="refused"):
        list(post(where, "/v1/logs", [b""], pauses.append, half))
    assert pauses == [PAUSES[0]]


@pytest.mark.parametrize("status", [200, 202, 204])
def test_what_was_taken_does_not_go_again(tmp_path: Path, status: int) -> None:
    """Each status of success is one, with an answer or without."""
    with receiver(tmp_path, lambda _, __: Reply(b"", status)) as where:
        assert list(post(where, "/v1/logs", [b""])) == [b""]


def test_a_path_of_the_receiver_goes_before(tmp_path: Path) -> None:
    """As a person typed it behind the machine's name, and nothing else as a path."""
    asked: list[str] = []

    def answer(path: str, _: bytes) -> Reply:
        asked.append(path)
        return Reply(b"", 404)

    with receiver(tmp_path, answer) as where:
        told = f"127.0.0.1:{where.port}/api/v1/otlp/"
        typed = target(told, 4_318, where.authority, below=True)
        with pytest.raises(UnreachableError, match="404 at /api/v1/otlp/v1/logs; its"):
            list(post(typed, "/v1/logs", [b""]))
    assert asked == ["/api/v1/otlp/v1/logs"]
    for wrong in ("host/a?b", "host//a", "host/a b", "host/" + "a" * 200, "host/%2e"):
        with pytest.raises(UsageError, match="a receiver's path is"):
            target(wrong, 4_318, below=True)
    assert target("host/", 4_318, below=True).base == ""
    with pytest.raises(UsageError, match="HOST:PORT"):
        target("host:1/a", 6_514)


@pytest.mark.parametrize("status", [301, 400, 401, 404, 413])
def test_a_refusal_is_not_tried_again(tmp_path: Path, status: int) -> None:
    """What would be refused again ends the export with its status."""
    asked: list[str] = []

    def answer(path: str, _: bytes) -> Reply:
        asked.append(path)
        return Reply(b"", status)

    with (
        receiver(tmp_path, answer) as where,
        pytest.raises(UnreachableError, match=str(status)),
    ):
        list(post(where, "/v1/logs", [b"", b""]))
    assert asked == ["/v1/logs"]


@given(st.binary(max_size=40))
def test_no_answer_stops_us(octets: bytes) -> None:
    """An answer is a count or a sentence, whatever it holds."""
    with suppress(UnreachableError):
        assert otlp.refused(octets) >= 0


@given(st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), st.text())
def test_values_are_those_of_protobuf(number: int, real: float, text: str) -> None:
    """The whole range of numbers, and texts of all alphabets."""
    for value in (number, real, text, True, False):
        assert plain(AnyValue.FromString(otlp.any_value(value))) == value
    assert list(protobuf.fields(protobuf.text(3, text))) == [(3, text.encode())]

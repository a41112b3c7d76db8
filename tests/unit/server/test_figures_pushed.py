# SPDX-License-Identifier: Apache-2.0
"""Figures of ourselves as OTLP: what a request says, and that nothing waits for it.

Rules: a request is decoded by `opentelemetry-proto`, which shares no line with ours;
the receiver is an HTTPS server of these tests, on a socket.
Not here: a real receiver (`tests/e2e/test_figures_to_receiver.py`).
"""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsPartialSuccess,
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from tls_fixture import Answer, Reply, authority, server_credential, tls_server

from server.configuration_metrics import Metrics, Push, Where, read_metrics
from server.errors import UsageError
from server.figures.kept import SECONDS, Figure, Figures, Kind
from server.figures.listening import shown
from server.formats.sending import Target
from server.watch.otlp import Part, request
from server.watch.pushing import (
    instance_of,
    keep_pushing,
    push_once,
    receiver_of,
    told,
)

NOW, BEGAN = 1_795_867_200, 1_795_860_000
DECLARED = (
    Figure(
        "gate_jars_total", Kind.COUNTER, "Jars.", {"colour": ("red", "blue", "other")}
    ),
    Figure("gate_stored_bytes_total", Kind.COUNTER, "Octets."),
    Figure("height", Kind.GAUGE, "How high."),
    Figure("gate_wait_seconds", Kind.SECONDS, "How long."),
    Figure("gate_started_timestamp_seconds", Kind.GAUGE, "When it started."),
)


def counted() -> Figures:
    """Return figures of which each kind has a value."""

    def look(these: Figures) -> None:
        these.set("height", 2.5)
        these.set("gate_started_timestamp_seconds", BEGAN)

    figures = Figures(DECLARED, look)
    figures.count("gate_jars_total", "red", more=3)
    figures.count("gate_jars_total", 'mallory"} 1\n')
    figures.count("gate_stored_bytes_total", more=1 << 40)
    figures.took("gate_wait_seconds", 0.02)
    figures.took("gate_wait_seconds", 0.03)
    figures.took("gate_wait_seconds", 99)
    return figures


def metrics_of(octets: bytes) -> dict[str, Metric]:
    """Return the metrics of a request's one process, by name."""
    (resource,) = ExportMetricsServiceRequest.FromString(octets).resource_metrics
    (scope,) = resource.scope_metrics
    return {metric.name: metric for metric in scope.metrics}


def part(text: str) -> Part:
    """Return a process that tells a text."""
    return Part("discreet-gate", "0f" * 16, "1.2.3", text)


def test_each_kind_is_what_it_is_in_opentelemetry() -> None:
    """Counters and times are cumulative since the start, with a unit of their own."""
    found = metrics_of(request([part(counted().text())], NOW))
    assert set(found) == {
        *("discreet.gate_jars", "discreet.gate_stored", "discreet.height"),
        *("discreet.gate_wait", "discreet.gate_started_timestamp"),
    }
    jars = found["discreet.gate_jars"].sum
    assert (jars.aggregation_temporality, jars.is_monotonic) == (2, True)
    assert {
        point.attributes[0].value.string_value: point.as_double
        for point in jars.data_points
    } == {"red": 3, "blue": 0, "other": 1}
    times = {
        (point.start_time_unix_nano, point.time_unix_nano) for point in jars.data_points
    }
    assert times == {(BEGAN * 10**9, NOW * 10**9)}
    stored = found["discreet.gate_stored"]
    assert (stored.unit, stored.sum.data_points[0].as_double) == ("By", 1 << 40)
    height = found["discreet.height"]
    assert (height.unit, height.description) == ("", "How high.")
    assert height.gauge.data_points[0].as_double == 2.5
    assert height.gauge.data_points[0].start_time_unix_nano == 0
    wait = found["discreet.gate_wait"]
    (taken,) = wait.histogram.data_points
    assert (wait.unit, wait.histogram.aggregation_temporality) == ("s", 2)
    assert (taken.count, taken.sum) == (3, pytest.approx(99.05))
    assert tuple(taken.explicit_bounds) == SECONDS
    assert len(taken.bucket_counts) == len(SECONDS) + 1
    assert sum(taken.bucket_counts) == 3
    assert [at for at, count in enumerate(taken.bucket_counts) if count] == [2, 3, 12]


def test_a_process_is_told_without_naming_the_machine() -> None:
    """Service, version and a digest: nothing of the host, no number of a client."""
    tenant = bytes(range(16))
    one = Part("discreet-server", instance_of(tenant), "1.2.3", counted().text())
    octets = request([one, part("")], NOW)
    first, second = ExportMetricsServiceRequest.FromString(octets).resource_metrics
    assert {
        pair.key: pair.value.string_value for pair in first.resource.attributes
    } == {
        "service.name": "discreet-server",
        "service.instance.id": instance_of(tenant),
        "service.version": "1.2.3",
    }
    assert list(second.scope_metrics[0].metrics) == []
    assert tenant.hex() not in instance_of(tenant)
    assert instance_of(bytes(16)) != instance_of(tenant)
    assert b"mallory" not in octets


def test_counters_of_a_text_without_a_start_have_none() -> None:
    """Unknown is said as OTLP says it, and is no guess."""
    figures = Figures(DECLARED)
    found = metrics_of(request([part(figures.text())], NOW))
    points = found["discreet.gate_jars"].sum.data_points
    assert {point.start_time_unix_nano for point in points} == {0}


def test_a_gate_is_asked_where_it_shows_its_figures() -> None:
    """And is left out while it does not answer, rather than told as it was."""
    fleet = Figures(DECLARED)
    with shown(Where("127.0.0.1", 0), counted().text) as port:
        both = told(fleet, f"127.0.0.1:{port}", "")
    assert [one.service for one in both] == ["discreet-server", "discreet-gate"]
    assert both[1].text == counted().text()
    assert [one.service for one in told(fleet, f"127.0.0.1:{port}", "")] == [
        "discreet-server"
    ]


@contextmanager
def receiver(folder: Path, answer: Answer) -> Iterator[Target]:
    """Run an OTLP/HTTP receiver."""
    ca = authority()
    pem = folder / "authority.pem"
    pem.write_text(ssl.DER_cert_to_PEM_cert(ca.certificate))
    with tls_server(folder, server_credential(ca), answer) as server:
        yield Target("127.0.0.1", server.port, pem)


def test_a_receiver_that_fails_holds_nothing_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is told in the log once, and once that it does no more; then goes on."""
    statuses = [400, 400, 400]
    taken: list[float] = []
    ended = threading.Event()

    def answer(path: str, body: bytes) -> Reply:
        assert path == "/v1/metrics"
        if statuses:
            return Reply(b"mallory", statuses.pop())
        points = metrics_of(body)["discreet.gate_jars"].sum.data_points
        taken.append(sum(point.as_double for point in points))
        if len(taken) == 2:
            ended.set()
        return Reply(b"")

    figures = counted()

    def parts() -> list[Part]:
        figures.count("gate_jars_total", "blue")
        return [part(figures.text())]

    with receiver(tmp_path, answer) as where:
        keep_pushing(where, parts, 0.01, ended)
    assert taken == [8, 9]  # four of before, and what rose while it failed
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == ["figures-not-pushed", "figures-pushed"]
    assert "HTTP status 400" in lines[0]["why"]
    assert "mallory" not in str(lines)


def test_a_busy_receiver_does_not_keep_it_from_ending(tmp_path: Path) -> None:
    """A pause that the receiver asks for is over when this ends; nothing follows."""
    ended, asked = threading.Event(), threading.Event()
    requests: list[str] = []

    def answer(path: str, _: bytes) -> Reply:
        requests.append(path)
        asked.set()
        return Reply(b"", 503, headers=(("Retry-After", "50"),))

    with receiver(tmp_path, answer) as where:
        thread = threading.Thread(
            target=keep_pushing,
            args=(where, lambda: [part(counted().text())], 1.0, ended),
        )
        thread.start()
        assert asked.wait(30)
        ended.set()
        thread.join(30)
    assert not thread.is_alive()
    assert requests == ["/v1/metrics"]


def test_what_cannot_be_told_now_stops_no_later_push(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A text that is none is named by the class of what went wrong, without a word."""
    texts = ["# HELP discreet_a A.\ndiscreet_a mallory\n", counted().text()]
    ended = threading.Event()

    def answer(_: str, __: bytes) -> Reply:
        ended.set()
        return Reply(b"")

    with receiver(tmp_path, answer) as where:
        keep_pushing(where, lambda: [part(texts.pop(0))], 0.01, ended)
    told = capsys.readouterr().err
    assert '"why": "ValueError"' in told
    assert "mallory" not in told


def test_what_is_not_ours_is_not_pushed() -> None:
    """Another program that answers where the gate should has no figure of ours."""
    text = "# HELP node_load1 Load.\n# TYPE node_load1 gauge\nnode_load1 7\n"
    found = metrics_of(request([part(counted().text() + text)], NOW))
    assert found.keys() == metrics_of(request([part(counted().text())], NOW)).keys()
    assert len(found) == 5


def test_points_that_were_not_taken_are_told(tmp_path: Path) -> None:
    """A partial success is no silence, and is not sent again."""
    partial = ExportMetricsPartialSuccess(rejected_data_points=2)
    answered = ExportMetricsServiceResponse(partial_success=partial)
    with receiver(tmp_path, lambda _, __: Reply(answered.SerializeToString())) as where:
        why = push_once(where, [part(counted().text())], threading.Event())
    assert why == "127.0.0.1 did not take 2 points"


def test_where_figures_are_pushed(tmp_path: Path) -> None:
    """Nowhere unless it is said; a file and a rhythm belong to a receiver."""
    assert not read_metrics({}).watched
    pem = tmp_path / "ca.pem"
    found = read_metrics({"otlp": "host:1/a", "otlp_authority": str(pem)})
    assert found == Metrics(push=Push("host:1/a", pem))
    assert found.watched
    assert read_metrics({"otlp": "host", "otlp_seconds": 10}).push_seconds == 10
    for wrong in (
        {"otlp_authority": str(pem)},
        {"otlp_seconds": 60},
        {"otlp": "host", "otlp_authority": "ca.pem"},
        {"otlp": "host", "otlp_seconds": 9},
        {"otlp": "host", "otlp_seconds": True},
        {"otlp": ""},
    ):
        with pytest.raises(ValueError):  # noqa: PT011 - what its caller takes
            read_metrics(wrong)
    with pytest.raises(UsageError, match="no file of certificates"):
        receiver_of(Push("host", pem))
    for wrong_place in ("https://host", "host:0", "host name"):
        with pytest.raises(UsageError, match=r"HOST:PORT|path is"):
            receiver_of(Push(wrong_place))

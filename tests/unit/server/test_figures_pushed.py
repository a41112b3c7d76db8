# SPDX-License-Identifier: Apache-2.0
"""Figures of ourselves as OTLP: what a request says, and that nothing waits for it.

Rules: a request is decoded by `opentelemetry-proto`, which shares no line with ours;
the receiver is an HTTPS server of these tests, on a socket.
Not here: a real receiver (`tests/e2e/test_figures_to_receiver.py`).
"""

import json
import socket
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
from tls_fixture import (
    Answer,
    Reply,
    authority,
    plain_server,
    server_credential,
    tls_server,
)

from server.configuration_metrics import Metrics, Push, Where, read_metrics
from server.errors import UsageError
from server.figures.kept import SECONDS, Figure, Figures, Kind
from server.figures.listening import shown
from server.formats.sending import Target
from server.gate import figures as gate
from server.watch.otlp import Part, Request, request
from server.watch.pushing import (
    gate_text,
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
    return Part("discreet-gate", "0f" * 16, "1.2.3", text, DECLARED)


def test_each_kind_is_what_it_is_in_opentelemetry() -> None:
    """Counters and times are cumulative since the start, with a unit of their own."""
    found = metrics_of(request([part(counted().text())], NOW).octets)
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
    text = counted().text()
    one = Part("discreet-server", instance_of(tenant), "1.2.3", text, DECLARED)
    octets = request([one], NOW).octets
    (first,) = ExportMetricsServiceRequest.FromString(octets).resource_metrics
    assert {
        pair.key: pair.value.string_value for pair in first.resource.attributes
    } == {
        "service.name": "discreet-server",
        "service.instance.id": instance_of(tenant),
        "service.version": "1.2.3",
    }
    assert tenant.hex() not in instance_of(tenant)
    assert instance_of(bytes(16)) != instance_of(tenant)
    assert b"mallory" not in octets


def test_counters_of_a_text_without_a_start_have_none() -> None:
    """Unknown is said as OTLP says it, and is no guess."""
    figures = Figures(DECLARED)
    found = metrics_of(request([part(figures.text())], NOW).octets)
    points = found["discreet.gate_jars"].sum.data_points
    assert {point.start_time_unix_nano for point in points} == {0}


def test_a_gate_is_asked_where_it_shows_its_figures() -> None:
    """And is left out while it does not answer, rather than told as it was."""
    fleet = counted()
    with shown(Where("127.0.0.1", 0), counted().text) as port:
        both = told(fleet, f"127.0.0.1:{port}", "")
    assert [one.service for one in both] == ["discreet-server", "discreet-gate"]
    assert both[1].text == counted().text()
    assert {figure.name for figure in both[1].declared} >= {"gate_queued"}
    assert [one.text for one in told(fleet, f"127.0.0.1:{port}", "")][1:] == [""]
    assert [one.service for one in told(fleet, "", "")] == ["discreet-server"]
    assert request([part("")], NOW) == Request(b"", ("discreet-gate",))


def test_a_gate_that_says_a_bit_at_a_time_is_not_waited_for() -> None:
    """What it says is bounded in time as a whole, and what was cut off is not told."""
    gone = threading.Event()
    head = b"HTTP/1.0 200 OK\r\nContent-Length: 1000000\r\n\r\n"

    def speak(connection: socket.socket) -> None:
        connection.recv(4_096)
        connection.sendall(head)
        try:
            for _ in range(600):
                connection.sendall(b"#")
                gone.wait(0.05)
        except OSError:
            gone.set()

    with plain_server(speak) as port:
        assert gate_text(f"127.0.0.1:{port}", 0.2) == ""
        assert gone.wait(30)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.0 200 OK\r\nContent-Length: 9\r\n\r\nheight 2",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2000000\r\n\r\n" + b"#" * 2_000_000,
        b"HTTP/1.0 200 OK\r\n\r\nheight 2\n",
        b"HTTP/1.0 503 No\r\nContent-Length: 9\r\n\r\nheight 2\n",
    ],
    ids=["cut off", "too long", "of no length", "refused"],
)
def test_a_text_that_is_not_whole_is_none(answer: bytes) -> None:
    """The last number of a part of a text would be another number."""

    def speak(connection: socket.socket) -> None:
        connection.recv(4_096)
        connection.sendall(answer)

    with plain_server(speak) as port:
        assert gate_text(f"127.0.0.1:{port}") == ""


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        ("gate_started_timestamp_seconds 1795860000", "NaN"),
        ("gate_started_timestamp_seconds 1795860000", "+Inf"),
        ("gate_stored_bytes_total 1099511627776", "-1"),
        ("gate_stored_bytes_total 1099511627776", "mallory"),
        ("gate_stored_bytes_total 1099511627776", "1e999"),
        ('gate_wait_seconds_bucket{le="0.1"} 2', "Inf"),
        ('gate_wait_seconds_bucket{le="0.1"} 2', "0"),
        ('gate_wait_seconds_bucket{le="0.1"} 2', "2.5"),
        ('gate_wait_seconds_bucket{le="+Inf"} 3', "1e300"),
        ("gate_wait_seconds_sum 99.05", "nan"),
        ("gate_wait_seconds_count 3", "4"),
    ],
)
def test_a_gate_with_numbers_that_cannot_be_is_left_out_alone(
    line: str, instead: str
) -> None:
    """Who has the gate cannot keep the fleet's figures from being told."""
    good = counted().text()
    begun, _, _ = line.rpartition(" ")
    bad = good.replace(f"discreet_{line}", f"discreet_{begun} {instead}")
    assert bad != good
    fleet = Part("discreet-server", "", "1.2.3", good, DECLARED)
    found = request([part(bad), fleet], NOW)
    assert found == Request(request([fleet], NOW).octets, ("discreet-gate",))


def test_a_start_that_is_to_come_is_unknown() -> None:
    """Points that begin after they end would be refused, and the rest with them."""
    text = counted().text().replace(str(BEGAN), str(NOW + 1))
    found = metrics_of(request([part(text)], NOW).octets)
    points = found["discreet.gate_jars"].sum.data_points
    assert {point.start_time_unix_nano for point in points} == {0}


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
    """A part that is left out is named in the log, once, without a word of its text."""
    good = counted().text()
    texts = ["discreet_height mallory\n", "discreet_height nan\n", good, good]
    ended = threading.Event()
    fleet = Part("discreet-server", "", "1.2.3", good, DECLARED)
    pushed: list[int] = []

    def answer(_: str, body: bytes) -> Reply:
        told = ExportMetricsServiceRequest.FromString(body)
        pushed.append(len(told.resource_metrics))
        if len(pushed) == 4:
            ended.set()
        return Reply(b"")

    with receiver(tmp_path, answer) as where:
        keep_pushing(where, lambda: [fleet, part(texts.pop(0))], 0.01, ended)
    assert pushed == [1, 1, 2, 2]
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == ["figures-not-pushed", "figures-pushed"]
    assert lines[0]["why"].startswith("discreet-gate shows no figures")
    assert "mallory" not in str(lines)


def test_what_was_not_declared_is_not_pushed() -> None:
    """No name, no label, no bound and no word comes from a text but those declared."""
    text = counted().text()
    more = (
        "# HELP node_load1 Load.\n# TYPE node_load1 gauge\nnode_load1 7\n"
        "# HELP discreet_mallory Her.\n# TYPE discreet_mallory gauge\n"
        'discreet_mallory 7\ndiscreet_gate_jars_total{colour="mallory"} 1\n'
        'discreet_gate_jars_total{colour="red",who="mallory"} 1\n'
        'discreet_height{who="mallory"} 1\n'
        'discreet_gate_wait_seconds_bucket{le="7"} 2\n'
        "# HELP discreet_height mallory\n# TYPE discreet_height counter\n"
    )
    expected = request([part(text)], NOW)
    assert request([part(more + text + more)], NOW) == expected
    assert len(metrics_of(expected.octets)) == 5


def test_all_that_a_gate_shows_is_pushed() -> None:
    """Each line of its text is a point or belongs to one, `other` too."""
    figures = Figures(gate.DECLARED, lambda one: one.set("gate_queued", 3))
    figures.count("gate_requests_total", "mallory", "mallory")
    figures.count("gate_requests_total", "ship", "ok", more=2)
    text = figures.text()
    one = Part("discreet-gate", "", "1.2.3", text, gate.DECLARED)
    found = metrics_of(request([one], NOW).octets).values()
    points = [
        point
        for metric in found
        for point in (*metric.sum.data_points, *metric.gauge.data_points)
    ]
    times = [metric for metric in found if metric.histogram.data_points]
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert len(points) + len(times) * (len(SECONDS) + 3) == len(lines)
    assert sum(point.as_double for point in points) == 6


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

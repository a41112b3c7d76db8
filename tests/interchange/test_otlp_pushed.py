# SPDX-License-Identifier: Apache-2.0
"""OTLP as an HTTP receiver takes it, or does not: what is pushed, again or no more.

Rules: the receiver is an HTTPS server of these tests, which decodes by
`opentelemetry-proto`.
Not here: what is encoded (`test_otlp.py`).
"""

import email.utils
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from export_room import ABOUT, dataset_table
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
from tls_fixture import (
    Answer,
    Reply,
    authority,
    plain_server,
    pump,
    server_credential,
    tls_server,
)

from server.errors import UnansweredError, UnreachableError, UsageError
from server.formats import otlp
from server.formats.posting import PAUSES, WAIT_SECONDS, post
from server.formats.pushing import Sent, push
from server.formats.sending import Target, target

PROTOBUF = "application/x-protobuf"


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


@pytest.mark.parametrize(
    ("told", "pause"),
    [
        ("Fri, 31 Dec 99999999999 23:59:59 GMT", PAUSES[0]),
        ("Fri, 31 Dec 10000 23:59:59 GMT", PAUSES[0]),
        ("99999999999", PAUSES[0]),
        ("-1", PAUSES[0]),
        ("", PAUSES[0]),
        ("Mon, 01 Jan 0001 00:00:00 +2359", PAUSES[0] / 4),
    ],
)
def test_a_time_that_is_none_is_not_obeyed(
    tmp_path: Path, told: str, pause: float
) -> None:
    """The pause is the planned one, and a short one where the time is over."""
    statuses = [503, 200]
    pauses: list[float] = []

    def answer(_: str, __: bytes) -> Reply:
        return Reply(b"", statuses.pop(0), headers=(("Retry-After", told),))

    with receiver(tmp_path, answer) as where:
        assert list(post(where, "/v1/logs", [b""], pauses.append, half)) == [b""]
    assert pauses == [pause]


def test_who_is_away_between_requests_is_asked_again(tmp_path: Path) -> None:
    """A name that never answered is told at once, one that did is waited for."""
    heard: list[bytes] = []
    pauses: list[float] = []
    away = [False, True, True, False]

    def answer(_: str, body: bytes) -> Reply:
        heard.append(body)
        return Reply(b"", content_type=PROTOBUF)

    def speak(before: socket.socket) -> None:
        if away.pop(0):
            return  # a handshake that ends before anything was sent
        with socket.create_connection(("127.0.0.1", there.port)) as onward:
            back = threading.Thread(target=pump, args=(onward, before))
            back.start()
            pump(before, onward)
            back.join(30)

    with receiver(tmp_path, answer) as there, plain_server(speak) as port:
        where = replace(there, port=port)
        bodies = [b"1", b"2"]
        assert list(post(where, "/v1/logs", bodies, pauses.append, half)) == [b""] * 2
    assert heard == [b"1", b"2"]
    assert pauses == [*PAUSES[:2]]
    with pytest.raises(UnreachableError, match="refused"):
        list(post(where, "/v1/logs", [b""], pauses.append, half))
    assert pauses == [*PAUSES[:2]]


def test_what_may_have_been_taken_does_not_go_again(tmp_path: Path) -> None:
    """A request that was sent whole and has no answer ends it with what to do."""
    heard: list[bytes] = []
    pauses: list[float] = []

    def answer(_: str, body: bytes) -> Reply:
        heard.append(body)
        if body == b"2":
            raise ConnectionError  # the connection ends without an answer
        return Reply(b"", content_type=PROTOBUF)

    with (
        receiver(tmp_path, answer) as where,
        pytest.raises(UnansweredError, match=r"may have taken .* look there before"),
    ):
        list(post(where, "/v1/logs", [b"1", b"2", b"3"], pauses.append))
    assert (heard, pauses) == ([b"1", b"2"], [])


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

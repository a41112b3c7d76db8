# SPDX-License-Identifier: Apache-2.0
"""Metrics as a real receiver of OTLP takes them over TLS, names, sets and gives back.

Rules: the receiver is VictoriaMetrics, which shares no line with us; what it holds is
asked of its own API and must equal what was sent; a refusal is its own, not made up.
Not here: what each field is (`test_otlp.py`), OpenTelemetry's collector
(`test_otel_collector.py`), grants and the ledger (`test_push.py`).
"""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from export_room import ABOUT, DEVICE, MADE, dataset_table, example_rows
from push_room import pushing, rooms
from reader_fixture import table
from receiver_fixture import BASE, MISSING, Series, Victoria, victoria

from server.errors import TrustError, UnreachableError
from server.formats import otlp_metrics
from server.formats.posting import HEADERS, post
from server.formats.pushing import Sent, push
from server.formats.sending import Target, posted
from wire.purposes import Purpose

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(MISSING, reason="run packaging/prepare-tests: VictoriaMetrics"),
]
OTHER = "0e" * 16
UPTIME = 3_600
RESOURCE = {
    "service_name": "discreet",
    "service_version": "0.1.0",
    "service_instance_id": DEVICE,
    "host_id": DEVICE,
    "host_name": "Reception",
    "discreet_purpose": "support",
}


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Victoria]:
    """Run the receiver."""
    with victoria(tmp_path) as running:
        yield running


def one(held: dict[str, list[Series]], name: str, **labels: str) -> Series:
    """Return the one series of a name that has these labels beside the resource's."""
    wanted = RESOURCE | labels
    (found,) = [series for series in held[name] if series.labels == wanted]
    return found


def test_names_units_and_values_are_what_was_sent(receiver: Victoria) -> None:
    """Counters, sums and gauges come back with the unit and kind that they have."""
    rows = [
        {
            "timestamp": f"2026-11-28T12:{minute:02}:00Z",
            "system.uptime": UPTIME + 60 * minute,
            "system.cpu.time.user": 7.25 + minute,
            "system.memory.usage": 1 << 33,
            "system.memory.utilization": 0.5,
            "system.network.io.receive": 1_000 * minute,
            "system.process.count": 100 + minute,
            "load1": 0.25 * minute,
        }
        for minute in (0, 1, 2)
    ]
    sent_table = dataset_table("host_metrics", rows)
    assert push("otlp-metrics", [sent_table], ABOUT, receiver.target) == Sent(21, 0)
    held = receiver.held()
    times = [MADE, MADE + 60, MADE + 120]

    def told(name: str, **labels: str) -> list[float]:
        points = one(held, name, **labels).points
        assert [time for time, _ in points] == times
        return [value for _, value in points]

    assert told("system_cpu_time_seconds_total", cpu_mode="user") == [7.25, 8.25, 9.25]
    assert told("system_network_io_bytes_total", network_io_direction="receive") == [
        *(0, 1_000, 2_000)
    ]
    used = told("system_memory_usage_bytes", system_memory_state="used")
    assert used == [float(1 << 33)] * 3
    assert told("system_memory_utilization_ratio") == [0.5] * 3
    assert told("system_process_count") == [100, 101, 102]
    assert told("discreet_host_metrics_load1") == [0, 0.25, 0.5]
    assert told("system_uptime_seconds") == [UPTIME, UPTIME + 60, UPTIME + 120]
    assert len(held) == 7


def test_a_grant_is_pushed_to_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    """From command over keeper and channel: rows of the grant, under stand-ins."""
    place, purpose = tmp_path_factory.mktemp("p"), Purpose.PROVISION
    (place / "receiver").mkdir()
    rows: list[dict[str, object]] = [
        {"timestamp": MADE + 60 * minute, "load1": 0.5 + minute, "system.uptime": 9}
        for minute in (0, 1)
    ]
    with rooms(place, purpose=purpose) as room, victoria(place / "receiver") as running:
        channel = f'kind = "otlp"\nhost = "127.0.0.1"\nport = {running.port}'
        below = f'{channel}\npath = "{BASE}"'
        room.register(running.authority, below, purpose.value)
        assert room.office.site is not None
        part = table("host_metrics", rows, purpose)
        room.office.site.say(room.speaker, [part], purpose)
        columns = ("device", "timestamp", "load1")
        grant = pushing(
            room,
            tuple(f"host_metrics.{name}" for name in columns),
            format="otlp-metrics",
            purpose=purpose.value,
            where="",
        )
        shown = room.office.typed("case", "show", grant)
        told = f"channel +otlp to 127.0.0.1 port {running.port} below {BASE}\n"
        assert re.search(told, shown)
        assert room.push(grant).startswith("2 rows were pushed")
        (series,) = running.held()["discreet_host_metrics_load1"]
    assert [value for _, value in series.points] == [0.5, 1.5]
    assert [time for time, _ in series.points] == [MADE, MADE + 60]
    stand_in = series.labels["service_instance_id"]
    assert stand_in == series.labels["host_id"]
    assert room.speaker.device.hex() not in str(series.labels)


def test_what_is_no_part_of_a_whole_is_named_no_ratio(receiver: Victoria) -> None:
    """Of every number of every dataset of numbers: a count is not called a ratio."""
    for name in ("host_metrics", "sensors"):
        push(
            "otlp-metrics",
            [dataset_table(name, example_rows(name))],
            ABOUT,
            receiver.target,
        )
    health = {"collector": "software", "outcome": "rows", "rows": 7, "duration": 0.5}
    push(
        "otlp-metrics",
        [dataset_table("agent_health", [health])],
        ABOUT,
        receiver.target,
    )
    held = receiver.held()
    ratios = {name for name in held if name.endswith("_ratio")}
    assert ratios == {
        name
        for name in held
        if name.startswith("discreet_host_metrics_pressure_") or "_utilization" in name
    }
    labels = {
        "discreet_agent_health_collector": "software",
        "discreet_agent_health_outcome": "rows",
    }
    assert one(held, "discreet_agent_health_rows", **labels).points[0][1] == 7
    took = one(held, "discreet_agent_health_duration_seconds", **labels)
    assert took.points[0][1] == 0.5


def test_devices_are_series_of_their_own(receiver: Victoria) -> None:
    """By the instance of the service, as whoever drops other attributes tells them."""
    rows = [
        {"load1": float(number), "device": device}
        for number, device in enumerate((DEVICE, OTHER))
    ]
    push(
        "otlp-metrics",
        [dataset_table("host_metrics", rows)],
        ABOUT,
        receiver.target,
    )
    assert {
        one.labels["service_instance_id"]: [value for _, value in one.points]
        for one in receiver.held()["discreet_host_metrics_load1"]
    } == {DEVICE: [0.0], OTHER: [1.0]}


def test_what_it_refuses_is_told_once(receiver: Victoria) -> None:
    """A wrong path and octets that are no request end with its status at once."""
    waited: list[float] = []
    wrong = Target("127.0.0.1", receiver.port, receiver.authority)
    with pytest.raises(UnreachableError, match="HTTP status 400 at /v1/metrics"):
        list(post(wrong, "/v1/metrics", [b""], waited.append))
    with pytest.raises(UnreachableError, match=f"HTTP status 400 at {BASE}/v1/metrics"):
        list(post(receiver.target, "/v1/metrics", [b"\x00no"], waited.append))
    assert waited == []
    assert receiver.held() == {}


def test_another_authority_gets_nothing(receiver: Victoria, tmp_path: Path) -> None:
    """A real receiver whose certificate another signed is sent no octet."""
    (tmp_path / "other").mkdir()
    with victoria(tmp_path / "other") as other:
        stranger = Target("127.0.0.1", receiver.port, other.authority, base=BASE)
        with pytest.raises(TrustError):
            list(post(stranger, "/v1/metrics", [b""]))
    assert receiver.held() == {}


def test_it_takes_what_is_compressed_as_the_specification_has_it(
    receiver: Victoria,
) -> None:
    """Our requests stay what they are in gzip, which a proxy may put around them."""
    sent_table = dataset_table("host_metrics", [{"load1": 0.5}])
    (sent,) = otlp_metrics.requests([sent_table], ABOUT)
    headers = {**HEADERS, "Content-Encoding": "gzip"}
    octets = gzip.compress(sent.octets)
    answer = posted(receiver.target, f"{BASE}/v1/metrics", octets, headers)
    assert answer.status == 200
    (series,) = receiver.held()["discreet_host_metrics_load1"]
    assert [value for _, value in series.points] == [0.5]

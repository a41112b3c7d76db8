# SPDX-License-Identifier: Apache-2.0
"""Numbers over time as OpenTelemetry's metrics (protobuf).

Rules: a column is a metric, a row a point of each; its texts are attributes of them
all; a request's points are in order of time; a counter begins when the machine or the
agent did, where the row says so.
Not here: which column is which metric (`otlp_names.py`), what logs share (`otlp.py`).
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import BinaryIO

from server.formats import otlp, protobuf
from server.formats.otlp_names import METRICS, UNITS, Metric, Rise
from server.formats.tables import DEVICE, LABEL, About, Table, moment
from wire.catalogue import Dataset, Kind

NAME = "otlp-metrics"
SINGLE = False
BINARY = True
PATH = "/v1/metrics"
_CUMULATIVE = 2
_UPTIME = "uptime"

_Record = dict[str, object]
_Points = dict[str, tuple[Metric, list[bytes]]]


def unfit(dataset: Dataset) -> str:
    """Return why a dataset is no metric; empty where it is."""
    metric = dataset.kind is Kind.METRIC
    return "" if metric else "not numbers over time: otlp-logs is for it"


def write(tables: Iterable[Table], about: About, out: BinaryIO) -> None:
    """Write requests, each with its length in front; see `tables.Format`."""
    otlp.write(requests(tables, about), out)


def requests(tables: Iterable[Table], about: About) -> Iterator[otlp.Request]:
    """Yield requests with the points of some rows each.

    Args:
        tables: of datasets, in turn.
        about: what they are.
    """
    for table in tables:
        if table.dataset is None:
            continue
        records = table.records()
        while rows := list(islice(records, otlp.REQUEST_ROWS)):
            # many receivers take no point that is older than the last of its series
            rows.sort(key=lambda row: moment(row, about.made))
            yield _request(rows, table.dataset, about)


def _request(rows: Iterable[_Record], dataset: Dataset, about: About) -> otlp.Request:
    devices: dict[object, tuple[_Record, _Points]] = {}
    count = 0
    for record in rows:
        _, points = devices.setdefault(record.get(DEVICE), (record, {}))
        count += _take(points, record, dataset, about)
    parts = (
        otlp.envelope(
            record,
            dataset.name,
            about,
            b"".join(_metric(metric, held) for metric, held in points.values()),
        )
        for record, points in devices.values()
    )
    return otlp.Request(b"".join(parts), count)


def _take(points: _Points, record: _Record, dataset: Dataset, about: About) -> int:
    """Add a row's points; returns how many."""
    time = moment(record, about.made)
    words = b"".join(
        otlp.attribute(7, otlp.name(dataset.name, name), value)
        for name, value in record.items()
        if name not in {DEVICE, LABEL} and _is_word(dataset, name)
    )
    count = 0
    for column in dataset.columns:
        value = record.get(column.name)
        if column.type not in UNITS or not isinstance(value, int | float):
            continue
        metric = METRICS.get(column.name) or Metric(
            otlp.name(dataset.name, column.name), UNITS[column.type], Rise.GAUGE
        )
        start = _start(record, column.name, time) if metric.rise is Rise.COUNTER else 0
        point = protobuf.fixed(2, start * otlp.NANOSECONDS) + protobuf.fixed(
            3, time * otlp.NANOSECONDS
        )
        point += (
            protobuf.fixed(6, value)
            if isinstance(value, int)
            else protobuf.real(4, value)
        )
        point += words + b"".join(
            otlp.attribute(7, key, word) for key, word in metric.attributes.items()
        )
        points.setdefault(metric.name, (metric, []))[1].append(point)
        count += 1
    return count


def _is_word(dataset: Dataset, name: str) -> bool:
    column = dataset.column(name)
    return column is not None and column.type.value in {"text", "boolean"}


def _start(record: Mapping[str, object], column: str, time: int) -> int:
    """Return when a counter began; 0 where that is not known."""
    uptime = record.get(f"{column.partition('.')[0]}.{_UPTIME}")
    return time - uptime if isinstance(uptime, int) and uptime <= time else 0


def _metric(metric: Metric, points: Iterable[bytes]) -> bytes:
    held = b"".join(protobuf.message(1, point) for point in points)
    field = 5
    if metric.rise is not Rise.GAUGE:
        field = 7
        held += protobuf.whole(2, _CUMULATIVE)
        held += protobuf.whole(3, int(metric.rise is Rise.COUNTER))
    return protobuf.message(
        2,
        protobuf.text(1, metric.name)
        + protobuf.text(3, metric.unit)
        + protobuf.message(field, held),
    )

# SPDX-License-Identifier: Apache-2.0
"""Events and inventories as OpenTelemetry's log records (protobuf).

Rules: a row is a record whose event name is its dataset; of a log line the message is
the body and the severity the severity, all else is attributes.
Not here: numbers over time (`otlp_metrics.py`), what both share (`otlp.py`).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO

from server.formats import otlp, protobuf
from server.formats.tables import (
    DEVICE,
    LABEL,
    OBSERVED,
    TIMESTAMP,
    About,
    Table,
    instant,
)
from wire.catalogue import Dataset, Kind

NAME = "otlp-logs"
SINGLE = False
BINARY = True
PATH = "/v1/logs"
_BODY = "message"
_NUMBER = "severity_number"
_WORD = "severity_text"
_OWN = frozenset({DEVICE, LABEL, OBSERVED, TIMESTAMP, _BODY, _NUMBER, _WORD})
_LEAST, _MOST = 1, 24
"""Numbers of OpenTelemetry's severities."""


def unfit(dataset: Dataset) -> str:
    """Return why a dataset is no log; empty where it is."""
    metric = dataset.kind is Kind.METRIC
    return "numbers over time: otlp-metrics is for them" if metric else ""


def write(tables: Iterable[Table], about: About, out: BinaryIO) -> None:
    """Write requests, each with its length in front; see `tables.Format`."""
    otlp.write(requests(tables, about), out)


def requests(tables: Iterable[Table], about: About) -> Iterator[otlp.Request]:
    """Yield requests with a record for each row.

    Args:
        tables: in turn.
        about: what they are.
    """
    for table in tables:
        waiting: dict[object, tuple[Mapping[str, object], list[bytes]]] = {}
        count = octets = 0
        for record in table.records():
            made = protobuf.message(2, _record(record, table.name))
            waiting.setdefault(record.get(DEVICE), (record, []))[1].append(made)
            count += 1
            octets += len(made)
            if count == otlp.REQUEST_ROWS or octets >= otlp.REQUEST_BYTES:
                yield _request(waiting, table.name, about, count)
                waiting, count, octets = {}, 0, 0
        if count:
            yield _request(waiting, table.name, about, count)


def _request(
    waiting: Mapping[object, tuple[Mapping[str, object], list[bytes]]],
    dataset: str,
    about: About,
    count: int,
) -> otlp.Request:
    parts = (
        otlp.envelope(record, dataset, about, b"".join(made))
        for record, made in waiting.values()
    )
    return otlp.Request(b"".join(parts), count)


def _record(record: Mapping[str, object], dataset: str) -> bytes:
    parts = []
    for field, column in ((1, TIMESTAMP), (11, OBSERVED)):
        moment = instant(record.get(column))
        if moment is not None:
            nanoseconds = int(moment.timestamp()) * otlp.NANOSECONDS
            parts.append(protobuf.fixed(field, nanoseconds))
    number = record.get(_NUMBER)
    if isinstance(number, int) and _LEAST <= number <= _MOST:
        parts.append(protobuf.whole(2, number))
    if _WORD in record:
        parts.append(protobuf.text(3, str(record[_WORD])))
    if _BODY in record:
        parts.append(protobuf.message(5, otlp.any_value(record[_BODY])))
    parts += [
        otlp.attribute(6, otlp.name(dataset, column), value)
        for column, value in record.items()
        if column not in _OWN
    ]
    parts.append(protobuf.text(12, f"discreet.{dataset}"))
    return b"".join(parts)

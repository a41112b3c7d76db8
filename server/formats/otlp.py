# SPDX-License-Identifier: Apache-2.0
"""What logs and metrics of OpenTelemetry (OTLP 1.x, protobuf) have in common.

Rules: a row's device is the resource and its dataset the scope; an attribute has the
name of the semantic conventions where they have one, else one under `discreet.`; a
request has a bounded number of rows and octets.
Not here: records (`otlp_logs.py`), points (`otlp_metrics.py`), names (`otlp_names.py`),
sending (`sending.py`).
"""

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from server.errors import UnreachableError
from server.formats import protobuf
from server.formats.otlp_names import SEMANTIC
from server.formats.tables import DEVICE, LABEL, About

REQUEST_ROWS = 1_000
"""Rows of a request: what the SDKs send at a time is 512."""
REQUEST_BYTES = 4 * 1_024 * 1_024
"""A request is sent when it has so many: a fifth of what a collector takes."""
NANOSECONDS = 1_000_000_000
SCHEMA = "https://opentelemetry.io/schemas/1.37.0"
"""The conventions that the names are of."""
_LENGTH = struct.Struct(">I")


@dataclass(frozen=True, slots=True)
class Request:
    """One request and how many rows or points are in it."""

    octets: bytes
    count: int


def name(dataset: str, column: str) -> str:
    """Return the name of an attribute or metric."""
    return column if column in SEMANTIC else f"discreet.{dataset}.{column}"


def attribute(field: int, key: str, value: object) -> bytes:
    """Return a field with a key and its value."""
    return protobuf.message(
        field, protobuf.text(1, key) + protobuf.message(2, any_value(value))
    )


def any_value(value: object) -> bytes:
    """Return a value of any type; a list or object as its words."""
    if isinstance(value, bool):
        return protobuf.whole(2, int(value))
    if isinstance(value, int):
        return protobuf.whole(3, value)
    if isinstance(value, float):
        return protobuf.real(4, value)
    return protobuf.text(1, str(value))


def envelope(
    record: Mapping[str, object], dataset: str, about: About, items: bytes
) -> bytes:
    """Return a request's part of one device and one dataset.

    Args:
        record: a row of the device.
        dataset: its name.
        about: what the rows are.
        items: the records or metrics, as fields of their scope.
    """
    device = record.get(DEVICE) or None
    told = {
        "service.name": "discreet",
        # by this alone Prometheus and its like tell the series of devices apart
        "service.instance.id": device,
        "service.version": about.release,
        "host.id": device,
        "host.name": record.get(LABEL) or None,
        "discreet.purpose": about.purpose,
    }
    resource = b"".join(
        attribute(1, key, value) for key, value in told.items() if value is not None
    )
    scope = protobuf.text(1, f"discreet.{dataset}") + protobuf.text(2, about.release)
    scoped = protobuf.message(1, scope) + items
    return protobuf.message(
        1,
        protobuf.message(1, resource)
        + protobuf.message(2, scoped)
        + protobuf.text(3, SCHEMA),
    )


def write(requests: Iterable[Request], out: BinaryIO) -> None:
    """Write requests, each with its length in four octets in front.

    That is what OpenTelemetry's own file exporter writes in its format `proto`.
    """
    for octets in (request.octets for request in requests):
        out.writelines((_LENGTH.pack(len(octets)), octets))


def refused(answer: bytes) -> int:
    """Return how many rows or points a receiver says that it did not take.

    Args:
        answer: to one request.

    Raises:
        UnreachableError: it is no answer of OTLP.
    """
    count = 0
    try:
        for number, partial in protobuf.fields(answer):
            if number == 1 and isinstance(partial, bytes):
                for inner, value in protobuf.fields(partial):
                    if inner == 1 and isinstance(value, int):
                        count += value
    except ValueError:
        msg = "the receiver's answer is not one of OTLP: is it the right port?"
        raise UnreachableError(msg) from None
    return count

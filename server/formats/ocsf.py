# SPDX-License-Identifier: Apache-2.0
"""Events of the Open Cybersecurity Schema Framework, one a row, as JSON Lines.

Rules: an event is valid by the schema of VERSION, whatever a row holds: a value that
its attribute does not allow, and each column without an attribute, stands under
`unmapped` with its own name, so nothing is lost and nothing is guessed.
Not here: which column is which attribute (`ocsf_map.py`), acts of the ledger
(`server/ledger_export.py`).
"""

import ipaddress
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO

from server.formats.ocsf_map import ANSWER, CLASSES, NONE, OF_DEVICES, Event, Source
from server.formats.tables import (
    DEVICE,
    LABEL,
    OBSERVED,
    TIMESTAMP,
    About,
    Table,
    instant,
    moment,
)
from wire.catalogue import Dataset, Kind

NAME = "ocsf"
SINGLE = False
BINARY = False
VERSION = "1.8.0"
"""Of the schema."""
INFORMATIONAL = 1
_HOST = "host"
"""The profile that gives a class its device, where it has none of its own."""
_OPERATING_SYSTEMS = "operating_systems"
_MAC = re.compile(r"([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}")
_SEVERITIES = ((21, 6), (17, 4), (13, 3), (10, 2), (1, 1))
"""From which of OpenTelemetry's severity numbers on: fatal, high, medium, low,
informational."""


def event(kind: Event, time: int, release: str, **fields: object) -> dict[str, object]:
    """Return an event of a class with what each class requires.

    Args:
        kind: class and activity.
        time: in seconds since the epoch.
        release: of the collector.
        fields: what the class has beside, by attribute.
    """
    product = {"name": "Discreet", "vendor_name": "Discreet", "version": release}
    return {
        "activity_id": kind.activity,
        "category_uid": kind.uid // 1_000,
        "class_uid": kind.uid,
        "type_uid": kind.uid * 100 + kind.activity,
        "time": time * 1_000,
        "severity_id": INFORMATIONAL,
        "metadata": {"version": VERSION, "product": product},
        **fields,
    }


def unfit(dataset: Dataset) -> str:
    """Return why a dataset has no event; empty where it has."""
    if dataset.kind is Kind.DIAGNOSTIC:
        return ANSWER
    return NONE.get(dataset.name, "")


def write(tables: Iterable[Table], about: About, out: BinaryIO) -> None:
    """Write an event for each row; see `tables.Format`."""
    lines = (json.dumps(one, ensure_ascii=True) for one in events(tables, about))
    out.writelines(line.encode("ascii") + b"\n" for line in lines)


def events(tables: Iterable[Table], about: About) -> Iterator[dict[str, object]]:
    """Yield an event for each row.

    Args:
        tables: of datasets that have events; in the order of their names, so that a
            device's operating system is known before what is said of it.
        about: what they are.
    """
    systems: dict[object, dict[str, object]] = {}
    for table in tables:
        for record in table.records():
            found = _event(table.name, record, systems, about)
            if table.name == _OPERATING_SYSTEMS:
                device = _dictionary(found, "device")
                systems[record.get(DEVICE)] = _dictionary(device, "os")
            yield found


def _event(
    name: str,
    record: Mapping[str, object],
    systems: Mapping[object, Mapping[str, object]],
    about: About,
) -> dict[str, object]:
    source = CLASSES[name](record)
    made: dict[str, object] = event(
        source.event, moment(dict(record), about.made), about.release
    )
    made["device"] = _device(record, systems)
    for path, value in source.given.items():
        _put(made, path, value)
    left = {
        column: value
        for column, value in record.items()
        if column not in {DEVICE, LABEL, OBSERVED, TIMESTAMP}
        and not (column in source.paths and _mapped(made, source, column, value))
    }
    for path, value in source.otherwise.items():
        _put(made, path, value, anew=False)
    if left:
        made["unmapped"] = left
    severity = record.get("severity_number")
    if isinstance(severity, int):
        made["severity_id"] = next(
            (found for least, found in _SEVERITIES if severity >= least), 0
        )
    metadata = {**_dictionary(made, "metadata"), "log_name": name}
    if source.event not in OF_DEVICES:
        metadata["profiles"] = [_HOST]
    made["metadata"] = metadata
    return made


def _device(
    record: Mapping[str, object], systems: Mapping[object, Mapping[str, object]]
) -> dict[str, object]:
    identity = record.get(DEVICE, "unknown")
    device: dict[str, object] = {"type_id": 0, "uid": identity}
    if record.get(LABEL):
        device["name"] = record[LABEL]
    if identity in systems:
        device["os"] = {**systems[identity]}
    return device


def _mapped(
    made: dict[str, object], source: Source, column: str, value: object
) -> bool:
    """Put a column at its attribute; false where the attribute does not allow it."""
    path = source.paths[column]
    allowed = _allowed(path, value)
    if allowed is not None:
        _put(made, path, allowed)
    return allowed is not None


def _allowed(path: str, value: object) -> object:
    """Return a value as its attribute has it; None where it may not have it."""
    last = path.rpartition(".")[2]
    if last.endswith("_time"):
        found = instant(value)
        return None if found is None else int(found.timestamp()) * 1_000
    if last == "ip":
        return value if _is_address(value) else None
    if last == "mac":
        return value if isinstance(value, str) and _MAC.fullmatch(value) else None
    return value


def _is_address(value: object) -> bool:
    try:
        ipaddress.ip_address(str(value))
    except ValueError:
        return False
    return "%" not in str(value)


def _put(
    made: dict[str, object], path: str, value: object, *, anew: bool = True
) -> None:
    """Set an attribute; a part of its path that ends with `[]` is a list of one."""
    *parents, last = path.split(".")
    place = made
    for part in parents:
        name = part.removesuffix("[]")
        if part.endswith("[]"):
            items = place.setdefault(name, [{}])
            held = items[0] if isinstance(items, list) else {}
        else:
            held = place.setdefault(name, {})
        place = held if isinstance(held, dict) else {}
    if anew or last not in place:
        place[last] = value


def _dictionary(made: Mapping[str, object], name: str) -> dict[str, object]:
    held = made.get(name)
    return held if isinstance(held, dict) else {}

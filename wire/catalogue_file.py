# SPDX-License-Identifier: Apache-2.0
"""The catalogue as a file that ships: JSON, written one way and read strictly.

Rules: writing what was read gives the same bytes, else it is refused; a file that
declares too much, too little or twice is refused.
Not here: the declarations (`agent/collectors`, `agent/diagnostics`), the file itself
(`policies/catalogue.json`).
"""

import json
from enum import Enum
from typing import NoReturn, TypeVar

from wire.catalogue import (
    Catalogue,
    Column,
    Dataset,
    Kind,
    Sensitivity,
    System,
    ValueType,
    build,
)
from wire.diagnostics import Caps, Consent, Diagnostic, Parameter, ParameterType
from wire.errors import CatalogueError
from wire.limits import MIB

E = TypeVar("E", bound=Enum)

CATALOGUE_BYTES = 1 * MIB
"""The shipped file has 250 kB; four times that is no catalogue of ours."""
GENERATED = (
    "by tools/gen.py from agent/collectors and agent/diagnostics; run `make gen`, do "
    "not edit"
)

_ASKED = ("sensitive", "consent", "caps", "parameters")
_CAPS = ("seconds", "processor", "rows", "octets")


def catalogue_json(catalogue: Catalogue) -> bytes:
    """Return the file of a catalogue: the same bytes for the same declarations."""
    datasets = {
        dataset.name: {
            "kind": dataset.kind.value,
            "title": dataset.title,
            "key": list(dataset.key),
            "resident": dataset.resident,
            "columns": [_entry(column) for column in dataset.columns],
            **_asked(dataset.diagnostic),
        }
        for dataset in sorted(catalogue.datasets.values(), key=lambda item: item.name)
    }
    top = {"generated": GENERATED, "datasets": datasets}
    text = json.dumps(top, indent=1, ensure_ascii=True)
    return (text.replace("{\n ", "{", 1) + "\n").encode()


def _entry(column: Column) -> dict[str, str | list[str]]:
    return {
        "name": column.name,
        "type": column.type.value,
        "sensitivity": column.sensitivity.value,
        "reason": column.reason,
        "transform": column.transform,
        "systems": [system.value for system in column.systems],
        "identity": column.identity,
    }


def _asked(diagnostic: Diagnostic | None) -> dict[str, object]:
    """Return how a diagnostic is asked for; nothing of other datasets."""
    if diagnostic is None:
        return {}
    caps = diagnostic.caps
    return {
        "sensitive": diagnostic.sensitive,
        "consent": diagnostic.consent.value,
        "caps": {name: getattr(caps, name) for name in _CAPS},
        "parameters": [
            {
                "name": item.name,
                "type": item.type.value,
                "reason": item.reason,
                "pattern": item.pattern,
                "longest": item.longest,
                "minimum": item.minimum,
                "maximum": item.maximum,
                "choices": list(item.choices),
                "default": item.default,
                "identity": item.identity,
            }
            for item in diagnostic.parameters
        ],
    }


def parse_catalogue(source: bytes) -> Catalogue:
    """Read the file of a catalogue.

    Raises:
        CatalogueError: it is not exactly what `catalogue_json` writes.
    """
    if len(source) > CATALOGUE_BYTES:
        _refuse(f"over {CATALOGUE_BYTES} bytes")
    try:
        top: object = json.loads(source.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        msg = "catalogue file: not JSON in UTF-8; run `make gen`"
        raise CatalogueError(msg) from error
    datasets = _map(_map(top, ("generated", "datasets"))["datasets"])
    catalogue = build([_dataset(name, found) for name, found in datasets.items()])
    if catalogue_json(catalogue) != source:
        _refuse("not as the generator writes it")
    return catalogue


def _dataset(name: str, found: object) -> Dataset:
    kind = _member(Kind, _map(found).get("kind"))
    of_diagnostic = _ASKED if kind is Kind.DIAGNOSTIC else ()
    entry = _map(found, ("kind", "title", "key", "resident", "columns", *of_diagnostic))
    return Dataset(
        name,
        kind,
        _text(entry["title"]),
        tuple(_text(item) for item in _list(entry["key"])),
        tuple(_column(item) for item in _list(entry["columns"])),
        _truth(entry["resident"]),
        _diagnostic(entry) if of_diagnostic else None,
    )


def _diagnostic(entry: dict[str, object]) -> Diagnostic:
    caps = _map(entry["caps"], _CAPS)
    return Diagnostic(
        tuple(_parameter(item) for item in _list(entry["parameters"])),
        Caps(*(_number(caps[name]) for name in _CAPS)),
        _member(Consent, entry["consent"]),
        _truth(entry["sensitive"]),
    )


def _parameter(found: object) -> Parameter:
    entry = _map(
        found,
        (
            "name",
            "type",
            "reason",
            "pattern",
            "longest",
            "minimum",
            "maximum",
            "choices",
            "default",
            "identity",
        ),
    )
    default = entry["default"]
    return Parameter(
        _text(entry["name"]),
        _member(ParameterType, entry["type"]),
        _text(entry["reason"]),
        _text(entry["pattern"]),
        _number(entry["longest"]),
        _number(entry["minimum"]),
        _number(entry["maximum"]),
        tuple(_text(item) for item in _list(entry["choices"])),
        None if default is None else _text(default),
        _text(entry["identity"]),
    )


def _column(found: object) -> Column:
    entry = _map(
        found,
        (
            "name",
            "type",
            "sensitivity",
            "reason",
            "transform",
            "systems",
            "identity",
        ),
    )
    return Column(
        _text(entry["name"]),
        _member(ValueType, entry["type"]),
        _member(Sensitivity, entry["sensitivity"]),
        _text(entry["reason"]),
        _text(entry["transform"]),
        tuple(_member(System, item) for item in _list(entry["systems"])),
        _text(entry["identity"]),
    )


def _map(found: object, keys: tuple[str, ...] = ()) -> dict[str, object]:
    """Return a map; with exactly these keys where there are any."""
    if not isinstance(found, dict) or (keys and tuple(found) != keys):
        _refuse(f"expected a map of {', '.join(keys) or 'datasets'}")
    return found


def _list(found: object) -> list[object]:
    if not isinstance(found, list):
        _refuse("expected a list")
    return found


def _number(found: object) -> int:
    if type(found) is not int:
        _refuse("expected a whole number")
    return found


def _truth(found: object) -> bool:
    if not isinstance(found, bool):
        _refuse("expected true or false")
    return found


def _text(found: object) -> str:
    if not isinstance(found, str):
        _refuse("expected a text")
    return found


def _member(members: type[E], found: object) -> E:
    for member in members:
        if member.value == found:
            return member
    msg = f"catalogue file: unknown {members.__name__}; run `make gen`"
    raise CatalogueError(msg)


def _refuse(reason: str) -> NoReturn:
    msg = f"catalogue file: {reason}; run `make gen`"
    raise CatalogueError(msg)

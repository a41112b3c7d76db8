# SPDX-License-Identifier: Apache-2.0
"""Is an event valid by the schema of OCSF? By its own words, not by ours.

Rules: the schema is the published one, with its closed lists, types, required
attributes and its constraints (`at_least_one`), which JSON Schema has not.
Not here: making events (`server/formats/ocsf.py`).
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from ocsf_json_schema import (
    OcsfJsonSchema,
    OcsfJsonSchemaEmbedded,
    get_ocsf_schema,
)

VERSION = "1.8.0"


@cache
def _schema() -> dict[str, Any]:
    return get_ocsf_schema(VERSION)  # type: ignore[no-any-return]  # is not typed


@cache
def _validator(uid: int, profiles: tuple[str, ...]) -> tuple[str, Draft202012Validator]:
    made = OcsfJsonSchemaEmbedded(OcsfJsonSchema(_schema()))
    name = made.lookup_class_name_from_uid(uid)
    schema = made.get_class_schema(name, [*profiles])
    if "." in str(schema.get("anyOf")):
        # the library takes a path for one key's name; `_missing` follows it
        del schema["anyOf"]
    return name, Draft202012Validator(schema)


def problems(event: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with an event; empty where it is valid."""
    profiles = tuple(event["metadata"].get("profiles", ()))
    name, validator = _validator(event["class_uid"], profiles)
    found = [
        f"{'.'.join(map(str, error.absolute_path))}: {error.message}"
        for error in validator.iter_errors(event)
    ]
    if event["category_uid"] != event["class_uid"] // 1_000:
        found.append("category_uid is not that of the class")
    if event["type_uid"] != event["class_uid"] * 100 + event["activity_id"]:
        found.append("type_uid is not that of class and activity")
    return [*found, *_missing(event, _schema()["classes"][name], name)]


def _missing(
    held: Mapping[str, Any], kind: Mapping[str, Any], where: str
) -> Iterator[str]:
    """Yield the constraints that an object and what is in it do not keep."""
    wanted = (kind.get("constraints") or {}).get("at_least_one")
    if wanted and not any(_has(held, path) for path in wanted):
        yield f"{where} has none of {', '.join(wanted)}"
    for name, value in held.items():
        inner = kind["attributes"].get(name, {}).get("object_type")
        if inner and inner != "object":
            for one in value if isinstance(value, list) else [value]:
                yield from _missing(one, _schema()["objects"][inner], f"{where}.{name}")


def _has(held: Mapping[str, Any], path: str) -> bool:
    for part in path.split("."):
        if not isinstance(held, Mapping) or part not in held:
            return False
        held = held[part]
    return True

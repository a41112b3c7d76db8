# SPDX-License-Identifier: Apache-2.0
"""The shipped map of the privacy statement, and what a run of tests says of it.

Rules: nothing is called shown that no test shows; a test that was not run here is
said to be so.
Not here: holding the map against the tests (`tools/statement.py`).
"""

import tomllib
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

KINDS = {
    "E": "software can enforce it",
    "H": "software enforces part, people the rest",
    "O": "people alone",
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of the statement, and the ids of what must hold."""

    number: int
    clause: str
    text: str
    requirements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Requirement:
    """What must hold.

    Attributes:
        title: as a sentence.
        kind: one of `KINDS`.
        tests: those that show it, as pytest names them.
        lacks: what nothing shows yet; empty for nothing.
        people: what people have to do; empty for nothing.
    """

    title: str
    kind: str
    tests: tuple[str, ...]
    lacks: str = ""
    people: str = ""


@dataclass(frozen=True, slots=True)
class Map:
    """The whole map, and the text that it was made for."""

    digest: str
    sentences: tuple[Sentence, ...]
    requirements: Mapping[str, Requirement]
    text: str


def shipped() -> Traversable:
    """Return the folder of the map that ships with the product."""
    return files("policies").joinpath("statement")


def read(folder: Traversable) -> Map:
    """Return the map as the files of a folder have it."""
    text = folder.joinpath("statement.txt").read_text(encoding="utf-8")
    sentences = _table(folder, "sentences.toml")
    named = _table(folder, "requirements.toml")
    return Map(
        sentences["sha256"],
        tuple(
            Sentence(
                item["number"],
                item["clause"],
                item["text"],
                tuple(item["requirements"]),
            )
            for item in sentences["sentence"]
        ),
        {
            name: Requirement(
                item["title"],
                item["kind"],
                tuple(item["tests"]),
                item.get("lacks", ""),
                item.get("people", ""),
            )
            for name, item in named.items()
        },
        text,
    )


def results(junit: Path) -> Mapping[str, bool]:
    """Return whether each test of a run passed, whatever its parameters."""
    found: dict[str, bool] = {}
    for case in ET.parse(junit).iter("testcase"):  # noqa: S314 - a file of our own run
        name = _name(case)
        wrong = any(case.find(tag) is not None for tag in ("failure", "error"))
        if wrong or case.find("skipped") is None:
            found[name] = found.get(name, True) and not wrong
    return found


def skips(junit: Path) -> Mapping[str, str]:
    """Return why each test of which no case ran was skipped, by the first case."""
    ran, found = results(junit), dict[str, str]()
    for case in ET.parse(junit).iter("testcase"):  # noqa: S314 - a file of our own run
        skipped, name = case.find("skipped"), _name(case)
        if skipped is not None and name not in ran:
            found.setdefault(name, skipped.get("message") or "no reason")
    return found


def _name(case: ET.Element) -> str:
    path = (case.get("classname") or "").replace(".", "/") + ".py"
    return f"{path}::{(case.get('name') or '').partition('[')[0]}"


def _table(folder: Traversable, name: str) -> dict[str, Any]:
    return tomllib.loads(folder.joinpath(name).read_text(encoding="utf-8"))

# SPDX-License-Identifier: Apache-2.0
"""What was measured of this very code: figures, the commands, and results of tests.

Rules: figures count only for the code that was measured, octet for octet; none, and
those of other code, are said to be so and never shown; nothing of a file is believed
before all of it is in order.
Not here: measuring (`tools/figures.py`), what a page says of it (`sections.py`).
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from server.errors import UsageError

CODE = ("wire", "server", "policies", "recipient")
"""What a collector is made of, in every way of installing it."""
FILE = "figures.json"
FIGURES_BYTES = 4 * 1024 * 1024
"""Of a file of figures: a thousand tests and a page of output for each command."""
NONE, OTHER, THIS = "none", "of other code", "of this code"


@dataclass(frozen=True, slots=True)
class Figure:
    """One command that was run.

    Attributes:
        name: of what was measured.
        shows: a sentence.
        command: as anybody can run it in the source.
        exit: its exit code; 0 where what it shows was kept.
        seconds: that it took.
        lines: that it printed.
        shown: how many of them, from the end, a page shows.
    """

    name: str
    shows: str
    command: str
    exit: int
    seconds: int
    lines: tuple[str, ...]
    shown: int


@dataclass(frozen=True, slots=True)
class Measured:
    """A file of figures.

    Attributes:
        code: `code_digest` of what was measured.
        version: of the product.
        commit: of the source, as Git names it.
        made: when, in UTC.
        on: what kind of machine.
        figures: in the order in which they were measured.
        tests: whether each test of the statement's map passed; empty for not run.
    """

    code: str
    version: str
    commit: str
    made: str
    on: str
    figures: tuple[Figure, ...]
    tests: Mapping[str, bool]

    @property
    def here(self) -> bool:
        """Tell whether it is the code that runs here that was measured."""
        return self.code == code_digest()


@cache
def code_digest() -> str:
    """Return the SHA-256 of the collector's own code as it is installed here."""
    digest = hashlib.sha256()
    for name in CODE:
        for path, file in _sources(files(name), name):
            octets = file.read_bytes()
            digest.update(f"{path}\0{len(octets)}\0".encode() + octets)
    return digest.hexdigest()


def shipped() -> Measured | None:
    """Return the figures that were packed with the product; None for none."""
    file = files("policies").joinpath(FILE)
    return read(file.read_bytes()) if file.is_file() else None


def read(octets: bytes) -> Measured:
    """Return what a file of figures says.

    Raises:
        UsageError: it is none.
    """
    try:
        value = json.loads(octets)
        figures = tuple(
            Figure(**one | {"lines": tuple(map(str, one["lines"]))})
            for one in value.pop("figures")
        )
        found = Measured(figures=figures, **value)
        _check(found)
    except (ValueError, TypeError, KeyError, AttributeError):
        msg = "this is no file of figures: make figures writes one"
        raise UsageError(msg) from None
    return found


def write(measured: Measured) -> bytes:
    """Return a file of figures."""
    return (json.dumps(asdict(measured), indent=1, ensure_ascii=False) + "\n").encode()


def results_of(measured: Measured | None) -> Mapping[str, bool] | None:
    """Return what figures say of tests of this code; None where they say nothing."""
    if measured is None or not measured.tests or not measured.here:
        return None
    return measured.tests


def told(measured: Measured | None) -> dict[str, object]:
    """Return what a package says of figures: all of them, or why there are none."""
    if measured is None:
        return {"state": NONE}
    source = {
        name: getattr(measured, name)
        for name in ("code", "version", "commit", "made", "on")
    }
    if not measured.here:
        return {"state": OTHER, "measured": source}
    return {
        "state": THIS,
        "measured": source,
        "list": [asdict(one) for one in measured.figures],
    }


def _check(found: Measured) -> None:
    """Require that each part is of its kind.

    Raises:
        TypeError: one is not.
    """
    texts = [found.code, found.version, found.commit, found.made, found.on]
    numbers: list[object] = []
    for one in found.figures:
        texts += [one.name, one.shows, one.command]
        numbers += [one.exit, one.seconds, one.shown]
    whole = (
        all(isinstance(text, str) for text in texts)
        and all(type(number) is int for number in numbers)
        and all(type(passed) is bool for passed in found.tests.values())
    )
    if not whole:
        raise TypeError


def _sources(place: Traversable, path: str) -> Iterator[tuple[str, Traversable]]:
    """Yield the files of code below a folder, by their paths, in order."""
    for one in sorted(place.iterdir(), key=lambda found: found.name):
        name = f"{path}/{one.name}"
        if one.is_dir():
            yield from _sources(one, name)
        elif one.name.endswith((".py", ".toml")):
            yield name, one

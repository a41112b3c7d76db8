# SPDX-License-Identifier: Apache-2.0
"""Reads TOML that people write, under bounds, and names the line of each problem.

Rules: whatever the bytes are, the outcome is a checked value or a PolicySourceError
with every problem; nothing is guessed, defaulted or skipped; shown names are quoted
and short.
Not here: what a policy or a restriction means (`wire/policy_source.py`,
`wire/narrowing.py`), how lines are found (`wire/policy_lines.py`).
"""

import codecs
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeGuard, TypeVar

from wire import limits
from wire.errors import PolicyError
from wire.policy_lines import KeyLines, Path, key_lines

T = TypeVar("T")

LINE_CHARS = 1_024
"""One line: twice the longest text; keeps tomllib's quadratic work on keys small."""
LINE_DOTS = 32
"""Dots of one line: keys go five deep; tomllib is cubic in the parts of a key."""
SHOWN_CHARS = 40
"""Of a name that is refused so much is shown: enough to find it."""
REASON_CHARS = 120
"""Of a complaint by tomllib so much is shown: its own words are shorter."""

_SLUG = re.compile(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*\Z")
_DURATION = re.compile(r"([1-9][0-9]{0,8})([smhd])\Z")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_BOM = "begins with a byte order mark: save it as UTF-8 without one"
_TWICE = (
    "Cannot overwrite",
    "Cannot declare",
    "Cannot mutate",
    "Duplicate inline table key",
)
"""How tomllib begins when a name is there twice; it goes on with whole keys."""
_AT = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)\Z")


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One reason why a file is refused, with its line (counted from 1)."""

    line: int
    reason: str


class PolicySourceError(PolicyError):
    """A policy or restriction written by people does not compile.

    Attributes:
        file: name of the file, as given.
        problems: every problem, by line.
    """

    def __init__(self, file: str, problems: Iterable[Problem]) -> None:
        """Keep the problems, sorted and each once."""
        self.file = file
        self.problems = tuple(sorted(set(problems)))
        super().__init__(file, self.problems)

    def __str__(self) -> str:
        """Show one line for each problem: FILE:LINE: reason."""
        return "\n".join(
            f"{self.file}:{problem.line}: {problem.reason}" for problem in self.problems
        )


def shown(name: str) -> str:
    """Return a name as a message may show it: quoted, escaped, short."""
    return repr(name if len(name) <= SHOWN_CHARS else name[:SHOWN_CHARS] + "...")


class Report:
    """The problems of one file, as they are found."""

    def __init__(self, file: str, text: str) -> None:
        """Take the file's name and its text, for the lines."""
        self._file = file
        self._text = text
        self._lines: KeyLines | None = None
        self._problems: list[Problem] = []

    def add(self, path: Path, reason: str) -> None:
        """Note a problem with what stands at a key path."""
        if self._lines is None:
            self._lines = key_lines(self._text)
        self._problems.append(Problem(self._lines.line_of(path), reason))

    def finish(self) -> None:
        """Refuse the file when anything was noted.

        Raises:
            PolicySourceError: with all problems.
        """
        if self._problems:
            raise PolicySourceError(self._file, self._problems)


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the file; what is wrong in it goes to the report."""

    report: Report
    path: Path = ()
    entries: Mapping[str, object] = field(default_factory=dict)

    def refuse(self, reason: str, *keys: str) -> None:
        """Note a problem with a key below, or with the table itself."""
        self.report.add((*self.path, *keys), reason)

    def only(self, *keys: str) -> None:
        """Refuse every key but these."""
        for key in self.entries:
            if key not in keys:
                known = ", ".join(keys)
                self.refuse(f"unknown key {shown(key)}; known here: {known}", key)

    def text(self, key: str) -> str | None:
        """Return a line of text that must be there and fit a signed message."""
        found = self.entries.get(key)
        if found is None:
            self.refuse(f'{key} is missing: write {key} = "..."')
            return None
        if not isinstance(found, str) or not found.strip() or not found.isprintable():
            self.refuse(f"{key} must be a line of text", key)
            return None
        if len(found.encode()) > limits.TEXT_CHARS:
            self.refuse(f"{key} is longer than {limits.TEXT_CHARS} bytes", key)
            return None
        return found

    def slug(self, key: str) -> str | None:
        """Return a short name of lower-case words."""
        found = self.text(key)
        if found is not None and not is_slug(found):
            self.refuse(f"{key} must be lower-case words joined by -", key)
            return None
        return found

    def duration(self, key: str) -> int | None:
        """Return a length of time, in seconds."""
        found = self.text(key)
        if found is None:
            return None
        match = _DURATION.match(found)
        if match is None:
            self.refuse(f'{key} must be a time such as "15m", "6h" or "30d"', key)
            return None
        return int(match[1]) * _SECONDS[match[2]]

    def texts(self, key: str) -> tuple[str, ...] | None:
        """Return a list of texts; None where it is missing or something else."""
        found = self.entries.get(key)
        if found is None:
            self.refuse(f'{key} is missing: write {key} = ["..."]')
            return None
        if not _is_texts(found):
            self.refuse(f"{key} must be a list of texts", key)
            return None
        seen: set[str] = set()
        for index, item in enumerate(found):
            if item in seen:
                self.refuse(f"{shown(item)} is there twice", key, str(index))
            seen.add(item)
        return tuple(found)

    def slugs(self, key: str, most: int) -> tuple[str, ...]:
        """Return a list of short names, sorted."""
        found = self.texts(key) or ()
        if len(found) > most:
            self.refuse(f"{key} has more than {most} names", key)
        for index, item in enumerate(found):
            if not is_slug(item):
                self.refuse(
                    f"{shown(item)} is no name: use lower-case words joined by -",
                    key,
                    str(index),
                )
        return tuple(sorted(found))

    def table(self, key: str) -> "Table | None":
        """Return the table below a key; None where it is something else."""
        found = self.entries.get(key)
        if _is_table(found):
            return Table(self.report, (*self.path, key), found)
        self.refuse(f"{key} must be a table", key)
        return None

    def tables(self, key: str) -> Iterator[tuple[str, "Table"]]:
        """Yield the tables below a key by name, and refuse what is none."""
        found = self.entries.get(key)
        if found is None:
            return
        if not _is_table(found):
            self.refuse(f"{key} must be a table", key)
            return
        for name, item in found.items():
            if _is_table(item):
                yield name, Table(self.report, (*self.path, key, name), item)
            else:
                self.refuse(f"{shown(name)} must be a table", key, name)

    def choices(self, key: str) -> Iterator[tuple[str, str]]:
        """Yield the entries of a table of texts, and refuse what is none."""
        found = self.entries.get(key)
        if found is None:
            return
        if not _is_table(found):
            self.refuse(f"{key} must be a table", key)
            return
        for name, item in found.items():
            if isinstance(item, str):
                yield name, item
            elif _is_table(item):
                self.refuse(f"put quotes around a name with dots: {shown(name)}", key)
            else:
                self.refuse(f"{shown(name)} must be a text, such as keep", key, name)


def is_slug(name: str) -> bool:
    """Tell whether a name is short and of lower-case words."""
    return len(name) <= limits.NAME_CHARS and _SLUG.match(name) is not None


def _is_texts(found: object) -> TypeGuard[list[str]]:
    return isinstance(found, list) and all(isinstance(item, str) for item in found)


def _is_table(found: object) -> TypeGuard[dict[str, object]]:
    return isinstance(found, dict)


def read_table(source: bytes, file: str, build: Callable[[Table], T]) -> T:
    """Read a whole file and build a value of it.

    Args:
        source: the file's bytes, from anyone.
        file: name that problems carry.
        build: makes the value and reports what is wrong on the way.

    Raises:
        PolicySourceError: with every problem.
    """
    text = _text(source, file)
    try:
        entries: dict[str, object] = tomllib.loads(text)
    except RecursionError:
        raise PolicySourceError(file, [Problem(1, "nested too deeply")]) from None
    except ValueError as error:
        raise PolicySourceError(file, [_complaint(text, str(error))]) from None
    report = Report(file, text)
    built = build(Table(report, (), entries))
    report.finish()
    return built


def _text(source: bytes, file: str) -> str:
    """Return the text of a file whose size, encoding and lines are in bounds."""
    if len(source) > limits.POLICY_SOURCE_BYTES:
        reason = f"over {limits.POLICY_SOURCE_BYTES} bytes; split it by tenant"
        raise PolicySourceError(file, [Problem(1, reason)])
    if source.startswith(codecs.BOM_UTF8):
        raise PolicySourceError(file, [Problem(1, _BOM)])
    try:
        text = source.decode("utf-8")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        raise PolicySourceError(file, [Problem(line, "not UTF-8")]) from None
    problems = [
        Problem(
            number, f"longer than {LINE_CHARS} characters, or over {LINE_DOTS} dots"
        )
        for number, line in enumerate(text.split("\n"), 1)
        if len(line) > LINE_CHARS or line.count(".") > LINE_DOTS
    ]
    if problems:
        raise PolicySourceError(file, problems)
    return text


def _complaint(text: str, message: str) -> Problem:
    """Return what tomllib says, with the line it says it of."""
    found = _AT.search(message)
    last = text.rstrip("\n").count("\n") + 1
    line = int(found[1]) if found and found[1] else last
    if message.startswith(_TWICE):
        return Problem(line, "a name is there twice: remove or rename one")
    reason = _AT.sub("", message)[:REASON_CHARS]
    return Problem(line, f"not TOML: {reason}")

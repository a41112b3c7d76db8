# SPDX-License-Identifier: Apache-2.0
"""Finds the line of each key of a TOML text, which `tomllib` does not tell.

Rules: only for texts that `tomllib` has accepted; linear time whatever the nesting,
no recursion; a path that is not written down has the line of what is around it.
Not here: reading values (`wire/policy_toml.py`).
Source: TOML 1.0.0.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto

Path = tuple[str, ...]
"""Keys from the top of the file down; items of an array are numbered from "0"."""
PATH_KEYS = 8
"""Keys of a path that is written down: a policy goes six deep. What is nested deeper
costs no more than this, or 200 kB of brackets would take a minute."""

_TOKEN = re.compile(
    r"""
    (?P<newline>\n)
    | (?P<comment>\#[^\n]*)
    | (?P<text>
        \"{3}(?:\\.|[^\\])*?\"{3}\"{0,2}
        | '{3}.*?'{3}'{0,2}
        | "(?:\\.|[^"\\\n])*"
        | '[^'\n]*'
      )
    | (?P<mark>[][{}=,.])
    | (?P<bare>[^\s#"'][^][\s#"'{}=,.]*)
    """,
    re.VERBOSE | re.DOTALL,
)


class _State(Enum):
    KEY = auto()
    HEADER = auto()
    VALUE = auto()


@dataclass(slots=True)
class _Open:
    """An array or inline table that is not closed yet."""

    path: Path
    is_array: bool
    index: int = 0


@dataclass(slots=True)
class KeyLines:
    """The line of each key path of one text."""

    _written: dict[Path, int] = field(default_factory=dict)
    _implied: dict[Path, int] = field(default_factory=dict)

    def note(self, path: Path, line: int) -> None:
        """Remember where a path is written; the tables around it are implied."""
        path = path[:PATH_KEYS]
        self._written.setdefault(path, line)
        for length in range(1, len(path)):
            self._implied.setdefault(path[:length], line)

    def line_of(self, path: Path) -> int:
        """Return the line of a path, or of the nearest table around it."""
        for length in range(len(path), 0, -1):
            near = path[:length]
            line = self._written.get(near) or self._implied.get(near)
            if line is not None:
                return line
        return 1


class _Scan:
    """One pass over the tokens of a text."""

    def __init__(self) -> None:
        self.lines = KeyLines()
        self.state = _State.KEY
        self.table: Path = ()
        self.key: list[str] = []
        self.open: list[_Open] = []
        self.value: Path = ()

    def key_token(self, kind: str, piece: str, line: int) -> None:
        """Take a token where a key, a header or a closing brace may stand."""
        if kind in ("bare", "text"):
            self.key.append(_unquoted(piece))
        elif piece == "=":
            around = self.open[-1].path if self.open else self.table
            self.value = (*around, *self.key)[:PATH_KEYS]
            self.lines.note(self.value, line)
            self.key = []
            self.state = _State.VALUE
        elif piece == "[":
            self.state = _State.HEADER
        elif piece == "}":
            self.close()

    def header_token(self, kind: str, piece: str, line: int) -> None:
        """Take a token of a table's header."""
        if kind in ("bare", "text"):
            self.key.append(_unquoted(piece))
        elif piece == "]":
            self.table = tuple(self.key)
            self.lines.note(self.table, line)
        elif kind == "newline":
            self.key = []
            self.state = _State.KEY

    def value_token(self, kind: str, piece: str, line: int) -> None:
        """Take a token of a value, however nested."""
        inside = self.open[-1] if self.open else None
        if inside is not None and inside.is_array:
            self.value = (*inside.path, str(inside.index))[:PATH_KEYS]
            if kind in ("bare", "text") or piece in ("[", "{"):
                self.lines.note(self.value, line)
        if piece == "[":
            self.open.append(_Open(self.value, is_array=True))
        elif piece == "{":
            self.open.append(_Open(self.value, is_array=False))
            self.state = _State.KEY
        elif piece in ("]", "}"):
            self.close()
        elif piece == "," and inside is not None:
            inside.index += 1
            self.state = _State.VALUE if inside.is_array else _State.KEY
        elif kind == "newline" and inside is None:
            self.state = _State.KEY

    def close(self) -> None:
        """Leave an array or inline table."""
        if self.open:
            self.open.pop()
        self.key = []
        self.state = _State.VALUE


def key_lines(text: str) -> KeyLines:
    """Return the lines of all keys.

    Args:
        text: a TOML text that `tomllib` has read without complaint.
    """
    scan = _Scan()
    for kind, piece, line in _tokens(text):
        if scan.state is _State.KEY:
            scan.key_token(kind, piece, line)
        elif scan.state is _State.HEADER:
            scan.header_token(kind, piece, line)
        else:
            scan.value_token(kind, piece, line)
    return scan.lines


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    line = 1
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup or ""
        if kind != "comment":
            yield kind, found.group(), line
        line += found.group().count("\n")


def _unquoted(piece: str) -> str:
    if piece[0] == '"' and "\\" in piece:
        return str(tomllib.loads(f"key = {piece}")["key"])
    return piece[1:-1] if piece[0] in "\"'" else piece

# SPDX-License-Identifier: Apache-2.0
r"""Tokens that show by their own prefix or shape whose they are.

Rules: the whole token goes, whatever stands around it; a token has the exact shape
its vendor gives, so that longer and shorter words stay; one that is plainly an
example (EXAMPLE, xxxx) stays.
Not here: the shapes (`agent/redaction/token_shapes/`), JSON web tokens (`jwt.py`),
values after a key word (`secret_assignments.py`).
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from agent.redaction.detector import Found
from agent.redaction.lazily import LazyPattern
from agent.redaction.token_shapes.catalogue import CATALOGUE, SHAPES

NAME = "token_prefixes"
CLASS = "secret"
_ESCAPES = (
    rb"\\[tnrbf]|%[0-9A-Fa-f][0-9A-Fa-f]|\\u00[0-9a-fA-F][0-9a-fA-F]"
    rb"|\\x[0-9a-f][0-9a-f]|#[0-3][0-7][0-7]|[0-9\[][0-9]m|_"
)
"""What may end in a letter before a token: escapes, colours, a name's underscore."""
_BODY = rb"[A-Za-z0-9_./+=~%:@?&$!\\-]"
_INDEX = 2
"""Bytes of a prefix by which it is looked up: the shortest have as many."""
_VARIETY = 5
"""Fewest different letters of a token: below it somebody filled in a form."""
_UNCHECKED = ("aws-key", "twilio-key", "twilio-account")
"""Kinds whose well-known examples are the same letter over and over."""


class Row(NamedTuple):
    """One line of the catalogue."""

    kind: str
    prefix: bytes
    shown: bool
    rest: bytes
    head: bytes


class Shape(NamedTuple):
    """One shape without a prefix."""

    kind: str
    literal: bytes
    pattern: bytes
    exact: bytes


def catalogue() -> Iterator[Row]:
    """Yield the catalogue's lines, one for each prefix."""
    for line in CATALOGUE.encode("ascii").splitlines():
        if line and not line.startswith(b"@"):
            kind, prefixes, rest, _ = line.split(b" ")
            for prefix in prefixes.split(b","):
                shown, plain = prefix.endswith(b">"), prefix.rstrip(b">")
                head = plain.partition(b"/")[0]  # JSON may have a backslash there
                yield Row(kind.decode(), plain, shown, rest, head)


def shapes() -> Iterator[Shape]:
    """Yield the shapes that have no prefix."""
    for line in SHAPES.encode("ascii").splitlines():
        if line and not line.startswith(b"@"):
            kind, literal, pattern, exact, _ = line.split(b" ")
            plain = pattern.replace(rb"\w", b"A-Za-z0-9_")
            yield Shape(kind.decode(), literal, plain, exact)


def _quoted(prefix: bytes) -> bytes:
    """Return a prefix as a pattern that allows for the slashes of JSON."""
    return re.sub(rb"[^A-Za-z0-9_/:=~,%-]", rb"\\\g<0>", prefix).replace(b"/", rb"\\?/")


def _shortest(prefixes: set[bytes]) -> Iterator[bytes]:
    """Yield the prefixes that do not begin with another one."""
    last = b"\0"
    for prefix in sorted(prefixes):
        if not prefix.startswith(last):
            last = prefix
            yield prefix


_ROWS = tuple(catalogue())
_SHAPES = tuple(shapes())
PATTERN = (
    rb"(?:\b|"
    + _ESCAPES
    + rb")(?:(?:"
    + b"|".join(_quoted(one) for one in _shortest({row.prefix for row in _ROWS}))
    + rb")"
    + _BODY * 6
    + _BODY
    + rb"*|"
    + b"|".join(shape.pattern for shape in _SHAPES)
    + rb")"
)
NEEDS: tuple[bytes, ...] = ()
BESIDE = 6
SPREADS = False

_START = (
    rb"(?:(?<![A-Za-z0-9_])|(?<=\\[tnrbf])|(?<=%[0-9A-Fa-f]{2})"
    rb"|(?<=\\u00[0-9A-Fa-f]{2})|(?<=\\x[0-9a-f]{2})|(?<=#[0-3][0-7]{2})"
    rb"|(?<=[0-9\[][0-9]m)|(?<=_)|(?<=/bot))"
)
_STARTS = LazyPattern(_START + rb"(?=[A-Za-z0-9_])")
_WORDS = (
    b"live",
    b"test",
    b"prod",
    b"key",
    b"secret",
    b"token",
    b"api",
    b"API",
    b"KEY",
)
"""Prefixes that are words: after an underscore they belong to a longer name."""
_EXAMPLE = LazyPattern(
    rb"(?i)example|x{6}|your|redacted|placeholder|0{12}|1234567890ab"
)


_Indexed = tuple[tuple[bytes, ...], tuple[Row, ...]]
_NONE: _Indexed = ((), ())


@cache
def _index() -> dict[bytes, _Indexed]:
    """Return heads and rows by the first bytes of their prefix."""
    found: dict[bytes, _Indexed] = {}
    for row in _ROWS:
        heads, rows = found.get(row.prefix[:_INDEX], _NONE)
        found[row.prefix[:_INDEX]] = ((*heads, row.head), (*rows, row))
    return found


@cache
def _compiled(prefix: bytes, rest: bytes) -> re.Pattern[bytes]:
    """Return the exact check of a row or, without a prefix, of a shape."""
    end = rb"(?![A-Za-z0-9_-])" if b"-]" in rest else rb"(?![A-Za-z0-9_])"
    head = _quoted(prefix) if prefix else _START
    return re.compile(head + rb"(" + rest + rb")" + end, re.ASCII)


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Return every token of the match that has exactly its vendor's shape."""
    text = before + match + after
    first, last = len(before), len(before) + len(match)
    spans: list[tuple[int, int, str]] = []
    index = _index()
    for start in _STARTS.finditer(text, first, last):
        at = start.start()
        heads, rows = index.get(text[at : at + _INDEX], _NONE)
        for row in rows if text.startswith(heads, at) else ():
            if not text.startswith(row.head, at):
                continue
            span = _row_span(row, text, at)
            if span is not None:
                spans.append((span[0] - first, min(span[1], last) - first, CLASS))
                break
    for shape in _SHAPES:
        if shape.literal in match:
            spans += [
                (max(start - first, 0), min(stop, last) - first, CLASS)
                for start, stop in _shape_spans(shape, text)
            ]
    return tuple(spans)


def _row_span(row: Row, text: bytes, at: int) -> tuple[int, int] | None:
    """Return where a row's token stands, or only its secret part."""
    if text[at - 1 : at] == b"_" and row.prefix.startswith(_WORDS):
        return None
    found = _compiled(row.prefix, row.rest).match(text, at)
    if found is None or (row.kind not in _UNCHECKED and _is_example(found[1])):
        return None
    if found[1].endswith((b"EXAMPLE", b"XXXXXX")):
        return None
    return found.span(1) if row.shown else found.span()


def _shape_spans(shape: Shape, text: bytes) -> Iterator[tuple[int, int]]:
    """Yield where the tokens of a shape stand."""
    for found in _compiled(b"", shape.exact).finditer(text):
        if shape.kind in _UNCHECKED or not _is_example(found[1]):
            yield found.span(1)


def _is_example(body: bytes) -> bool:
    """Tell whether a body was written to show where a token goes."""
    return len(set(body)) < _VARIETY or _EXAMPLE.search(body) is not None


def _example(prefix: str, length: int) -> str:
    """Return a token that no service has given out."""
    return prefix + ("A1b2C3d4E5f6G7h8J9k0" * 10)[:length]


_HOOK = "hooks.slack" + ".com/services/"
_UUID = "1b2c3d4e-0000-4000-8000-0123456789ab"
_FIXED = "MTk4" + "NjIyNDgzNDcxOTI1"
HITS = (
    (f"key {_example('gh' + 'p_', 36)}", _example("gh" + "p_", 36)),
    (f"push {_example('glp' + 'at-', 20)} done", _example("glp" + "at-", 20)),
    (f"id {'AK' + 'IA' + 'QWERTYUIOPASDFGH'}", "AK" + "IA" + "QWERTYUIOPASDFGH"),
    (f"use {_example('sk_' + 'live_', 24)}", _example("sk_" + "live_", 24)),
    (f"bot {_example('xo' + 'xb-', 30)}", _example("xo" + "xb-", 30)),
    (f"maps {_example('AI' + 'za', 35)}", _example("AI" + "za", 35)),
    (rf"json \t{_example('np' + 'm_', 36)}\n", _example("np" + "m_", 36)),
    (f"q%3D{_example('np' + 'm_', 36)}%26", _example("np" + "m_", 36)),
    (rf"x\u003d{_example('np' + 'm_', 36)}", _example("np" + "m_", 36)),
    (rf"\xe2\x80\x9c{_example('np' + 'm_', 36)}\xe2", _example("np" + "m_", 36)),
    (f"#033[32m{_example('np' + 'm_', 36)}#033[0m", _example("np" + "m_", 36)),
    (f"/srv/amelie_{_example('np' + 'm_', 36)}", _example("np" + "m_", 36)),
    (f"task-{_example('gs' + 'k_', 52)}", _example("gs" + "k_", 52)),
    (f"POST https://{_HOOK}T0AB/B0CD/{_example('', 24)}", _example("", 24)),
    (
        rf"https:\/\/{_HOOK.replace('/', chr(92) + '/')}T0AB\/B0CD\/{_example('', 24)}",
        _example("", 24),
    ),
    (f"/bot1102015430:A{_example('', 34)}/getMe", _example("", 34)),
    (f"login {_FIXED}MjQ4.Cl2FMQ.{_example('', 27)}", _example("", 27)),
    (f"key {'0123456789abcdef' * 2}-us12", "0123456789abcdef" * 2),
    (f"saved eyJ{_example('', 40)}.aK3f9Q.{_example('', 27)}", _example("", 27)),
    (f"auth: PVE{'APIToken='}a@pam!x={_UUID}", _UUID),
    (f"use {_example('0.', 0)}{_UUID}.{_example('', 30)}:{_example('', 22)}==", _UUID),
)
MISSES = (
    "sk-learn and key-value stores",
    "the task-list and desk-top",
    "secret_santa and infrastructure",
    "hf_hub_download_directory_name",
    _example("gh" + "p_", 30),
    _example("glpt" + "t-", 41),
    "AK" + "IAIOSFODNN7EXAMPLE",
    "gh" + "p_" + "x" * 36,
    _example("pk_" + "live_", 24),
    "Module.method.another_long_word_of_the_code_here",
    "keyboard-interactive and /usr/share/pattern.cafe",
    "0.12.3 of 1.2.3 at 0.1234567890 and v1.28.13-eks-1234567",
    "com.example.widgets.Button3Factory.render.AbstractPaintingContext17",
    "test_connection_to_the_database live_migration_of_the_machine",
    "pod web_frontend-7c9d8f6b5d-x2k4p sc_reader ext_loader.acc",
    "key-value-store-of-the-cluster-in-the-basement account-settings-page",
)
WORST = "sk-gl-xoxgh"

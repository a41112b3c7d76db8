# SPDX-License-Identifier: Apache-2.0
r"""Tokens that show by their own prefix or shape whose they are.

Rules: the whole token goes, whatever stands around it; a token has the exact shape
its vendor gives, so that longer and shorter words stay; one that is plainly an
example (EXAMPLE, xxxx) stays.
Not here: the shapes (`agent/redaction/token_shapes/`), JSON web tokens (`jwt.py`),
values after a key word (`secret_assignments.py`).
"""

import re
import string
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from agent.redaction.detector import Found
from agent.redaction.lazily import LazyPattern
from agent.redaction.token_examples import Examples
from agent.redaction.token_shapes.catalogue import CATALOGUE, SHAPES

NAME = "token_prefixes"
CLASS = "secret"
_ESCAPES = (
    rb"\\[tnrbf]|%[0-9A-Fa-f][0-9A-Fa-f]|\\u00[0-9a-fA-F][0-9a-fA-F]"
    rb"|\\x[0-9a-f][0-9a-f]|#[0-3][0-7][0-7]|[0-9\[][0-9]m|_"
)
"""What may end in a letter before a token: escapes, colours, a name's underscore."""
_BODY = rb"[A-Za-z0-9_./+=~%:@?&$!\\-]"
_SHORTEST_PREFIX, _KEY = 2, 5
"""Bytes of the shortest prefix, and those by which prefixes are told apart."""
_SHORTEST_SHAPE = 30
"""Shortest match in which a token without a prefix is looked for: all are longer."""
_UNCHECKED = ("aws-key", "twilio-key", "twilio-account")
"""Kinds whose well-known examples are the same letter over and over."""


class Row(NamedTuple):
    """One line of the catalogue."""

    kind: str
    prefix: bytes
    shown: bool
    rest: bytes


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
                shown = prefix.endswith(b">")
                yield Row(kind.decode(), prefix.rstrip(b">"), shown, rest)


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
_BOUNDS = LazyPattern(_START)
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
_RUN_OF = frozenset(string.ascii_letters.encode() + string.digits.encode() + b"_-")
_RUN = LazyPattern(rb"[A-Za-z0-9_-]*")
_SIMPLE = rb"\[[^\]]+\]\{(?:[0-9]+,)?([0-9]+)\}"
"""Rests of one set: the longest match is the first."""


@lru_cache(maxsize=1)
def _index() -> dict[bytes, tuple[Row, ...]]:
    """Return the rows by the first two bytes of their prefix."""
    found: dict[bytes, tuple[Row, ...]] = {}
    for row in _ROWS:
        key = row.prefix[:_SHORTEST_PREFIX]
        found[key] = (*found.get(key, ()), row)
    return found


def _is_dashed(rest: bytes) -> bool:
    """Tell whether a dash may be a part of the token, so that none follows it."""
    return b"-]" in rest


@lru_cache(maxsize=1024)
def _compiled(prefix: bytes, rest: bytes) -> re.Pattern[bytes]:
    """Return the exact check of a row or, without a prefix, of a shape."""
    end = rb"(?![A-Za-z0-9_-])" if _is_dashed(rest) else rb"(?![A-Za-z0-9_])"
    return re.compile(_quoted(prefix) + rb"(" + rest + rb")" + end, re.ASCII)


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Return every token of the match that has exactly its vendor's shape."""
    text = before + match + after
    first, last = len(before), len(before) + len(match)
    spans: list[tuple[int, int, str]] = []
    examples = Examples(text)
    end = first
    run = 0  # where the letters, digits and dashes end; there, or later, a token ends
    plain = examples.all
    for start in _STARTS.finditer(text, first, last):
        at = start.start()
        if at < end:
            continue
        for check in _checks(text[at : at + _KEY]):
            if plain and check.row.kind not in _UNCHECKED:
                continue
            if check.longest and at >= run:
                run = _run_end(text, at)
            if 0 < check.longest < run - at:
                continue
            reached = check.reach(text, at)
            if reached is None or (check.longest and reached.end() < run):
                continue
            span = _row_span(check, text, at, reached, examples)
            if span is not None:
                start_at = _glued(check.row.prefix, text, end, span[0])
                spans.append((start_at - first, min(span[1], last) - first, CLASS))
                end = span[1]
                break
    if len(match) >= _SHORTEST_SHAPE:
        spans += [
            (max(start - first, 0), min(stop, last) - first, CLASS)
            for start, stop in _shape_spans(match, text, examples)
            if start < last and stop > first
        ]
    return tuple(spans)


def _glued(prefix: bytes, text: bytes, low: int, start: int) -> int:
    """Return where a token starts, with those of its kind that it is glued to.

    Else each would be found only when the one behind it had gone.

    Args:
        prefix: of the token.
        text: that it is in.
        low: before it nothing is looked at.
        start: of the token.
    """
    begin = start
    while begin > low and text[begin - 1] in _RUN_OF:
        begin -= 1
    same = text.find(prefix, begin, start)
    return start if same < 0 else same


def _run_end(text: bytes, at: int) -> int:
    """Return where the letters, digits and dashes end that begin at a place."""
    found = _RUN.match(text, at)
    return at if found is None else found.end()


class _Check(NamedTuple):
    """How one row is looked for.

    Attributes:
        row: of the catalogue.
        reach: matches what a token is before its end is looked at, where the longest
            match is the first; else the whole token.
        longest: length of a token that must end where letters and dashes end, or 0.
    """

    row: Row
    reach: Callable[[bytes, int], re.Match[bytes] | None]
    longest: int


@lru_cache(maxsize=4096)
def _checks(key: bytes) -> tuple[_Check, ...]:
    """Return how to look for the tokens that a text begins like.

    Args:
        key: its first bytes, as many as keys have or as there are.
    """
    return tuple(
        _check(row)
        for row in _index().get(key[:_SHORTEST_PREFIX], ())
        if _agree(row.prefix.partition(b"/")[0], key)
    )


def _agree(head: bytes, key: bytes) -> bool:
    """Tell whether what begins with a key may begin with the head of a prefix."""
    return key.startswith(head) or head.startswith(key)


@lru_cache(maxsize=1024)
def _check(row: Row) -> _Check:
    """Return how to look for one row."""
    simple = re.fullmatch(_SIMPLE, row.rest)
    if simple is None or b"/" in row.prefix or not _is_dashed(row.rest):
        return _Check(row, _compiled(row.prefix, row.rest).match, 0)
    reach = re.compile(re.escape(row.prefix) + row.rest, re.ASCII).match
    return _Check(row, reach, len(row.prefix) + int(simple[1]))


def _row_span(
    check: _Check,
    text: bytes,
    at: int,
    reached: re.Match[bytes],
    examples: Examples,
) -> tuple[int, int] | None:
    """Return where a row's token stands, or only its secret part.

    Args:
        check: of the row.
        text: the match and what is beside it.
        at: where the token would begin.
        reached: what the check has matched there.
        examples: those of the text.
    """
    row = check.row
    if text[at - 1 : at] == b"_" and row.prefix.startswith(_WORDS):
        return None
    found: re.Match[bytes] | None = reached
    if check.longest:
        found = _compiled(row.prefix, row.rest).match(text, at)
    if found is None:
        return None
    if row.kind in _UNCHECKED:
        if found[1].endswith((b"EXAMPLE", b"XXXXXX")):
            return None
    elif examples.holds(*found.span(1)):
        return None
    return found.span(1) if row.shown else found.span()


@lru_cache(maxsize=1)
def _any_shape() -> re.Pattern[bytes]:
    """Return what matches where any shape does; asked once for all of them."""
    whole = (_compiled(b"", shape.exact).pattern for shape in _SHAPES)
    return re.compile(b"|".join(whole), re.ASCII)


def _shape_spans(
    match: bytes, text: bytes, examples: Examples
) -> Iterator[tuple[int, int]]:
    """Yield where the tokens stand that have a shape and no prefix."""
    held = [shape for shape in _SHAPES if shape.literal in match]
    if not held:
        return
    any_of = _compiled(b"", held[0].exact) if len(held) == 1 else _any_shape()
    places = (start.start() for start in _BOUNDS.finditer(text))
    starts = [at for at in places if any_of.match(text, at) is not None]
    for shape in held if starts else ():
        exact = _compiled(b"", shape.exact)
        end = 0
        for at in starts:
            found = exact.match(text, at) if at >= end else None
            if found is not None:
                end = found.end()
                if shape.kind in _UNCHECKED or not examples.holds(*found.span(1)):
                    yield found.span(1)


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
    (f"{('gl' + 'rt-') * 400}{_example('', 20)}", "gl" + "rt-"),
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
WORST = "AKIA.:A-us-SK-AC-Q~-AZDO-JQQJ9-+ASt-AzSe-.atlasv1.-pat-%7C-_mmk-:APA91b-AAAA"

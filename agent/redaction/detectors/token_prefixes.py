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
from agent.redaction.scanning import with_any_digit
from agent.redaction.token_examples import Examples
from agent.redaction.token_rows import (
    DASHES,
    KEY,
    LETTERS,
    ROWS,
    Check,
    Group,
    Runs,
    exact,
    groups,
    heads,
    quoted,
)
from agent.redaction.token_shapes.catalogue import SHAPES

NAME = "token_prefixes"
CLASS = "secret"
_ESCAPES = (
    rb"\\[tnrbf]|%[0-9A-Fa-f][0-9A-Fa-f]|\\u00[0-9a-fA-F][0-9a-fA-F]"
    rb"|\\x[0-9a-f][0-9a-f]|#[0-3][0-7][0-7]|[0-9\[][0-9]m|_"
)
"""What may end in a letter before a token: escapes, colours, a name's underscore."""
_BODY = rb"[A-Za-z0-9_./+=~%:@?&$!\\-]"
_SHORTEST_SHAPE = 30
"""Shortest match in which a token without a prefix is looked for: all are longer."""
_LEAD = LazyPattern(rb"\[A-Za-z0-9\](?=\{)|\[0-9\](?=\{)")
"""What several shapes begin with."""
_GROUP = LazyPattern(rb"\(\?:[^()]*\)")
_RUN = LazyPattern(rb"(\[[^\]]+\])\{([0-9]+)")
"""In a shape, letters and how often they stand there at least."""
_LONG = 27
"""Letters and dashes of a run that most shapes have, and most texts have none of."""
_FEW = 2
"""Literals of shapes that are looked for one by one; more are looked for at once."""
_UNCHECKED = ("aws-key", "twilio-key", "twilio-account")
"""Kinds whose well-known examples are the same letter over and over."""


class Shape(NamedTuple):
    """One shape without a prefix."""

    kind: str
    literal: bytes
    pattern: bytes
    exact: bytes


def shapes() -> Iterator[Shape]:
    """Yield the shapes that have no prefix."""
    for line in SHAPES.encode("ascii").splitlines():
        if line and not line.startswith(b"@"):
            kind, literal, pattern, exact, _ = line.split(b" ")
            plain = pattern.replace(rb"\w", b"A-Za-z0-9_")
            yield Shape(kind.decode(), literal, plain, exact)


def _shortest(prefixes: set[bytes]) -> Iterator[bytes]:
    """Yield the prefixes that do not begin with another one."""
    last = b"\0"
    for prefix in sorted(prefixes):
        if not prefix.startswith(last):
            last = prefix
            yield prefix


_SHAPES = tuple(shapes())
PATTERN = with_any_digit(
    rb"(?:\b|"
    + _ESCAPES
    + rb")(?:(?:"
    + b"|".join(quoted(one) for one in _shortest({row.prefix for row in ROWS}))
    + rb")"
    + _BODY * 6
    + _BODY
    + rb"*|"
    + b"|".join(shape.pattern for shape in _SHAPES)
    + rb")"
)
"""Of any digits, so that lines of one shape match at the same places."""
NEEDS: tuple[bytes, ...] = ()
BESIDE = 6
SPREADS = False

_START = (
    rb"(?:(?<![A-Za-z0-9_])|(?<=_)|(?<=[tnrbfm0-9A-Fa-f])(?:(?<=\\[tnrbf])"
    rb"|(?<=%[0-9A-Fa-f]{2})|(?<=\\u00[0-9A-Fa-f]{2})|(?<=\\x[0-9a-f]{2})"
    rb"|(?<=#[0-3][0-7]{2})|(?<=[0-9\[][0-9]m)|(?<=/bot)))"
)
"""Where a token may begin; for those with a prefix `heads` finds words and parts of
them, and this:"""
_ESCAPED = LazyPattern(
    rb"[\\%#0-9\[/](?:(?<=\\)(?=([tnrbf]|u00[0-9A-Fa-f]{2}|x[0-9a-f]{2}))"
    rb"|(?<=%)(?=([0-9A-Fa-f]{2}))|(?<=#)(?=([0-3][0-7]{2}))"
    rb"|(?<=[0-9\[])(?=([0-9]m))|(?<=/)(?=(bot)))"
)
"""what stands behind escapes, colours, and what Telegram has before a token."""
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
_RUN_OF = frozenset(byte for byte in range(128) if chr(byte).isalnum()) | {*b"_-"}


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Return every token of the match that has exactly its vendor's shape."""
    text = before + match + after
    first, last = len(before), len(before) + len(match)
    spans: list[tuple[int, int, str]] = []
    places = _places(text, last)
    if not places and len(match) < _SHORTEST_SHAPE:
        return ()
    examples = Examples(text)
    end = first
    plain = examples.all
    dashes, letters = Runs(DASHES, text), Runs(LETTERS, text)
    for at in places:
        some = groups(text[at : at + KEY])
        if not some or at < end:
            continue
        for check in _possible(some, at, dashes, letters):
            if plain and check.row.kind not in _UNCHECKED:
                continue
            span = _row_span(check, text, at, examples)
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


def _places(text: bytes, last: int) -> list[int]:
    """Return the places where a token may begin, in order.

    Args:
        text: the match and what is beside it.
        last: no place is behind it.
    """
    begun = heads(text, last)
    ends = {
        escape.end(escape.lastindex or 0) for escape in _ESCAPED.finditer(text, 0, last)
    }
    return sorted(ends.union(begun)) if ends else begun


def _possible(
    some: tuple[Group, ...], at: int, dashes: Runs, letters: Runs
) -> list[Check]:
    """Return the rows whose token may begin at a place, by its length.

    Args:
        some: rows that begin like what stands there.
        at: the place.
        dashes: runs of letters and dashes.
        letters: the same without dashes.
    """
    found: list[Check] = []
    for head, dashed, least, most, checks in some:
        length = (dashes if dashed else letters).end(at + head) - at - head
        if least <= length <= most:
            found += [each for each in checks if each.least <= length <= each.most]
    return found


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


def _row_span(
    check: Check, text: bytes, at: int, examples: Examples
) -> tuple[int, int] | None:
    """Return where a row's token stands, or only its secret part.

    Args:
        check: of the row.
        text: the match and what is beside it.
        at: where the token would begin.
        examples: those of the text.
    """
    row = check.row
    found = check.match(text, at)
    if found is None:
        return None
    if text[at - 1 : at] == b"_" and row.prefix.startswith(_WORDS):
        return None
    if row.kind in _UNCHECKED:
        if found[1].endswith((b"EXAMPLE", b"XXXXXX")):
            return None
    elif examples.holds(*found.span(1)):
        return None
    return found.span(1) if row.shown else found.span()


@cache
def _where(literal: bytes) -> re.Pattern[bytes]:
    """Return what matches where a shape with a literal does, or any for none."""
    leads: dict[bytes, list[Shape]] = {}
    for shape in _SHAPES:
        if literal in (b"", shape.literal):
            lead = _LEAD.match(shape.exact)
            kind = shape.exact if lead is None else lead[0]
            leads.setdefault(kind, []).append(shape)
    whole: list[bytes] = []
    for kind, some in leads.items():
        either = b"|".join(exact(b"", shape.exact).pattern for shape in some)
        whole.append(b"(?=%b{5})(?:%b)" % (kind, either) if len(some) > 1 else either)
    return re.compile(_START + b"(?=" + b"|".join(whole) + b")", re.ASCII)


class Run(NamedTuple):
    """What stands in each token of a shape: so many of some letters in a row.

    Attributes:
        table: makes one letter of them all, and another of all others.
        letters: the row, once that is done.
        long: whether it is within a long run of letters and dashes.
    """

    table: bytes
    letters: bytes
    long: bool

    def stands_in(self, text: bytes) -> bool:
        """Tell whether a text holds such a run, however many shorter ones it holds."""
        return self.letters in text.translate(self.table)


def _run_of(letters: bytes, times: int, *, long: bool) -> Run:
    """Return the run of so many letters of a set."""
    one = re.compile(letters, re.ASCII)
    held = [one.match(bytes((byte,))) is not None for byte in range(256)]
    return Run(bytes(held), b"\1" * times, long)


@cache
def _long_run() -> Run:
    return _run_of(rb"[\w-]", _LONG, long=True)


@cache
def _run_in(shape: bytes) -> Run:
    """Return the longest run that a shape asks for."""
    ungrouped = b"".join(_GROUP.split(shape))
    runs = [(run[1], int(run[2])) for run in _RUN.finditer(ungrouped)]
    letters, times = max(runs, key=lambda run: run[1], default=(b"(?:)", 0))
    within = not re.search(letters, b".~+/=", re.ASCII)
    return _run_of(letters, times, long=within and times >= _LONG)


def _held(match: bytes, text: bytes) -> list[Shape]:
    """Return the shapes that a token of the match may have."""
    long = _long_run().stands_in(text)
    held: list[Shape] = []
    for shape in _SHAPES:
        if shape.literal in match:
            run = _run_in(shape.exact)
            if (long or not run.long) and run.stands_in(text):
                held.append(shape)
    return held


def _shape_spans(
    match: bytes, text: bytes, examples: Examples
) -> Iterator[tuple[int, int]]:
    """Yield where the tokens stand that have a shape and no prefix."""
    held = _held(match, text)
    literals = {shape.literal for shape in held}
    if len(literals) > _FEW:
        literals = {b""}
    starts = sorted(
        start.start() for one in literals for start in _where(one).finditer(text)
    )
    for shape in held if starts else ():
        found_by = exact(b"", shape.exact)
        end = 0
        for at in starts:
            found = found_by.match(text, at) if at >= end else None
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
    f"/bot1102015430:A{_example('', 34)}-x/getMe",
    "Module.method.another_long_word_of_the_code_here",
    "keyboard-interactive and /usr/share/pattern.cafe",
    "0.12.3 of 1.2.3 at 0.1234567890 and v1.28.13-eks-1234567",
    "com.example.widgets.Button3Factory.render.AbstractPaintingContext17",
    "test_connection_to_the_database live_migration_of_the_machine",
    "pod web_frontend-7c9d8f6b5d-x2k4p sc_reader ext_loader.acc",
    "key-value-store-of-the-cluster-in-the-basement account-settings-page",
)
WORST = "AKIA.:A-us-SK-AC-Q~-AZDO-JQQJ9-+ASt-AzSe-.atlasv1.-pat-%7C-_mmk-:APA91b-AAAA"

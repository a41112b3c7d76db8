# SPDX-License-Identifier: Apache-2.0
"""Makes lines of templates and values, wraps them, and says what a redactor did.

Rules: planted values are unique in a line, so a value that is still there leaked; what
a wrapper does to a line it does to the values in it. A template is a source, a tab and
a line of `planted.tsv` or, where nothing is planted, `clean.tsv`; `{user}` is a value
of that class, `{user2}` another one.
Not here: values (`values.py`).
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from xml.sax.saxutils import escape

from tests.log_grammar.values import IDENTITIES, OTHERS, Draw

_SLOT = re.compile(r"\{([a-z_]+[456]?\d?)\}")
_HERE = Path(__file__).parent
_CLEAN_SHARE = 0.3
_WRAPPED_SHARE = 0.35
_TOKENS = re.compile(r"[A-Za-z0-9]+")

Wrap = Callable[[str], str]


def _quoted(text: str) -> str:
    return json.dumps(text)


WRAPS: tuple[Wrap, ...] = (
    lambda text: f'{{"log":{_quoted(text)},"stream":"stderr"}}',
    lambda text: f"level=info msg={_quoted(text)}",
    lambda text: f'{{"outer":{_quoted(_quoted(text))}}}',
    lambda text: f"<message>{escape(text)}</message>",
    lambda text: f"\x1b[33mWARN\x1b[0m {text}",
    lambda text: f"[worker-3] {text}",
    lambda text: f"'{text}'",
    lambda text: f"    at step 3: {text};",
)
"""Formats that carry lines of another."""


@dataclass(frozen=True)
class Line:
    """One line.

    Attributes:
        source: of which program.
        text: the line.
        planted: class and value of what it holds.
    """

    source: str
    text: str
    planted: tuple[tuple[str, str], ...]


def lines(
    seed: int, count: int, known: int = 0, wrapped: float = _WRAPPED_SHARE
) -> Iterator[Line]:
    """Yield lines; the same ones for the same seed.

    Args:
        seed: of all that is drawn.
        count: of lines.
        known: how many values of each class there are, as in the logs of one network;
            0 for a new one each time.
        wrapped: share of lines inside of another format.
    """
    random = Random(seed)  # noqa: S311 - repeatable, not secret
    planted, clean = templates("planted"), templates("clean")
    draws = dict(IDENTITIES)
    if known:
        draws = {kind: _pool(random, draw, known) for kind, draw in draws.items()}
    for _ in range(count):
        chosen = clean if random.random() < _CLEAN_SHARE else planted
        source, template = random.choice(chosen)
        wrap = random.choice(WRAPS) if random.random() < wrapped else str
        yield _filled(random, source, template, wrap, draws)


def templates(name: str) -> list[tuple[str, str]]:
    """Return sources and lines of one file.

    Args:
        name: of the file, without its ending.
    """
    rows = (_HERE / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    return [(source, line) for source, _, line in (row.partition("\t") for row in rows)]


def _pool(random: Random, draw: Draw, known: int) -> Draw:
    values = [draw(random) for _ in range(known)]
    return lambda random: random.choice(values)


def _filled(
    random: Random, source: str, template: str, wrap: Wrap, draws: Mapping[str, Draw]
) -> Line:
    values: dict[str, str] = {}
    planted: list[tuple[str, str]] = []

    def fill(slot: re.Match[str]) -> str:
        name = slot[1]
        if name not in values:
            kind = name if name in IDENTITIES or name in OTHERS else name[:-1]
            if kind not in IDENTITIES and kind not in OTHERS:
                return slot[0]
            draw = draws.get(kind) or OTHERS[kind]
            values[name] = draw(random)
            if kind in IDENTITIES:
                planted.append((kind, values[name]))
        return values[name]

    return Line(source, wrap(_SLOT.sub(fill, template)), tuple(planted))


@dataclass
class Score:
    """What a redactor left and took, counted.

    Attributes:
        planted: values, by class.
        leaked: values that are still there, by class.
        misses: (source, class) of what leaked.
        tokens: words outside of planted values.
        changed: those of them that are gone, and from which sources.
        clean: lines without a planted value.
        spoiled: those of them that were changed.
    """

    planted: Counter[str] = field(default_factory=Counter)
    leaked: Counter[str] = field(default_factory=Counter)
    misses: Counter[tuple[str, str]] = field(default_factory=Counter)
    tokens: int = 0
    changed: Counter[tuple[str, str]] = field(default_factory=Counter)
    clean: int = 0
    spoiled: int = 0

    @property
    def leak_rate(self) -> float:
        """Return the share of planted values that are still there."""
        return self.leaked.total() / max(1, self.planted.total())

    @property
    def macro_leak_rate(self) -> float:
        """Return the mean of the classes' shares."""
        rates = [self.leaked[kind] / count for kind, count in self.planted.items()]
        return sum(rates) / max(1, len(rates))

    @property
    def over_rate(self) -> float:
        """Return the share of words that were taken though they name nobody."""
        return self.changed.total() / max(1, self.tokens)

    def add(self, line: Line, output: str) -> None:
        """Count one line."""
        rest = line.text
        for kind, value in line.planted:
            self.planted[kind] += 1
            rest = rest.replace(value, " ")
            if value in output:
                self.leaked[kind] += 1
                self.misses[line.source, kind] += 1
        if not line.planted:
            self.clean += 1
            self.spoiled += _visible(line.text) != output
        words = Counter(_TOKENS.findall(_visible(rest)))
        self.tokens += words.total()
        for word, count in (words - Counter(_TOKENS.findall(output))).items():
            self.changed[line.source, word] += count


def _visible(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def score(made: Sequence[Line], outputs: Sequence[object]) -> Score:
    """Return what a redactor did to lines.

    Args:
        made: the lines.
        outputs: what it made of each; anything but a text counts as an empty line.
    """
    total = Score()
    for line, output in zip(made, outputs, strict=True):
        total.add(line, output if isinstance(output, str) else "")
    return total

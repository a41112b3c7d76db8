# SPDX-License-Identifier: Apache-2.0
"""Ways to run the detectors' patterns over the same lines, and what each costs.

Rules: each way in a process of its own, blocks of 2,000 lines, three readings; what is
found is counted in places: matches, merged spans, changed lines. Matching alone is told
apart from finding with its exact checks and from scrubbing whole.
Not here: what is lost by a way (one alternation hides matches behind each other: that
is counted, not scored).

usage: python -m bench.redaction_engines WAY FILE
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from agent.redaction import bounds
from agent.redaction.detectors import detectors
from agent.redaction.direct import Direct
from agent.redaction.finding import Finder
from agent.redaction.identities import Identities
from agent.redaction.scanning import ENGINES, Compile, Tick, compile_pattern
from agent.redaction.shapes import Shape
from agent.redaction.spans import merged
from agent.redaction.text import Scrubber
from bench.feeding import MB, fed
from bench.measure import PYTHON, print_table
from bench.redaction_lines import mixed, real_lines

READINGS = 3
SIZE = 12 * MB
SLOW_SIZE = 3 * MB // 2
SLOWEST_SIZE = MB // 4
_KEY = bytes(range(32))

Block = list[bytes]
Way = Callable[[Block], int]
"""Works on one block; returns how many matches or spans it found."""


def _tick() -> None:
    """Let the time go on."""


def _each(compiled: Compile) -> Way:
    """Return: match, one pass for each detector whose literals are in the block."""
    patterns = [(each.needs, compiled(each.pattern)) for each in detectors()]

    def work(units: Block) -> int:
        block = b"\n".join(units)
        lowered = block.lower()
        return sum(
            len(pattern.places(block, _tick))
            for needs, pattern in patterns
            if not needs or any(need in lowered for need in needs)
        )

    return work


def _one(compiled: Compile) -> Way:
    """Return: match, one pass with an alternation of all patterns."""
    whole = b"|".join(b"(?:" + each.pattern + b")" for each in detectors())
    pattern = compiled(whole)
    return lambda units: len(pattern.places(b"\n".join(units), _tick))


class _Iterated:
    """A pattern run by google-re2's own finditer."""

    def __init__(self, pattern: bytes, budget: int = 0) -> None:
        """Compile the pattern, with a budget of bytes for its automaton."""
        import re2  # noqa: PLC0415 - a machine may lack it

        options = re2.Options()
        options.encoding = re2.Options.Encoding.LATIN1
        options.never_capture = True
        options.log_errors = False
        if budget:
            options.max_mem = budget
        self._pattern = re2.compile(pattern, options)

    def places(self, block: bytes, _tick: Tick) -> list[tuple[int, int]]:
        """Return where the pattern matches."""
        return [match.span() for match in self._pattern.finditer(block)]


class _NoShapes:
    """Remembers no shape."""

    def of(self, _block: bytes, count: int, _tick: Tick) -> list[Shape | None]:
        """Return no shape for any line."""
        return [None] * count


def _found(*, shapes: bool) -> Way:
    """Return: find, exact checks and escaped lines included."""
    finder = Finder(detectors())
    if not shapes:
        finder._shapes = _NoShapes()  # type: ignore[assignment]  # noqa: SLF001 - the product has no such switch
    return lambda units: len(merged(finder.find(units, (), _tick)))


def _directly() -> Way:
    """Return: find in lines as they are, exact checks included."""
    direct = Direct(detectors(), compile_pattern)
    return lambda units: len(merged(direct.find(units, _tick, None)))


def _scrubbed(compiled: Compile) -> Way:
    """Return: scrub, pseudonyms and replacement included."""
    scrubber = Scrubber(Identities(), _KEY, compiled=compiled, seconds=600)

    def work(units: Block) -> int:
        texts = [unit.decode() for unit in units]
        after = scrubber.scrub_many(texts)
        return sum(one != two for one, two in zip(texts, after, strict=True))

    return work


_BUDGET = 256 * 1024 * 1024
WAYS: Mapping[str, tuple[Callable[[], Way], int]] = {
    "match: RE2's matcher, a pass each": (partial(_each, ENGINES["re2"]), SIZE),
    "match: google-re2 finditer, a pass each": (partial(_each, _Iterated), SIZE),
    "match: RE2's matcher, one alternation": (
        partial(_one, ENGINES["re2"]),
        SLOWEST_SIZE,
    ),
    "match: the same, automaton of 256 MiB": (
        lambda: _one(partial(_Iterated, budget=_BUDGET)),
        SLOW_SIZE,
    ),
    "match: pcre2, a pass each": (partial(_each, ENGINES["pcre2"]), SIZE),
    "match: re, a pass each": (partial(_each, ENGINES["re"]), SLOW_SIZE),
    "find: lines as they are, no views, no shapes": (_directly, SIZE),
    "find: views of escaped lines, no shapes": (partial(_found, shapes=False), SIZE),
    "find: views and shapes (ours)": (partial(_found, shapes=True), SIZE),
    "scrub: RE2 (ours)": (partial(_scrubbed, ENGINES["re2"]), SIZE),
    "scrub: pcre2": (partial(_scrubbed, ENGINES["pcre2"]), SIZE),
    "scrub: re": (partial(_scrubbed, ENGINES["re"]), SLOW_SIZE),
}


def engines() -> dict[str, list[list[str]]]:
    """Print MB per CPU second, memory and matches of each way."""
    told: dict[str, list[list[str]]] = {}
    for name, octets, again in texts():
        rows = [
            ["way", "MB", "first MB / CPU s", "second", "third", "peak MiB", "found"]
        ]
        with tempfile.TemporaryDirectory() as place:
            for way, (_, size) in WAYS.items():
                print(f"  {way}", file=sys.stderr)
                part = octets[: size // READINGS] if again else octets[:size]
                part = part[: part.rfind(b"\n") + 1]
                times = READINGS if again else 1
                rows.append(_row(way, part * times, Path(place)))
        title = f"Ways to run {len(detectors())} patterns: {name}"
        print_table(f"{title}, 2,000 at once", rows)
        told[name] = rows
    return told


def texts() -> Iterator[tuple[str, bytes, bool]]:
    """Yield name, lines, and whether the same ones are read thrice."""
    yield "new lines of the grammar, one network", mixed(SIZE), False
    real = real_lines()
    if real:
        octets = "".join(f"{line}\n" for line in real).encode()
        yield "labelled logs, the same ones thrice", octets, True


def _row(way: str, octets: bytes, place: Path) -> list[str]:
    path, output = place / "lines", place / "told"
    path.write_bytes(octets)
    command = (PYTHON, "-m", "bench.redaction_engines", way, str(path))
    try:
        cost = fed(command, "/dev/null", output=output)
    except RuntimeError as problem:
        reason = str(problem).strip().rpartition("\n")[2][-80:]
        return [way, "", f"failed: {reason}", "", "", "", ""]
    told = json.loads(output.read_text())
    rates = [f"{rate:.3g}" for rate in told["rates"]]
    memory, found = f"{cost.memory:.0f}", f"{told['found']:,}"
    return [way, f"{len(octets) / MB:.1f}", *rates, memory, found]


def run(way: str, path: Path) -> dict[str, object]:
    """Read a file in thirds; return how fast each was and how much was found.

    Args:
        way: of `WAYS`.
        path: lines, ASCII or UTF-8.
    """
    make, _ = WAYS[way]
    units = path.read_bytes().split(b"\n")[:-1]
    third = len(units) // READINGS + 1
    work = make()
    work(units[:20])  # compiled patterns and modules are no part of the speed
    rates: list[float] = []
    found = 0
    for reading in range(READINGS):
        part = units[reading * third : (reading + 1) * third]
        began = time.process_time()
        for start in range(0, len(part), bounds.BLOCK_LINES):
            found += work(part[start : start + bounds.BLOCK_LINES])
        spent = time.process_time() - began
        rates.append(sum(len(unit) + 1 for unit in part) / MB / spent)
    return {"rates": rates, "found": found}


if __name__ == "__main__":
    json.dump(run(sys.argv[1], Path(sys.argv[2])), sys.stdout)

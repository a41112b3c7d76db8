# SPDX-License-Identifier: Apache-2.0
"""Looks at every file and terminal into which hostile texts come.

Rules: commands are run as people run them; each look returns its faults in words, and
none where all is inert; a text that was sent is there as it was sent, once.
Not here: a browser (`walking.py`), the texts (`corpus.py`).
"""

import csv
import io
import json
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pyarrow.parquet as pq
from collector_process import BIN, Collector, run

from tests.hostile.corpus import found_in
from tests.hostile.sender import READ, Hostile

FORMULA = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""With which a spreadsheet's formula begins."""
GRANT = ("--reason", "looking", "--ticket", "T-1")


def texts_of(
    rows: list[dict[str, object]], names: set[str]
) -> Counter[tuple[str, str]]:
    """Return column and text of each cell that was said."""
    return Counter(
        (name, str(value))
        for row in rows
        for name, value in row.items()
        if name in names and value is not None
    )


def exports(
    collector: Collector, agent: Hostile, folder: Path, met: dict[str, set[str]]
) -> Iterator[str]:
    """Export all in three formats; yield what is not as it was said.

    Args:
        collector: that exports.
        agent: whose texts they are.
        folder: for the files.
        met: marks of the texts that are in them, by format, is filled.
    """
    for purpose in READ:
        for form, read in (("csv", _csv), ("jsonl", _jsonl), ("parquet", _parquet)):
            out = folder / f"{purpose.value}-{form}"
            asked = ("--purpose", purpose.value, *GRANT, "--format", form)
            collector.ask("export", *asked, "--out", str(out))
            found = read(out)
            for (said_for, dataset), rows in agent.sent.items():
                if said_for is purpose:
                    told = found.get(dataset, [])
                    met[form] |= found_in(told)
                    where = f"{purpose.value} {dataset} {form}"
                    yield from _compared(where, rows, told, form)


def _compared(
    where: str, rows: list[dict[str, object]], told: list[dict[str, object]], form: str
) -> Iterator[str]:
    if len(told) != len(rows):
        yield f"{where}: {len(told)} rows for {len(rows)}"
        return
    names = {name for row in rows for name in row}
    said = texts_of(rows, names)
    if form == "csv":
        yield from formulas(where, told)
        said = Counter((name, _plain(text)) for name, text in said.elements())
        shown = texts_of(told, names)
        shown = Counter((name, _plain(text)) for name, text in shown.elements() if text)
    else:
        shown = texts_of(told, names)
    if shown != said:
        yield f"{where}: {len(shown - said)} texts are not as they were said"


def formulas(where: str, rows: Iterable[Mapping[str, object]]) -> Iterator[str]:
    """Yield where a cell of a CSV is what a spreadsheet runs."""
    for row in rows:
        for cell in map(str, row.values()):
            if cell and cell[0] in FORMULA:
                yield f"{where}: a formula"


def csv_rows(text: str) -> list[dict[str, object]]:
    """Return the rows of a CSV, as a strict reader has them."""
    csv.field_size_limit(2_000_000)
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    return [dict(row) for row in rows]


def _plain(text: str) -> str:
    """Return a text as a CSV spells it, without the mark by which one is disarmed."""
    spelled = (
        char
        if char.isprintable() or char in "\n\t"
        else char.encode("unicode_escape").decode()
        for char in text
    )
    return "".join(spelled).removeprefix("'")


def _csv(folder: Path) -> dict[str, list[dict[str, object]]]:
    return {
        path.stem: csv_rows(path.read_bytes().decode()) for path in folder.iterdir()
    }


def _jsonl(path: Path) -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = {}
    for line in path.read_bytes().decode("ascii").split("\n")[:-1]:
        row = json.loads(line)
        found.setdefault(row.pop("dataset"), []).append(row)
    return found


def _parquet(folder: Path) -> dict[str, list[dict[str, object]]]:
    return {path.stem: pq.read_table(path).to_pylist() for path in folder.iterdir()}


def terminals(collector: Collector, agent: Hostile, most: int) -> Iterator[str]:
    """Run commands that show texts to people; yield what could drive a terminal."""
    collector.ask("device", "label", agent.stranger.device.hex(), _SPOKEN[0])
    for text in _SPOKEN:
        yield from _spoken(collector, text)
    asked: list[tuple[tuple[str, ...], int | None]] = [
        (("device", "list"), 2),
        (("device", "show", agent.stranger.device.hex()), None),
        (("diagnose", "status"), None),
        (("ticket", "list"), None),
        (("person", "list"), None),
        (("ledger", "show"), None),
    ]
    for (purpose, dataset), rows in [*agent.sent.items()][:most]:
        query = f'SELECT * FROM "{dataset}" LIMIT {len(rows)}'  # noqa: S608 - of our catalogue
        for form in ("table", "json", "csv"):
            wish = ("query", "--purpose", purpose.value, *GRANT, "--format", form)
            lines = {"table": len(rows) + 1, "json": len(rows), "csv": None}[form]
            asked.append(((*wish, query), lines))
    for command, lines in asked:
        done = run("discreet-server", *command, state=collector.folder)
        name = " ".join(command[:2])
        inert = command[-2] == "csv"  # it is for a file: its cells are whole
        yield from _inert(name, "" if inert else done.stdout)
        yield from _inert(name, done.stderr)
        found = len(done.stdout.splitlines())
        if lines is not None and len(done.stdout.split("\n")) - 1 != lines:
            yield f"{name}: {found} lines for {lines}"


_SPOKEN = (
    "<script>fired('h90001h')</script>",
    '=HYPERLINK("x")h90002h',
    "{{7*7}}{0.__class__}h90003h",
    "h90004h\u202egpj.exe",
    "\x1b[2Jh90005h",
    'h90006h\n{"act": "forged"}',
)
"""What a person types, or has typed for them."""


def _spoken(collector: Collector, text: str) -> Iterator[str]:
    """Say a text as name, ticket and reason; refused in a line, or taken and inert."""
    for command in (
        ("person", "invite", "--name", text, "--role", "auditor"),
        ("ticket", "open", text),
        ("query", "--purpose", "support", "--reason", text, "--ticket", "T-1"),
        ("device", "label", "nobody", text),
    ):
        done = _tried(collector, command)
        yield from _inert(f"{command[0]} {command[1]}", done)
        if len(done.splitlines()) > 200:
            yield f"{command[0]}: says too much"


def _tried(collector: Collector, command: tuple[str, ...]) -> str:
    """Run a command that may be refused; return all that it says."""
    done = subprocess.run(
        [BIN / "discreet-server", "--directory", collector.folder, *command],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.stdout + done.stderr


def _inert(name: str, text: str) -> Iterator[str]:
    wrong = {char for char in text if not char.isprintable() and char != "\n"}
    if wrong:
        yield f"{name}: shows {', '.join(sorted(map(repr, wrong)))}"


def papers(collector: Collector) -> Iterator[str]:
    """Look at ledger and log; yield forged lines and texts of devices in them."""
    collector.ask("ledger", "verify")
    for line in collector.ask("ledger", "show", "--json").split("\n")[:-1]:
        act = json.loads(line)
        if act["act"] == "forged":
            yield "ledger: a forged act"
    log = collector.log.read_text(encoding="utf-8")
    yield from _inert("log", log)
    yield from (f"log: has a text of a device: {one}" for one in found_in(log))
    if "forged" in log:
        yield "log: a forged line"
    for path in (collector.folder / "console").glob("visits-*.jsonl"):
        for line in path.read_text(encoding="ascii").splitlines():
            if set(json.loads(line)) != _VISIT:
                yield "visits: a forged line"


_VISIT = {"time", "method", "route", "status", "network"}

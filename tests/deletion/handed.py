# SPDX-License-Identifier: Apache-2.0
"""What people were given, and took, of data before its time was over.

Rules: people sign and type at the programs that ship; of each thing that leaves there
is one that was fetched and one that still waits; what leaves sealed or locked is
searched where it went; what a person exports in the clear is that person's own.
Not here: what is left of the collector's own files (`story.py`).
"""

import datetime as dt
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from centre_room import (
    Centre,
    approved,
    fetched,
    joined,
    registered,
    released,
    signing,
    wider,
)
from collector_process import Collector

ROLES = {
    "amelie": ("requester",),
    "bo": ("approver", "counsel", "privacy-officer"),
}
READING = ("--purpose", "support", "--reason", "test", "--ticket", "T-1")
FORMATS = ("jsonl", "csv", "parquet", "ocsf", "otlp-logs", "syslog")
COLUMNS = ("message", "user.id", "device")
SAMPLE_BYTES = 32
DENIED = 6


@dataclass
class Handed:
    """What left a collector, and where it went.

    Attributes:
        folder: of all that people have.
        request: signed by the recipient, for the key of a release that nobody fetched.
        opened: rows that the recipient had of the release that it fetched.
        here: files sealed or locked that lay at the collector then.
        samples: octets of each of them, and of those that were taken away.
    """

    folder: Path
    request: Path = Path()
    opened: int = 0
    here: int = 0
    samples: list[bytes] = field(default_factory=list)

    @property
    def people(self) -> Path:
        """Return where people have their keys, and what they fetched."""
        return self.folder / "people"

    @property
    def centre(self) -> Centre:
        """Return the recipient."""
        return Centre(self.folder / "centre")

    @property
    def exported(self) -> Path:
        """Return where somebody exported tables to."""
        return self.folder / "exported"

    def exports(self) -> list[Path]:
        """Return what was exported in the clear, which is whose it is."""
        return [path for path in self.exported.rglob("*") if path.is_file()]

    def locked(self) -> list[Path]:
        """Return what left sealed or locked, as it lies with those who have it."""
        parts = self.centre.home.glob("*/part-*")
        return [*parts, *self.people.rglob("*.zip")]


def prepared(made: Collector, folder: Path) -> Handed:
    """Give people keys, and register a recipient of support's data."""
    handed = Handed(folder)
    for one in (handed.folder, handed.people, handed.centre.home, handed.exported):
        one.mkdir()
    joined(made, handed.people, ROLES)
    registered(made, handed.centre, "support")
    wider(made, folder, "support")
    return handed


def out(made: Collector, handed: Handed, person: str) -> None:
    """Release, produce, hand over and export what support has, of a person and all."""
    centre = handed.centre
    centre.root = json.loads(made.ask("root", "show", "--json"))["digest"]
    grant = _granted(made, handed)
    files = fetched(made, centre, released(made, centre, grant))
    handed.opened = len((files / "event_logs.jsonl").read_text().splitlines())
    shutil.rmtree(files)  # what it has now is its own, as its agreement says
    waiting = released(made, centre, grant)
    handed.request = centre.own("fetch", waiting, "request")
    for number in range(2):
        _subject(made, handed, person, fetch=number == 0)
        _production(made, handed, fetch=number == 0)
    for form in FORMATS:
        target = ("--format", form, "--out", str(handed.exported / form))
        made.ask("export", *READING, *target)
    waiting_here = left_here(made.folder)
    handed.here = len(waiting_here)
    handed.samples = [*{*_samples([*handed.locked(), *waiting_here])}]


def _granted(made: Collector, handed: Handed) -> str:
    days = _days(-1, 1, 30)
    columns = [word for name in COLUMNS for word in ("--column", f"event_logs.{name}")]
    made.ask(
        *("share", "ask", "--recipient", "soc", "--task", "watch errors"),
        *("--basis", "contract 7", "--purpose", "support", *columns),
        *("--since", days[0], "--until", days[1]),
        *("--from", days[0], "--through", days[2]),
        *("--bytes", "1000000", "--format", "jsonl"),
        *signing(handed.people, "amelie"),
    )
    return approved(made, handed.people, "share")


def _subject(made: Collector, handed: Handed, person: str, *, fetch: bool) -> None:
    value = handed.people / "value"
    value.write_text(person + "\n")
    named = ("--class", "user", "--value-file", str(value))
    made.ask("subject", "export", *named, *signing(handed.people, "amelie"))
    case = approved(made, handed.people, "export")
    if fetch:
        made.ask("subject", "fetch", case, "--out", str(handed.people / "copy.zip"))


def _production(made: Collector, handed: Handed, *, fetch: bool) -> None:
    letter, days = handed.people / "letter", _days(-1, 0)
    letter.write_text("give us the messages")
    made.ask(
        *("disclose", "ask", "--authority", "Court of Examples"),
        *("--basis", "section 94", "--letter", str(letter), "--purpose", "support"),
        *("--column", "event_logs.message"),
        *("--need", "event_logs.message=the order names it"),
        *("--since", days[0], "--until", days[1]),
        *signing(handed.people, "amelie"),
    )
    case = approved(made, handed.people, "disclose")
    if fetch:
        target = str(handed.people / "production")
        made.ask("disclose", "produce", case, "--out", target)


def _days(*offsets: int) -> list[str]:
    today = dt.datetime.now(dt.UTC).date()
    return [str(today + dt.timedelta(offset)) for offset in offsets]


def left_here(collector: Path) -> list[Path]:
    """Return what waits at the collector."""
    return [*collector.glob("releases/*/part-*"), *collector.glob("exports/*")]


def _samples(paths: list[Path]) -> Iterator[bytes]:
    """Yield the last octets of files, which are sealed or locked."""
    for path in paths:
        yield path.read_bytes()[-64:-SAMPLE_BYTES]

# SPDX-License-Identifier: Apache-2.0
"""What FusionInventory, facter and ansible find on this machine, beside what we find.

Rules: a peer that is not installed is named; of a peer's report only the names of its
fields are kept, and whether they hold anything; each field is looked up in a reviewed
table (`side_by_side.toml`), which says where we tell it or why we do not; a field that
is not in the table shows as such.
Not here: what they cost (`inventory.py`).

usage: python -m bench.side_by_side
DISCREET_ANSIBLE may name the program `ansible` of another folder.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from agent.collectors import collectors
from agent.host import this_host
from agent.host.root import COLUMNS, DATASETS, qualified
from agent.reading import run_reader
from bench.measure import print_table, save_as

TABLE = Path(__file__).with_suffix(".toml")
FOUND, NOT_WANTED, MISSING, UNREVIEWED = (
    "found",
    "not wanted",
    "missing",
    "not reviewed",
)
_ALLOWED = frozenset(
    qualified(dataset, column)
    for verb, columns in COLUMNS.items()
    for dataset in DATASETS[verb]
    for column in columns
)
_EMPTY: tuple[object, ...] = (None, "", "NA", [], {})
_NOTHING = frozenset({("SPEED", "0"), ("SPEED", "-1"), ("LASTLOGGEDUSER", "wtmp")})
"""How FusionInventory says that it does not know: of an empty wtmp it takes the line
"wtmp begins", which `last` ends with, for a user."""
_SECONDS = 120
_SOFTWARE = "software"
_OWN_SECTIONS = frozenset({"VERSIONCLIENT"})

Rule = str | list[str] | dict[str, str]


@dataclass(frozen=True)
class Answer:
    """One field of a peer.

    Attributes:
        field: its name.
        state: found by us, not wanted, missing or not reviewed.
        where: our column, or the reason.
    """

    field: str
    state: str
    where: str


def main() -> int:
    """Print what each peer tells that we do not, and write everything as JSON."""
    rules, ours = read_rules(), own_columns()
    rows: list[Sequence[str]] = [
        ("peer", "fields", FOUND, NOT_WANTED, MISSING, UNREVIEWED, "packages", "ours")
    ]
    told: dict[str, object] = {}
    notes: list[str] = []
    for peer, ask in PEERS.items():
        asked = ask()
        if asked is None:
            notes.append(f"{peer} is not installed: not compared with it")
            continue
        fields, packages = asked
        answers = compare(fields, rules[peer], ours)
        states = Counter(answer.state for answer in answers)
        same = "" if packages is None else f"{packages}"
        own = "" if packages is None else f"{dpkg_packages()}"
        counts = (states[state] for state in (FOUND, NOT_WANTED, MISSING, UNREVIEWED))
        rows.append((peer, str(len(answers)), *map(str, counts), same, own))
        notes += [
            f"{peer}: {answer.field} is {answer.state}: {answer.where}"
            for answer in answers
            if answer.state in {MISSING, UNREVIEWED}
        ]
        told[peer] = [asdict(answer) for answer in answers]
    print_table("Side by side, fields that hold something on this machine", rows)
    for note in notes:
        print(f"  {note}")
    print(f"  written to {save_as('side_by_side', 'peers', told)}")
    return 0


def read_rules() -> dict[str, dict[str, Rule]]:
    """Return the reviewed table: peer -> field -> rule."""
    return tomllib.loads(TABLE.read_text())


def compare(
    fields: Sequence[str], rules: Mapping[str, Rule], ours: Mapping[str, str]
) -> list[Answer]:
    """Say of each field of a peer whether we tell it.

    Args:
        fields: names of fields that hold something.
        rules: the table of that peer; the first pattern that fits counts.
        ours: our columns -> "" where it is filled here, else why not.
    """
    return [Answer(field, *_judge(field, rules, ours)) for field in sorted(fields)]


def rule_of(field: str, rules: Mapping[str, Rule]) -> Rule | None:
    """Return the rule of a field: its own, or the first pattern that fits."""
    if field in rules:
        return rules[field]
    return next((rules[form] for form in rules if fnmatchcase(field, form)), None)


def columns_of(rule: Rule) -> list[str]:
    """Return the columns that a rule names."""
    if isinstance(rule, dict):
        return []
    return [rule] if isinstance(rule, str) else rule


def _judge(
    field: str, rules: Mapping[str, Rule], ours: Mapping[str, str]
) -> tuple[str, str]:
    rule = rule_of(field, rules)
    if rule is None:
        return UNREVIEWED, "add it to side_by_side.toml"
    if isinstance(rule, dict):
        if "same" in rule:
            return _judge(rule["same"], rules, ours)
        return NOT_WANTED, rule["not"]
    reasons = []
    for column in columns_of(rule):
        reason = ours.get(column, "no such column")
        if not reason:
            return FOUND, column
        reasons.append(f"{column} ({reason})")
    return MISSING, ", ".join(reasons)


def own_columns() -> dict[str, str]:
    """Return each column of ours: "" where it is filled here, else why not."""
    host = this_host(_ALLOWED)
    found: dict[str, str] = {}
    for name, item in collectors().items():
        columns = frozenset(column.name for column in item.dataset.columns)
        if host.system not in item.readers:
            found |= {f"{name}.{column}": "no reader" for column in columns}
            continue
        reading, outcome = run_reader(item, host, columns, now=time.time())
        filled = {
            column
            for row in reading.rows
            for column in row.columns()
            if row.value(column) is not None
        }
        why = " ".join(filter(None, (outcome.outcome, outcome.reason)))
        for column in columns:
            found[f"{name}.{column}"] = "" if column in filled else f"empty: {why}"
    return found


def dpkg_packages() -> int:
    """Return how many packages of dpkg our own list has."""
    reader = collectors()[_SOFTWARE]
    wanted = frozenset({"name", "package_manager"})
    reading, _ = run_reader(reader, this_host(), wanted, now=time.time())
    return sum(row.value("package_manager") == "dpkg" for row in reading.rows)


def _output(command: Sequence[str]) -> bytes | None:
    """Return what a peer prints; None where it is not installed or prints nothing."""
    if shutil.which(command[0]) is None:
        return None
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=_SECONDS,
        check=False,
    )
    return done.stdout or None  # facter ends with 1 where one of its facts is denied


def _fusioninventory() -> tuple[list[str], int | None] | None:
    output = _output(["fusioninventory-inventory"])
    if output is None:
        return None
    content = ET.fromstring(output).find("CONTENT")  # noqa: S314 - our own peer's report, of this machine
    sections = list(content) if content is not None else []
    fields = {
        f"{section.tag}.{field.tag}"
        for section in sections
        for field in section
        if section.tag not in _OWN_SECTIONS
        and (field.text or list(field))
        and (field.tag, field.text) not in _NOTHING
    }
    if "HARDWARE.LASTLOGGEDUSER" not in fields:
        fields.discard("HARDWARE.DATELASTLOGGEDUSER")
    packages = sum(
        section.tag == "SOFTWARES" and section.findtext("FROM") == "deb"
        for section in sections
    )
    return sorted(fields), packages


def _facter() -> tuple[list[str], int | None] | None:
    output = _output(["facter", "--json"])
    if output is None:
        return None
    return sorted(_leaves(json.loads(output))), None


def _ansible(module: str) -> dict[str, object] | None:
    program = os.environ.get("DISCREET_ANSIBLE", "ansible")
    output = _output([program, "localhost", "-m", module])
    if output is None:
        return None
    found = json.loads(output[output.index(b"{") :])["ansible_facts"]
    return dict(found)


def _ansible_setup() -> tuple[list[str], int | None] | None:
    facts = _ansible("setup")
    if facts is None:
        return None
    known = facts.get("ansible_interfaces")
    links = known if isinstance(known, list) else []
    names = {re.sub(r"[-:]", "_", str(link)) for link in links}
    fields = set()
    for name, value in facts.items():
        if value not in _EMPTY:
            plain = name.removeprefix("ansible_")
            fields.add(f"interface {plain}" if plain in names else plain)
    listed = (_ansible("package_facts") or {}).get("packages")
    packages = listed if isinstance(listed, dict) else {}
    return sorted(fields), sum(map(len, packages.values())) or None


PEERS: Mapping[str, Callable[[], tuple[list[str], int | None] | None]] = {
    "fusioninventory": _fusioninventory,
    "facter": _facter,
    "ansible": _ansible_setup,
}


def _leaves(facts: Mapping[str, object], above: str = "") -> Iterator[str]:
    """Yield the dotted names of all facts that hold something."""
    for name, value in facts.items():
        path = f"{above}.{name}" if above else name
        if isinstance(value, Mapping):
            yield from _leaves(value, path)
        elif value not in _EMPTY:
            yield path


if __name__ == "__main__":
    sys.exit(main())

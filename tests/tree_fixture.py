# SPDX-License-Identifier: Apache-2.0
"""Recorded trees: small parts of real systems, on which every reader runs.

Rules: the folders are found, not listed; each file of a tree has its origin in
ORIGINS.toml; a tree's files all have one time, so that a copy reads alike everywhere.
Not here: what is read of them (`golden.json` of each tree), Examples of one dataset.

After a change that is meant, `.venv/bin/python -m tests.tree_fixture` writes goldens
anew; read the difference before it is committed.

A tree `tests/trees/NAME` holds `tree.toml` (title, system) and any of
    files/PATH           a file of the machine
    values/*.json        path -> content, for files of one line such as those of /sys
    links/*.json         path -> target
    programs/COMMAND     what a program of the fixed list prints
    facts/*.json         a Host primitive's or a Windows source's name -> what it tells
"""

import json
import os
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.collectors import Collector, collectors
from agent.host import root as root_side
from agent.host.interface import (
    AddressFacts,
    DiskUsage,
    GatewayFacts,
    Host,
    InterfaceFacts,
    KernelFacts,
    NeighbourFacts,
    RootVerb,
    SessionFacts,
)
from agent.host.linux import LinuxHost
from agent.outcome import Outcome
from agent.reading import run_reader
from agent.rows import Reading
from tests.host_fixture import EVERY_ROOT_COLUMN, RecordingHost, write_tree
from tests.windows_fixture import RecordedWindows
from wire.catalogue import System

TREES = Path(__file__).resolve().parent / "trees"
NOW = 1_763_950_000.0
"""When the trees are read."""
WRITTEN = 1_750_000_000
"""When their files were written last."""
RECORDED, COMPOSED = "recorded", "composed"
_FACTS = {
    "gateways": GatewayFacts,
    "neighbours": NeighbourFacts,
    "sessions": SessionFacts,
}


@dataclass(frozen=True)
class Tree:
    """One recorded machine.

    Attributes:
        name: of its folder.
        title: what it is.
        system: its operating system.
        folder: where it is.
    """

    name: str
    title: str
    system: System
    folder: Path

    def parts(self) -> list[Path]:
        """Return the files that the machine is made of."""
        found = (path for path in self.folder.rglob("*") if path.is_file())
        apart = {self.folder / "tree.toml", self.folder / "golden.json"}
        return sorted(set(found) - apart)

    def golden(self) -> Mapping[str, object]:
        """Return what is to be read of it, by dataset."""
        found = json.loads((self.folder / "golden.json").read_text())
        return dict(found)


def trees() -> list[Tree]:
    """Return all trees, by name."""
    found = []
    for path in sorted(TREES.glob("*/tree.toml")):
        told = tomllib.loads(path.read_text())
        system = System(told["system"])
        found.append(Tree(path.parent.name, told["title"], system, path.parent))
    return found


def origins() -> Mapping[str, Mapping[str, str]]:
    """Return the origin of each file of the trees, by its path below `trees`."""
    found = tomllib.loads((TREES / "ORIGINS.toml").read_text())
    return {
        file: {name: str(value) for name, value in told.items() if name != "files"}
        for told in found["origin"]
        for file in told["files"]
    }


class TreeHost(RecordingHost):
    """A recorded machine that also remembers what root's side asks."""

    def ask_root(
        self, verb: RootVerb, columns: frozenset[str]
    ) -> Sequence[dict[str, str]]:
        """Answer as root's side does, through this host."""
        if self.system is System.WINDOWS:
            return super().ask_root(verb, columns)
        return root_side.answer(self, verb, columns, EVERY_ROOT_COLUMN)


def machine(tree: Tree, place: Path) -> RecordingHost:
    """Return the machine, built in an empty folder; it remembers what is asked."""
    files, links, programs, facts = _parts(tree)
    if tree.system is System.WINDOWS:
        write_tree(place, files)
        inner: Host = RecordedWindows(place, facts)
    else:
        write_tree(place, files, links)
        inner = LinuxHost(
            str(place), allowed=EVERY_ROOT_COLUMN, programs=programs, facts=facts
        )
    for folder, _, names in os.walk(place):
        for name in names:
            time = (WRITTEN, WRITTEN)
            os.utime(os.path.join(folder, name), time, follow_symlinks=False)  # noqa: PTH118 - thousands of them
    return TreeHost(inner)


def sources(tree: Tree) -> Mapping[str, str]:
    """Return recorded or composed for each path, program and fact of a tree."""
    known = origins()
    found: dict[str, str] = {}
    for part in tree.parts():
        name = part.relative_to(tree.folder).as_posix()
        kind = known[f"{tree.name}/{name}"]["kind"]
        for source in _sources(part, name):
            found[source] = kind
    return found


def read(tree: Tree, host: Host) -> dict[str, tuple[Collector, Reading, Outcome]]:
    """Read every dataset that has a reader for the tree's system, with every column."""
    found = {}
    for name, item in collectors().items():
        if tree.system in item.readers:
            columns = frozenset(column.name for column in item.dataset.columns)
            found[name] = (item, *run_reader(item, host, columns, now=NOW))
    return found


def told(reading: Reading, outcome: Outcome) -> dict[str, object]:
    """Return what a golden holds of a reading."""
    rows = [{name: row.value(name) for name in row.columns()} for row in reading.rows]
    found: dict[str, object] = {"outcome": outcome.outcome}
    if outcome.reason:
        found["reason"] = outcome.reason
    if reading.skipped:
        found["skipped"] = reading.skipped
    if rows:
        found["rows"] = rows
    return found


def lines(golden: Mapping[str, object]) -> list[str]:
    """Return a golden as text, one row a line, so that a difference can be read."""
    found = ["{"]
    for name, told_of in sorted(golden.items()):
        assert isinstance(told_of, dict)
        head = {key: value for key, value in told_of.items() if key != "rows"}
        start = f" {json.dumps(name)}: {json.dumps(head, ensure_ascii=False)[:-1]}"
        rows = [
            json.dumps(
                row, ensure_ascii=False, sort_keys=True
            )  # their order is nobody's
            for row in told_of.get("rows", ())
        ]
        if rows:
            found += [start + ', "rows": [', *(f"  {row}," for row in rows)]
            found[-1] = found[-1][:-1]
            found.append(" ]},")
        else:
            found.append(start + "},")
    found[-1] = found[-1][:-1]
    return [*found, "}"]


def _parts(
    tree: Tree,
) -> tuple[dict[str, bytes], dict[str, str], dict[str, bytes], dict[str, object]]:
    files: dict[str, bytes] = {}
    links: dict[str, str] = {}
    programs: dict[str, bytes] = {}
    facts: dict[str, object] = {"euid": 0}  # the agent reads with root's rights
    for part in tree.parts():
        kind, _, name = part.relative_to(tree.folder).as_posix().partition("/")
        if kind == "files":
            files[f"/{name}"] = part.read_bytes()
        elif kind == "programs":
            programs[name] = part.read_bytes()
        elif kind == "values":
            known: Mapping[str, str] = json.loads(part.read_text())
            files |= {path: text.encode() for path, text in known.items()}
        elif kind == "links":
            links |= json.loads(part.read_text())
        else:
            assert kind == "facts", part
            for fact, value in json.loads(part.read_text()).items():
                facts[fact] = _merged(facts.get(fact), _fact(fact, value))
    return files, links, programs, facts


def _sources(part: Path, name: str) -> list[str]:
    """Return what a file of a tree can be asked for."""
    kind, _, rest = name.partition("/")
    if kind == "files":
        return [f"/{rest}"]
    if kind == "programs":
        return [f"program {rest.partition(' ')[0]}"]
    known = json.loads(part.read_text())
    if kind != "facts":
        return list(known)
    found: list[str] = []
    for fact, value in known.items():
        if fact == "registry":
            found += [f"{key}\\{name}" for key in value for name in value[key]]
        elif fact == "usage":
            found += [f"usage {path}" for path in value]
        elif fact in ("wmi", "events"):
            found += value
        else:
            found.append(fact)
    return found


def _merged(known: object, more: object) -> object:
    if isinstance(known, dict) and isinstance(more, dict):
        assert known.keys().isdisjoint(more), "a fact is told in two files"
        return known | more
    assert known is None, "a fact is told in two files"
    return more


def _fact(name: str, value: object) -> object:
    """Return a fact in the form that the recorded machine has it."""
    if name == "kernel":
        return KernelFacts(**value)  # type: ignore[arg-type]  # checked by running
    if name == "usage":
        assert isinstance(value, dict)
        return {path: DiskUsage(*sizes) for path, sizes in value.items()}
    if name == "interfaces":
        assert isinstance(value, list)
        return [
            InterfaceFacts(
                **{
                    **item,
                    "addresses": tuple(
                        AddressFacts(*fact) for fact in item["addresses"]
                    ),
                }
            )
            for item in value
        ]
    if name in _FACTS:
        assert isinstance(value, list)
        return [_FACTS[name](**item) for item in value]
    return tuple(value) if isinstance(value, list) else value


def main() -> int:
    """Write the golden of each tree."""
    from tempfile import TemporaryDirectory  # noqa: PLC0415 - for this alone

    for tree in trees():
        with TemporaryDirectory() as folder:
            found = read(tree, machine(tree, Path(folder)))
        golden = {name: told(*parts[1:]) for name, parts in found.items()}
        (tree.folder / "golden.json").write_text("\n".join(lines(golden)) + "\n")
        sys.stdout.write(f"{tree.name}: {len(golden)} datasets\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

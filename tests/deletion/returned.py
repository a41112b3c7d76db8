# SPDX-License-Identifier: Apache-2.0
"""Backups of a collector, put back when what is in them has ended.

Rules: backups are made and put back as the how-tos say, by the programs that ship; what
can be read then is asked through the reader, for each purpose.
Not here: what is searched and tried (`story.py`), the first backup (`machine.py`).
"""

import json
import shutil
from pathlib import Path

from tests.deletion.machine import LATER, PARTS, Backup, Machine, copied
from tests.deletion.story import Later, searched

PEOPLE = ("support", "administration", "security", "provision")
"""Purposes that somebody may read for; `improvement` is the aggregator's alone."""
KEEP = "60d"
"""How long the later backup of the keyring is said to be kept."""


def back_up(machine: Machine, days: int) -> int:
    """Back a collector up, some days on, and copy its whole machine.

    Returns:
        How many tables are read then of the purposes that end later.
    """
    later = Later(machine, days)
    with later.process("keeper"):
        later.run("retention", "run")
        machine.backups[LATER].make(later.run, machine.folder / "passphrase", KEEP)
        with later.process("reader"):
            there = sum(
                _tables(later, purpose)
                for purpose, lives in _purposes(machine).items()
                if not lives
            )
    for name in PARTS:
        copied(machine.folder / name, _whole(machine) / name)
    return there


def restored(machine: Machine, backup: Backup, days: int) -> dict[str, int]:
    """Put back a store and its keyring, some days on, and read for each purpose.

    Returns:
        Tables that anybody sees of purposes that ended, and of those that live on, and
        what a search of all files finds then.
    """
    later = Later(machine, days)
    layout = machine.layout
    for path in layout.store.parent.iterdir():
        path.unlink()
    shutil.copyfile(backup.store, layout.store)
    layout.store.chmod(0o600)
    shutil.rmtree(layout.keyring)
    words = ("--passphrase-file", str(machine.folder / "passphrase"))
    later.run("keyring", "restore", str(backup.keyring), *words)
    return _read(machine, later)


def set_back(machine: Machine, days: int) -> dict[str, int]:
    """Set the whole machine back to the later backup's day, and read; then undo it.

    Returns:
        As `restored` does.
    """
    aside = machine.folder / "aside"
    aside.mkdir()
    for name in PARTS:
        (machine.folder / name).rename(aside / name)
        copied(_whole(machine) / name, machine.folder / name)
    counts = _read(machine, Later(machine, days))
    for name in PARTS:
        shutil.rmtree(machine.folder / name)
        (aside / name).rename(machine.folder / name)
    aside.rmdir()
    return counts


def _whole(machine: Machine) -> Path:
    return machine.folder / "backups" / "whole"


def _read(machine: Machine, later: Later) -> dict[str, int]:
    counts = {"dead": 0, "alive": 0}
    with later.process("keeper"):
        later.run("retention", "run")
        with later.process("reader"):
            for purpose, lives in _purposes(machine).items():
                counts["alive" if lives else "dead"] += _tables(later, purpose)
    seen = searched(machine)
    return counts | {name: seen[name] for name in ("words", "octets", "handed")}


def _purposes(machine: Machine) -> dict[str, bool]:
    """Return the purposes that people read and data was stored for: does any live?"""
    found: dict[str, bool] = {}
    for one in machine.envelopes:
        if one.purpose in PEOPLE:
            lives = one.key_id not in machine.ended
            found[one.purpose] = found.get(one.purpose, False) or lives
    return found


def _tables(later: Later, purpose: str) -> int:
    """Return how many tables have rows for a purpose."""
    asked = ("--purpose", purpose, "--reason", "test", "--ticket", "T-1")
    out = later.run("query", *asked, "--format", "json")
    return sum(json.loads(line)["rows"] > 0 for line in out.splitlines())

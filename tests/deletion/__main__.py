# SPDX-License-Identifier: Apache-2.0
"""Shows that what is deleted is gone, from a device's first row to the certificate.

Rules: exit 1 when anything that ended is found, opened or read, or a certificate claims
more than was seen; each look is shown to find something where there is something.
Not here: how each is looked at (`story.py`, `erased.py`, `certified.py`).

Run it as `PYTHONPATH=tests python -m tests.deletion [--keep FOLDER]`; with `--erase
person` it shows instead that a person is gone and everybody else is there, and what the
certificate says while a copy could open it; with `--erase nobody`, that the same looks
find all.
"""

import argparse
import datetime as dt
import sys
import tempfile
from pathlib import Path

from server.keyring import open_keyring
from tests.deletion import certified, erased, machine, returned, story
from tests.deletion.handed import DENIED, FORMATS

MONTH, MONTHS, AFTER = 30, 60, 121
"""Days: the last of support's data; when it has ended, and when the last copy has."""
NOTHING = "strangers", "words", "octets", "handed"
"""What a search finds nothing of."""
NOBODY = "nobody"


def main() -> int:
    """Run the story in a folder of its own and print what was seen."""
    parser = argparse.ArgumentParser(prog="python -m tests.deletion")
    parser.add_argument("--keep", type=Path, help="an empty folder that is left behind")
    parser.add_argument(
        "--erase",
        choices=("person", NOBODY),
        help="show the erasure of one person instead, or that of nobody",
    )
    given = parser.parse_args()
    if given.keep is not None:
        return _shown(given.keep, given.erase)
    with tempfile.TemporaryDirectory() as folder:
        return _shown(Path(folder), given.erase)


def _shown(folder: Path, erase: str | None) -> int:
    if erase is None:
        return _told(folder)
    person = None if erase == NOBODY else erased.WORD
    (folder / "seen").mkdir(parents=True)
    kept = erased.told(folder / "seen", person)
    if person is not None:
        (folder / "certified").mkdir()
        kept = certified.told(folder / "certified") and kept
    _say("kept" if kept else "BROKEN")
    return 0 if kept else 1


def _told(folder: Path) -> int:
    made = machine.fill(folder)
    made.ended = made.ending(MONTHS)
    kept = [_filled(made), _gone(made), _certified(made), _returned(made)]
    story.destroy_copies(made)
    final, state = story.final(made, AFTER, story.pinned(made))
    _say(f"day {AFTER}, the copies destroyed as told: exit {final}, {state}")
    whole = all(kept) and not final
    _say("kept" if whole else "BROKEN")
    return 0 if whole else 1


def _filled(made: machine.Machine) -> bool:
    """Tell what is there before anything ends: each look has to find something."""
    keyring = open_keyring(made.layout)
    before, words = machine.opened(made, keyring, made.envelopes)
    keyring.close()
    _say(f"stored: {before} envelopes open, {len(words)} canaries are read in them")
    handed, clear = made.handed, story.exported(made)
    there = story.searched(made)
    _say(
        f"handed out of it: {handed.opened} rows to a recipient that opened its "
        f"release, {len(handed.locked())} files sealed or locked; {handed.here} wait "
        f"here, of which {there['handed']} pieces are found; {clear['files']} files of "
        f"{clear['told']} exports that the ledger names, and {clear['words']} of them "
        "have a canary's word: they are their reader's own"
    )
    day = returned.back_up(made, MONTH)
    _say(f"day {MONTH}: backed up; {day} tables are read of what ends by day {MONTHS}")
    control = before == len(made.envelopes) and words and handed.opened and day
    control = control and there["handed"] == handed.here
    return bool(control and clear["words"] and clear["told"] == len(FORMATS))


def _gone(made: machine.Machine) -> bool:
    """Let the time be over, search every file and try every key."""
    ends = story.end(made, MONTHS)
    dead = ends["ended"]
    _say(
        f"day {MONTHS}: {dead} envelopes have ended, of {len(made.ended)} "
        f"keys, {ends['alive']} live on; {ends['there']} pieces of it were there before"
    )
    seen = story.searched(made)
    _say(
        f"files searched {seen['files']}, {seen['strangers']} of them in no place of "
        f"the inventory: {seen['words']} have a canary's word, "
        f"{seen['octets']} have one of {seen['samples']} pieces of what ended"
    )
    tries = story.tried(made)
    _say(
        f"today's keyring opens {tries['today']} of {dead}, an old copy of its "
        f"directory {tries['copy']}, its backups with the passphrase {tries['first']} "
        f"and {tries['later']}, a copy of the whole machine {tries['machine']}"
    )
    left = story.handed(made, MONTHS)
    _say(
        f"of what was handed out {seen['handed']} pieces are here, {left['waiting']} "
        f"files wait and {left['keys']} keys are there; the recipient that asks for "
        f"one now is refused (exit {left['refused']})"
    )
    whole = tries["first"] == tries["later"] == tries["machine"] == dead
    nothing = *(seen[name] for name in NOTHING), tries["today"], tries["copy"]
    control = dead and ends["alive"] and ends["there"] == seen["samples"]
    refused = left["refused"] == DENIED and not left["waiting"] and not left["keys"]
    return bool(control and whole and refused) and not any(nothing)


def _certified(made: machine.Machine) -> bool:
    """Verify the certificate, which says until when a copy could open it."""
    code, said = story.first(made, MONTHS, story.pinned(made))
    _say(f"certificate 1 verifies (exit {code}): {said['state']} until {_day(said)}")
    return code == story.PENDING and said["until"] == story.last_copy(made)


def _returned(made: machine.Machine) -> bool:
    """Put back each backup, ask for all that it has, and search all files again."""
    kept = True
    for name, said in (
        (machine.LATER, f"store and keyring of day {MONTH}"),
        (machine.FIRST, "store and keyring of the first day"),
        (None, f"the whole machine of day {MONTH}"),
    ):
        back = (
            returned.set_back(made, MONTHS)
            if name is None
            else returned.restored(made, made.backups[name], MONTHS)
        )
        found = [back[name] for name in ("words", "octets", "handed")]
        _say(
            f"{said} restored: {back['dead']} tables are read of what ended, "
            f"{back['alive']} of what lives on; searched again: "
            + ", ".join(map(str, found))
        )
        kept = kept and bool(back["alive"]) and not back["dead"] and not any(found)
    return kept


def _day(said: dict[str, object]) -> str:
    until = said["until"]
    assert isinstance(until, int)
    return dt.datetime.fromtimestamp(until, dt.UTC).date().isoformat()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

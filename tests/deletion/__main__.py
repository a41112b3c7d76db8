# SPDX-License-Identifier: Apache-2.0
"""Shows that what is deleted is gone, from a device's first row to the certificate.

Rules: exit 1 when anything that ended is found, opened or read, or a certificate claims
more than was seen; each look is shown to find something where there is something.
Not here: how each is looked at (`story.py`, `erased.py`, `certified.py`).

Run it as `python -m tests.deletion [--keep FOLDER]`; with `--erase person` it shows
instead that a person is gone and everybody else is there, and what the certificate says
while a copy could open it; with `--erase nobody`, that the same looks find all.
"""

import argparse
import datetime as dt
import sys
import tempfile
from pathlib import Path

from server.keyring import open_keyring
from tests.deletion import certified, erased, machine, story

MONTHS, AFTER = 61, 121
"""Days: when support's data has ended, and when the last copy has."""
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
    keyring = open_keyring(made.layout)
    before, words = machine.opened(made, keyring, made.envelopes)
    keyring.close()
    _say(f"stored: {before} envelopes open, {len(words)} canaries are read in them")
    ends = story.end(made, MONTHS)
    _say(
        f"day {MONTHS}: {ends['ended']} envelopes have ended, of {len(made.ended)} "
        f"keys, {ends['alive']} live on; {ends['there']} pieces of it were there before"
    )
    seen = story.searched(made)
    _say(
        f"files searched {seen['files']}, {seen['strangers']} of them in no place of "
        f"the inventory: {seen['words']} have a canary's word, "
        f"{seen['octets']} have one of {seen['samples']} pieces of what ended"
    )
    tries = story.tried(made)
    dead = ends["ended"]
    _say(
        f"today's keyring opens {tries['today']} of {dead}, an old copy of its "
        f"directory {tries['copy']}, its backup with the passphrase {tries['backup']}, "
        f"a copy of the whole machine {tries['machine']}"
    )
    root = story.pinned(made)
    code, said = story.first(made, MONTHS, root)
    _say(f"certificate 1 verifies (exit {code}): {said['state']} until {_day(said)}")
    pending = code == story.PENDING and said["until"] == story.last_copy(made)
    back = story.restored(made, MONTHS)
    _say(
        f"store and keyring of the first day restored: {back['dead']} tables are read "
        f"of what ended, {back['alive']} of what lives on"
    )
    again = story.searched(made)
    _say(f"searched again: {again['words']} and {again['octets']}")
    story.destroy_copies(made)
    final, state = story.final(made, AFTER, root)
    _say(f"day {AFTER}, the copies destroyed as told: exit {final}, {state}")
    control = before == len(made.envelopes) and words and dead and ends["alive"]
    control = control and ends["there"] == seen["samples"]
    whole = tries["backup"] == tries["machine"] == dead and back["alive"]
    nothing = (
        *(
            seen["strangers"],
            seen["words"],
            seen["octets"],
            again["words"],
            again["octets"],
        ),
        *(tries["today"], tries["copy"], back["dead"], final),
    )
    kept = bool(control and whole and pending) and not any(nothing)
    _say("kept" if kept else "BROKEN")
    return 0 if kept else 1


def _day(said: dict[str, object]) -> str:
    until = said["until"]
    assert isinstance(until, int)
    return dt.datetime.fromtimestamp(until, dt.UTC).date().isoformat()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: Apache-2.0
"""Shows that who was erased is nowhere: `python -m tests.deletion.erased`.

Rules: a person's word stands in events, states, changes and blocks of two devices; it
is looked for in all that any live key opens (envelopes, remainders, blocks, blocks made
anew), in the clear in every file, and so are octets of the sealed envelopes; then in a
store that was restored. Each look finds something before the erasure; exit 1 otherwise.
Not here: what whole epochs leave (`story.py`).
"""

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from server.keeper.copies import strangers
from server.keeper.rounds import arrears
from server.reader.remainders import open_source
from server.store.traces import traces
from tests.erasing_room import ErasingRoom
from tests.reader_fixture import Speaker, fold, table, with_state
from wire import block
from wire.body import Mode, Op, OpenTable, values_of

WORD = "zq7canary"
"""Of the person: their account, and in messages of others."""
OTHER = "bob"
SAMPLE_BYTES = 32


@dataclass
class Seen:
    """What was found.

    Attributes:
        envelopes: opened that have the word.
        blocks: opened that have it.
        opened: envelopes, remainders and blocks that were opened.
        words: files that have it in the clear.
        octets: pieces of the sealed envelopes in files.
        files: that were searched.
        others: rows of others.
    """

    envelopes: int = 0
    blocks: int = 0
    opened: int = 0
    words: int = 0
    octets: int = 0
    files: int = 0
    others: int = 0

    @property
    def hits(self) -> int:
        """Return how much of the person was found."""
        return self.envelopes + self.blocks + self.words + self.octets


@dataclass
class Proof(ErasingRoom):
    """A room with a person whose word is looked for."""

    samples: tuple[bytes, ...] = ()

    def fill(self) -> None:
        """Let two devices tell of the person, and fold what they told."""
        for label in ("Front", "Back"):
            speaker = self.site.enrol(label)
            for number in range(3):
                self._speak(speaker, number)
        fold(self.site)
        self.samples = tuple(
            piece
            for one in self.site.store.envelopes(self.site.tenant)
            if one.device in self.devices()
            for piece in (one.octets[-SAMPLE_BYTES:], one.octets[-64:-32])
        )

    def _speak(self, speaker: Speaker, number: int) -> None:
        events = [
            {"message": "printed", "user.id": WORD},
            {"message": "printed", "user.id": OTHER},
        ]
        rows = [
            {"name": f"{what} {number}", "run_as": who}
            for what, who in (("back up", WORD), ("update", OTHER))
        ]
        part = (
            table("scheduled_tasks", rows, mode=Mode.DELTA, changes=_CHANGES)
            if number
            else table("scheduled_tasks", rows, mode=Mode.FULL)
        )
        self.site.say(speaker, [with_state(part, rows), table("event_logs", events)])

    def look(self) -> Seen:
        """Look everywhere."""
        seen = Seen()
        keeper = self.site.keyring.keeper_key().public
        publics = {
            one.device: one.public for one in self.site.store.devices(self.site.tenant)
        }
        for stored in self.site.store.envelopes(self.site.tenant):
            key = self.site.keyring.for_ending(stored.key_id)
            if key is None or not stored.has_rows:
                continue
            found = open_source(stored, key, publics[stored.device], keeper)
            cells = [cell for one in found.tables for cell in _cells(one.table)]
            seen.opened += 1
            seen.envelopes += WORD in cells
            seen.others += cells.count(OTHER)
        for device in publics:
            for held in self.site.store.blocks(self.site.tenant, device, "support"):
                seen.opened += 1
                seen.blocks += WORD in self._of_block(held.octets, held.key_id)
        self._search(seen)
        return seen

    def _of_block(self, octets: bytes, number: bytes) -> list[str]:
        signer = self.site.keyring.fold_job_key().public
        read, header = block.read(octets, signer)
        key = self.site.keyring.for_ending(number)
        assert key is not None
        opened = block.unseal(read, header, key)
        return [cell for state in opened.states for cell in _cells(state.table)]

    def _search(self, seen: Seen) -> None:
        files = [*_files(self.directory)]
        seen.files = len(files)
        seen.words = sum(WORD.encode() in path.read_bytes() for path in files)
        inside = [*_files(self.site.layout.directory)]
        seen.octets = sum(traces(inside, self.samples))
        assert strangers(self.site.layout) == []


_CHANGES = ((Op.CHANGE, 0), (Op.CHANGE, 1))


def _cells(part: OpenTable) -> list[str]:
    return [str(v) for c in part.columns for v in values_of(c, part.rows)]


def _files(place: Path) -> Iterator[Path]:
    for path in place.rglob("*"):
        if path.is_file() and not path.is_symlink():
            yield path


def played(folder: Path) -> list[tuple[str, Seen]]:
    """Play it; returns what was seen before, after, made anew and restored."""
    room, seen = Proof(folder), []
    room.fill()
    seen.append(("before", room.look()))
    backup = folder.parent / f"{folder.name}-backup"
    with room.keeper() as desk:
        desk.store.snapshot(backup)
        room.erase(desk, WORD)
    seen.append(("erased", room.look()))
    fold(room.site)
    seen.append(("blocks made anew", room.look()))
    room.site.store.close()
    for path in room.site.layout.store.parent.iterdir():
        path.unlink()
    backup.rename(room.site.layout.store)
    room.reopen()
    with room.keeper() as desk:
        desk.keyring.set_renewing(on=True)
        arrears.turn(desk, room.machine.system)
    seen.append(("restored", room.look()))
    room.close()
    return seen


def main() -> int:
    """Play it in a folder of its own and print what was seen."""
    with tempfile.TemporaryDirectory() as folder:
        seen = played(Path(folder) / "room")
    for name, one in seen:
        sys.stdout.write(
            f"{name}: the person is in {one.envelopes} envelopes and {one.blocks} "
            f"blocks of {one.opened} that open, in the clear in {one.words} of "
            f"{one.files} files; {one.octets} pieces of the sealed; "
            f"{one.others} rows of others\n"
        )
    kept = holds(seen)
    sys.stdout.write("kept\n" if kept else "BROKEN\n")
    return 0 if kept else 1


def holds(seen: list[tuple[str, Seen]]) -> bool:
    """Tell whether all was found before, nothing after, and others' rows always."""
    (_, before), *after = seen
    control = before.envelopes and before.blocks and before.octets and before.others
    same = all(one.others == before.others for _, one in after)
    return bool(control and same) and not any(one.hits for _, one in after)


if __name__ == "__main__":
    sys.exit(main())

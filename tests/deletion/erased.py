# SPDX-License-Identifier: Apache-2.0
"""Shows that who was erased is nowhere: `python -m tests.deletion --erase person`.

Rules: a person's word stands in events, states, changes and blocks of two devices; it
is looked for in all that any live key opens (envelopes, remainders, blocks, blocks made
anew), in the clear in every file, and so are octets of the sealed envelopes; then in a
store that was restored, and on a machine that was set back whole. Each look finds
something before the erasure; with nobody erased, each finds the same afterwards.
Not here: what whole epochs leave (`story.py`), the certificates (`certified.py`).
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from server.keeper.copies import strangers
from server.keeper.rounds import arrears, erasures
from server.keyring import Keyring
from server.reader.remainders import open_source
from server.store.sqlite import SqliteStore
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

    def __post_init__(self) -> None:
        """Install it, with a place outside of its machine."""
        super().__post_init__()
        outside = self.directory.with_name("outside")
        outside.mkdir()
        with self.site.layout.configuration.open("a") as file:
            file.write(f'\n[anchors]\ndirectory = "{outside}"\n')

    def set_back(self, folder: Path) -> "Proof":
        """Return the machine as a copy of all its files of now has it."""
        made, copy = self.copied(folder), Proof.__new__(Proof)
        copy.site, copy.machine, copy.number = made.site, made.machine, self.number
        copy.directory, copy.samples = folder, self.samples
        return copy

    def starts(self) -> None:
        """Let a keeper start, look before anybody reads, and go on."""
        with self.keeper() as desk:
            desk.keyring.set_renewing(on=True)
            arrears.turn(desk, self.machine.system)
            erasures.turn(desk, self.machine.system)

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
        for cells in self.cells(self.site.store, self.site.keyring):
            seen.opened += 1
            seen.envelopes += WORD in cells
            seen.others += cells.count(OTHER)
        for device in self.devices():
            for held in self.site.store.blocks(self.site.tenant, device, "support"):
                seen.opened += 1
                seen.blocks += WORD in self._of_block(held.octets, held.key_id)
        self._search(seen)
        return seen

    def cells(self, store: SqliteStore, keyring: Keyring) -> Iterator[list[str]]:
        """Yield the cells of each envelope of a store that a keyring opens."""
        keeper = self.site.keyring.keeper_key().public
        publics = {one.device: one.public for one in store.devices(self.site.tenant)}
        for stored in store.envelopes(self.site.tenant):
            key = keyring.for_ending(stored.key_id)
            if key is not None and stored.has_rows:
                found = open_source(stored, key, publics[stored.device], keeper)
                yield [cell for one in found.tables for cell in _cells(one.table)]

    def singing(self, store: SqliteStore, keyring: Keyring) -> int:
        """Return how many envelopes with the person's word a keyring opens."""
        return sum(WORD in cells for cells in self.cells(store, keyring))

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


def played(folder: Path, person: str | None = WORD) -> list[tuple[str, Seen]]:
    """Play it; returns what was seen before, after, made anew, restored and set back.

    Args:
        folder: an empty one, or none yet.
        person: who is erased; None for nobody.
    """
    room, seen = Proof(folder / "room"), []
    room.fill()
    seen.append(("before", room.look()))
    backup, machine = folder / "backup", room.set_back(folder / "machine")
    with room.keeper() as desk:
        desk.store.snapshot(backup)
        if person is not None:
            room.erase(desk, person)
    seen.append((f"{person or 'nobody'} erased", room.look()))
    fold(room.site)
    seen.append(("blocks made anew", room.look()))
    room.site.store.close()
    for path in room.site.layout.store.parent.iterdir():
        path.unlink()
    backup.rename(room.site.layout.store)
    room.reopen()
    room.starts()
    seen.append(("store restored", room.look()))
    room.close()
    machine.starts()
    seen.append(("machine set back", machine.look()))
    machine.close()
    return seen


def told(folder: Path, person: str | None) -> bool:
    """Play it, print what was seen, and tell whether all was as it has to be."""
    seen = played(folder, person)
    for name, one in seen:
        sys.stdout.write(
            f"{name}: {WORD} is in {one.envelopes} envelopes and {one.blocks} "
            f"blocks of {one.opened} that open, in the clear in {one.words} of "
            f"{one.files} files; {one.octets} pieces of the sealed; "
            f"{one.others} cells of others\n"
        )
    return holds(seen) if person is not None else unchanged(seen)


def holds(seen: list[tuple[str, Seen]]) -> bool:
    """Tell whether all was found before, nothing after, and others' rows always."""
    (_, before), *after = seen
    control = before.envelopes and before.blocks and before.octets and before.others
    same = all(one.others == before.others for _, one in after)
    return bool(control and same) and not any(one.hits for _, one in after)


def unchanged(seen: list[tuple[str, Seen]]) -> bool:
    """Tell whether all that was found before was found ever after."""
    (_, before), *after = seen
    kept = before.envelopes, before.blocks, before.octets, before.others
    return all(kept) and all(
        (one.envelopes, one.blocks, one.octets, one.others) == kept for _, one in after
    )

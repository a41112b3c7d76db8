# SPDX-License-Identifier: Apache-2.0
"""Papers that the keeper and the reader leave on disks: real ones, and their doors.

Rules: each is made by what ships, and read by the door that ships; a flipped bit of it
must be refused there, wherever it is, for a paper has no octet that says nothing.
Not here: databases (`damage.py`), which bits (`__main__.py`).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from erasing_room import ErasingRoom
from holding_room import scope_of
from reader_fixture import fold, table, with_state
from release_room import ReleaseRoom

from server import outside
from server.errors import ServerError
from server.keeper import certifying, ending
from server.keeper.desk import Desk
from server.keyring import KeyKind
from server.reader.remainders import open_source
from server.register import certificates
from server.store.interface import REMAINDER
from tests.flips.damage import Fate, Outcome
from wire import block
from wire.body import Mode
from wire.errors import WireError
from wire.papers import extract
from wire.papers.certificate import read_certificate
from wire.papers.release import check_part, verify_release


@dataclass(frozen=True)
class Paper:
    """A paper, and how it is read.

    Attributes:
        octets: as they lie on a disk.
        read: reads them as the product does; raises what it raises.
    """

    octets: bytes
    read: Callable[[bytes], object]

    def judged(self, octet: int, bit: int) -> Outcome:
        """Tell what comes of a flipped bit."""
        flipped = bytearray(self.octets)
        flipped[octet] ^= 1 << bit
        try:
            self.read(bytes(flipped))
        except (WireError, ServerError):
            return Outcome(Fate.DETECTED)
        return Outcome(Fate.LOST)


def _remainder(room: ErasingRoom, desk: Desk) -> Paper:
    """Return what an erasure left of an envelope."""
    room.erase(desk, "ann")
    stored = next(
        one for one in desk.store.envelopes(desk.tenant) if one.kind == REMAINDER
    )
    key = desk.keyring.for_ending(stored.key_id)
    assert key is not None
    publics = {one.device: one.public for one in desk.store.devices(desk.tenant)}
    known = key, publics[stored.device], desk.keyring.keeper_key().public

    def read(octets: bytes) -> object:
        return open_source(replace(stored, octets=octets), *known)

    return Paper(stored.octets, read)


def _block(room: ErasingRoom, desk: Desk) -> Paper:
    """Return what a stream was folded into."""
    speaker = room.site.enrol("Front")
    for name in ("one", "two"):
        rows = [{"name": name, "run_as": "ann"}]
        whole = with_state(table("scheduled_tasks", rows, mode=Mode.FULL), rows)
        room.site.say(speaker, [whole])
    fold(room.site)
    held = next(
        one
        for device in room.devices()
        for one in desk.store.blocks(desk.tenant, device, "support")
    )
    key, signer = desk.keyring.for_ending(held.key_id), desk.keyring.fold_job_key()
    assert key is not None
    opening = key

    def read(octets: bytes) -> object:
        found, header = block.read(octets, signer.public)
        return block.unseal(found, header, opening)

    return Paper(held.octets, read)


def _extract(room: ErasingRoom, desk: Desk) -> Paper:
    """Return what a hold keeps of an envelope."""
    hold = room.hold(desk, scope_of(room))
    room.erase(desk, "ann")
    held = next(iter(desk.store.extracts(desk.tenant, hold.case)))
    key = desk.keyring.cases.opening(desk.tenant, KeyKind.HOLD, hold.case)
    assert key is not None
    opening, signer = key, desk.keyring.keeper_key().public

    def read(octets: bytes) -> object:
        found, header = extract.read(octets, signer)
        return extract.unseal(found, header, opening)

    return Paper(held.octets, read)


def _line(room: ErasingRoom, desk: Desk) -> Paper:
    """Return the newest line of the journal of what ended."""
    directory = outside.place(room.site.layout)
    signer = desk.keyring.keeper_key().public
    path = max(directory.iterdir())

    def read(octets: bytes) -> object:
        path.write_bytes(octets)
        return outside.read(directory, {signer})

    return Paper(path.read_bytes(), read)


def _erasure_line(room: ErasingRoom, desk: Desk) -> Paper:
    """Return the line of an erasure."""
    room.erase(desk, "ann")
    return _line(room, desk)


def _key_line(room: ErasingRoom, desk: Desk) -> Paper:
    """Return the line of a destruction."""
    ending.begin(desk, [room.live().key_id], "contract")
    ending.go_on(desk)
    return _line(room, desk)


def _certificate(room: ErasingRoom, desk: Desk) -> Paper:
    """Return the certificate of an erasure."""
    room.erase(desk, "ann")
    with desk.register.view() as connection:
        (held,) = certificates.every(connection)
    signer = desk.keyring.keeper_key().public
    assert certifying.read(desk, held).reason == "erased"
    return Paper(held.octets, lambda octets: read_certificate(octets, signer))


MADE: dict[str, Callable[[ErasingRoom, Desk], Paper]] = {
    "remainder": _remainder,
    "block": _block,
    "extract": _extract,
    "journal-keys": _key_line,
    "journal-erasure": _erasure_line,
    "certificate": _certificate,
}
RELEASE_HEAD, RELEASE_PART = "release-head", "release-part"
KINDS = (*MADE, RELEASE_HEAD, RELEASE_PART)


@contextmanager
def paper(kind: str, folder: Path) -> Iterator[Paper]:
    """Make a paper of a kind in an empty folder."""
    if kind in MADE:
        room = ErasingRoom(folder / "room")
        room.people_speak()
        with room.keeper() as desk:
            yield MADE[kind](room, desk)
        room.close()
        return
    made = ReleaseRoom(folder / "room")
    with made.desk() as desk:
        made.make(desk, [f"row {number}" for number in range(40)])
    head, digest = made.head(), made.digest
    if kind == RELEASE_HEAD:
        octets = (made.directory() / "head").read_bytes()
        yield Paper(octets, lambda one: verify_release(one, digest))
    else:
        (part,) = made.directory().glob("part-*")
        yield Paper(part.read_bytes(), lambda one: check_part(head, 0, one))

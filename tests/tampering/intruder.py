# SPDX-License-Identifier: Apache-2.0
"""An intruder who has the ledger's file and every key, but not the anchors elsewhere.

Rules: whatever is changed, the intruder makes all else in the file fit it again: the
chain, the head, the tree, and the anchors beside it, signed with the keeper's own key;
half of the tries leave out this care. What is changed was anchored before; what came
behind the last anchor can be cut unseen, and `cut_behind` shows that it is.
Not here: the checks (`server/ledger_checks.py`), counting (`__main__.py`).
"""

import random
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from server import anchors, ledger_file
from server.errors import TrustError
from server.keeper import ledger_ends
from server.keeper.keeping import Facts
from server.ledger import SqliteLedger
from server.ledger_checks import Row
from wire import cbor, ledger
from wire.crypto.signing import SigningKey
from wire.errors import DecodeError
from wire.ledger import ENTRY, Head
from wire.papers import note
from wire.papers.tree import Tree

NOW = 1_800_000_000
TENANT = bytes(16)
KEY = SigningKey(bytes(range(32)))
ENTRIES = 60
Rows = list[Row]


@dataclass(frozen=True)
class Scene:
    """A ledger with anchors in two places.

    Attributes:
        ledger: its file.
        own: anchors beside it, which the intruder can write.
        outside: the same anchors, out of reach.
        anchored: number of entries of the last anchor.
        earlier: the file as it was at an earlier anchor.
    """

    ledger: Path
    own: Path
    outside: Path
    anchored: int
    earlier: bytes

    @classmethod
    def made(cls, directory: Path) -> "Scene":
        """Make a ledger of many acts, some of whose bodies have ended."""
        path, own, outside = (directory / name for name in ("ledger", "own", "outside"))
        outside.mkdir()
        made = SqliteLedger.create(path)
        earlier, last = b"", 0
        for number in range(ENTRIES):
            act = ("store-lost", "denied", "folded")[number % 3]
            name = ("holes", "reason", "envelopes")[number % 3]
            made.add(act, {name: number}, NOW + number)
            if number % 9 == 8:
                last = anchors.anchor(made, KEY, TENANT, own, NOW + number).size
                earlier = earlier or path.read_bytes()
            if number == ENTRIES // 2:
                ends = partial(ledger_ends.end, known=Facts())
                made.erase_due(NOW + 400 * 86_400 + 9, ends)
        anchors.hand_out(own, outside)
        made.close()
        return cls(path, own, outside, last, earlier)


Way = Callable[[Scene, random.Random], None]
"""Changes a scene as a seed draws it."""


def found(scene: Scene, seed: int, way: Way | None = None) -> bool:
    """Tamper in the way that a seed draws, or in another; tell whether it is found."""
    dice = random.Random(seed)  # noqa: S311 - a test's choice
    directory = scene.ledger.parent / "tampered"
    directory.mkdir()
    try:
        here = replace(scene, ledger=directory / "ledger", own=directory / "own")
        shutil.copy(scene.ledger, here.ledger)
        shutil.copytree(scene.own, here.own)
        (way or WAYS[seed % len(WAYS)])(here, dice)
        return not is_whole(here)
    finally:
        shutil.rmtree(directory)


def is_whole(scene: Scene) -> bool:
    """Verify as a person does who has the anchors from elsewhere, and the key."""
    opened = SqliteLedger(scene.ledger)
    try:
        origin = anchors.origin_of(TENANT)
        opened.verify(
            [
                one
                for place in (scene.own, scene.outside)
                for one in anchors.read(place, origin, [KEY.public])
            ]
        )
    except TrustError:
        return False
    finally:
        opened.close()
    return True


def edit(scene: Scene, dice: random.Random) -> None:
    """Change what an entry says: its time, its act, its body or its salt."""
    rows = _rows(scene)
    place = dice.randrange(scene.anchored)
    octets, body, salt = rows[place]
    entry = ENTRY.decode(octets)
    what = dice.choice(("time", "act", "body", "salt"))
    if what in ("body", "salt") and (body is None or salt is None):
        what = "time"
    match what:
        case "time":
            entry = replace(entry, time=entry.time + dice.randrange(1, 1_000))
        case "act":
            entry = replace(entry, act=f"{entry.act}x")
        case "body":
            body = cbor.encode({"holes": dice.randrange(1_000, 2_000)})
        case _:
            salt = dice.randbytes(16)
    if body is not None and salt is not None and dice.random() < 0.5:
        entry = replace(entry, body=ledger.body_digest(body, salt))
    rows[place] = ENTRY.encode(entry), body, salt
    _write(scene, rows, dice)


def delete(scene: Scene, dice: random.Random) -> None:
    """Take out some entries."""
    rows, place = _rows(scene), dice.randrange(scene.anchored)
    del rows[place : place + dice.randrange(1, 5)]
    _write(scene, rows, dice)


def reorder(scene: Scene, dice: random.Random) -> None:
    """Change the places of two entries."""
    rows = _rows(scene)
    one, other = dice.sample(range(scene.anchored), 2)
    rows[one], rows[other] = rows[other], rows[one]
    _write(scene, rows, dice)


def truncate(scene: Scene, dice: random.Random) -> None:
    """Cut the end off, or put back an earlier copy of the whole file."""
    if dice.random() < 0.2:
        scene.ledger.write_bytes(scene.earlier)
    else:
        _write(scene, _rows(scene)[: dice.randrange(scene.anchored)], dice)


def fork(scene: Scene, dice: random.Random) -> None:
    """Go another way from some entry on, for as long or longer."""
    rows = _rows(scene)
    del rows[dice.randrange(scene.anchored) :]
    head = Head(len(rows), bytes(32))
    for _ in range(dice.randrange(1, ENTRIES * 2)):
        salt = dice.randbytes(16)
        body: dict[int | str, cbor.Plain] = {"holes": dice.randrange(100)}
        head, entry, octets = ledger.append(head, "store-lost", body, salt, NOW)
        rows.append((entry, octets, salt))
    _write(scene, rows, dice)


def insert(scene: Scene, dice: random.Random) -> None:
    """Put an entry among the others that was never written."""
    rows, place = _rows(scene), dice.randrange(scene.anchored)
    rows.insert(place, dice.choice(rows))
    _write(scene, rows, dice)


def erase(scene: Scene, dice: random.Random) -> None:
    """Take away a body that no entry says was erased."""
    rows = _rows(scene)
    held = [place for place, row in enumerate(rows) if row[1] is not None]
    place = dice.choice([one for one in held if one < scene.anchored])
    rows[place] = rows[place][0], None, None
    _write(scene, rows, dice)


WAYS: tuple[Way, ...] = (
    edit,
    delete,
    reorder,
    truncate,
    fork,
    insert,
    erase,
)


def cut_behind(scene: Scene, dice: random.Random) -> None:
    """Cut some of what no anchor covers yet, and make all else fit: nobody can tell."""
    rows = _rows(scene)
    _write(scene, rows[: dice.randrange(scene.anchored, len(rows))], dice, careful=True)


def _rows(scene: Scene) -> Rows:
    with sqlite3.connect(scene.ledger) as connection:
        return connection.execute(
            "SELECT entry, body, salt FROM entries ORDER BY number"
        ).fetchall()


def _write(
    scene: Scene, rows: Rows, dice: random.Random, *, careful: bool = False
) -> None:
    """Write the rows back, with care or, in half of all tries, without."""
    careful = careful or dice.random() < 0.5
    if careful:
        rows = _chained(rows)
    with sqlite3.connect(scene.ledger) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("DELETE FROM entries")
        connection.executemany(
            "INSERT INTO entries VALUES (?, ?, ?, ?)",
            [(number, *row) for number, row in enumerate(rows, 1)],
        )
        if careful:
            _fit(scene, connection, rows, dice)


def _chained(rows: Rows) -> Rows:
    """Return the rows as a chain whose every entry names the one before."""
    chained, before = [], ledger.NO_PREVIOUS
    for number, (octets, body, salt) in enumerate(rows, 1):
        try:
            entry = replace(ENTRY.decode(octets), index=number, previous=before)
        except DecodeError:
            return rows
        octets = ENTRY.encode(entry)  # noqa: PLW2901 - the same row, made to fit
        before = ledger.entry_digest(octets)
        chained.append((octets, body, salt))
    return chained


def _fit(
    scene: Scene, connection: sqlite3.Connection, rows: Rows, dice: random.Random
) -> None:
    """Make head, tree and the anchors beside the ledger those of the rows."""
    digests = [ledger.entry_digest(octets) for octets, _, _ in rows]
    connection.execute(
        "UPDATE head SET number = ?, digest = ?",
        (len(rows), digests[-1] if digests else ledger.NO_PREVIOUS),
    )
    connection.execute("DELETE FROM tree")
    grown = Tree()
    roots = [grown.root()]
    for digest in digests:
        ledger_file.grow(connection, grown, digest)
        grown = grown.append(digest)
        roots.append(grown.root())
    origin = anchors.origin_of(TENANT)
    for one in anchors.kept(scene.own):
        if one.size >= len(roots) or dice.random() < 0.1:
            one.path.unlink()
        else:
            signed = note.sign(origin, one.size, roots[one.size], KEY)
            one.path.write_text(signed)
    if not anchors.kept(scene.own):
        name = f"{grown.size:012d}-20270115T080000Z.note"
        signed = note.sign(origin, grown.size, grown.root(), KEY)
        (scene.own / name).write_text(signed)

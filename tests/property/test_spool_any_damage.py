# SPDX-License-Identifier: Apache-2.0
"""Whatever a disk makes of a spool, salvage ends, and takes nothing that was not there.

Rules: a real spool; sectors are torn, swapped, cleared and cut off at random places.
Not here: single bits, exactly (`tests/flips`), what is made of it
(`test_spool_salvage.py`).
"""

import random
import secrets
from pathlib import Path

import pytest

from agent.spool.change import Filed, SpoolClass
from agent.spool.log import made_anew
from agent.spool.salvage import salvage
from agent.spool.spool import open_spool
from wire.envelope import UNKNOWN_DIGEST, digest
from wire.purposes import Purpose

NOW = 1_763_960_000
ENVELOPES, TRIES, SECTOR = 20, 30, 512


def spoil(octets: bytes, dice: random.Random) -> bytes:
    """Return a file as a bad disk gives it back."""
    content = bytearray(octets)
    for _ in range(dice.choice((1, 4, 16))):
        at = dice.randrange(len(content) // SECTOR) * SECTOR
        other = dice.randrange(len(content) // SECTOR) * SECTOR
        swapped = bytes(content[other : other + SECTOR])
        new = dice.choice((bytes(SECTOR), dice.randbytes(SECTOR), swapped))
        content[at : at + SECTOR] = new
    for _ in range(dice.choice((0, 1, 100))):
        content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
    if not dice.randrange(4):
        del content[dice.randrange(SECTOR, len(content)) :]
    return bytes(content)


@pytest.mark.slow
def test_salvage_ends_and_invents_nothing(tmp_path: Path) -> None:
    """No damage is an error, and what is sent afterwards is what was put in."""
    path = tmp_path / "spool.sqlite"
    spool = open_spool(path, NOW)
    sent = set()
    for number in range(ENVELOPES):
        with spool.transaction() as change:
            octets = secrets.token_bytes(100 + 700 * number)
            filed = Filed(Purpose.SUPPORT, "logs", SpoolClass.EVENT, 1, 1, 2, 3)
            change.put(change.place(), octets, filed)
            sent.add(octets)
    spool.close()
    whole = path.read_bytes()
    dice = random.Random(5)  # noqa: S311 - the same damage each time
    known = {digest(octets) for octets in sent} | {UNKNOWN_DIGEST}
    kept = 0
    for _ in range(TRIES):
        path.write_bytes(spoil(whole, dice))
        if not salvage(path, NOW, 0, secrets.token_bytes, None):
            continue
        made_anew(path).replace(path)
        found = open_spool(path, NOW)
        held = found.oldest(SpoolClass.EVENT, 2**40)
        kept += len(sent & {found.octets_of(one.number) for one in held})
        found.close()
        assert {one.digest for one in held} <= known
    assert kept > TRIES * ENVELOPES // 4

# SPDX-License-Identifier: Apache-2.0
"""Each reader's keys at each class of records: every cell is tried.

Rules: what is not permitted fails because it does not decrypt.
Not here: the cells (`tests/isolation.py`, which prints them).
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from server.keyring import KeyKind
from tests.isolation import matrix, table
from tests.vectors import families_extracts, families_remainders, world
from wire import body
from wire.body_rows import Projected
from wire.crypto.opening import OpeningKey
from wire.crypto.sealing import key_id
from wire.errors import OpenError
from wire.papers import extract, remainder
from wire.purposes import Purpose

KEEPER = world.signing("keeper")
PUBLIC, LOAD = KEEPER.public, world.load()
TWO = Projected(
    body.decode(body.encode([world.software()], (), "support")).tables[0],
    ("package.name",),
    (0, 2),
)
NAMES = [one.value for one in (*Purpose, *KeyKind)]


def test_each_key_opens_its_own_class_alone(tmp_path: Path) -> None:
    """Of 169 cells 13 open, and the others do not decrypt under any name."""
    cells = matrix(tmp_path)
    assert [(one.reader, one.records) for one in cells if one.opens] == [
        (name, name) for name in NAMES
    ]
    shut = [one.failures for one in cells if not one.opens]
    assert shut == [2] * 156
    assert table(cells).endswith(
        "169 cells: 13 open their own class, 0 open another; of 156 that are shut, "
        "156 do not decrypt"
    )


def test_what_is_left_or_taken_out_opens_with_its_class_alone() -> None:
    """A remainder opens with its epoch's key alone, an extract with its holder's."""
    keys = {name: OpeningKey.generate() for name in NAMES}
    for name, key in keys.items():
        header = replace(families_remainders.head(), key_id=key_id(key.public))
        content = families_remainders.content((world.software(), (1,)), (LOAD, (0,)))
        left = remainder.seal(header, content, key.public, KEEPER)
        taken = extract.seal(
            replace(families_extracts.head(), key_id=key_id(key.public)),
            extract.content_of([TWO]),
            key.public,
            KEEPER,
        )
        opened = [
            (
                other,
                _opens(partial(remainder.unseal, *remainder.read(left, PUBLIC)), mine),
                _opens(partial(extract.unseal, *extract.read(taken, PUBLIC)), mine),
            )
            for other, mine in keys.items()
        ]
        assert [found for found in opened if any(found[1:])] == [(name, True, True)]


def _opens(unseal: Callable[[OpeningKey], object], key: OpeningKey) -> bool:
    try:
        unseal(key)
    except OpenError:
        return False
    return True

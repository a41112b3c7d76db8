# SPDX-License-Identifier: Apache-2.0
"""What a process of the crew does: takes lots, opens them, gives back their rows.

Rules: what goes wrong is the answer; a failure is told by its class, for its text may
quote a value; one lot at a time.
Not here: what the process gives up before (`crew_child.py`).
"""

from collections.abc import Collection, Sequence
from typing import IO

import pyarrow as pa

from server.errors import LimitError, UnreachableError
from server.reader import carrying
from server.reader.carrying import Key
from server.reader.lots import Lot, Means, Source, open_lot
from server.reader.opening import TOO_MUCH
from server.store.interface import Place, StoredEnvelope
from wire.crypto.opening import OpeningKey
from wire.crypto.sealing import seal
from wire.crypto.signing import SigningKey, verify

_GONE = "the reader went away"
_REHEARSED = b"rehearsed"


class _Reader:
    """The reader, as its child asks it: for keys, and for what a lot lacks."""

    def __init__(self, incoming: IO[bytes], outgoing: IO[bytes]) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._keys: dict[bytes, tuple[OpeningKey | None, str]] = {}

    def opening_key(self, number: bytes) -> OpeningKey | None:
        return self._key(number)[0]

    def why(self, number: bytes) -> str:
        return self._key(number)[1]

    def _key(self, number: bytes) -> tuple[OpeningKey | None, str]:
        if number not in self._keys:
            carrying.ask_key(self._outgoing, number)
            told = carrying.take(self._incoming)
            if not isinstance(told, Key):
                raise UnreachableError(_GONE)
            key = None if told.seed is None else OpeningKey(told.seed)
            self._keys[number] = key, told.why
        return self._keys[number]

    def fetch(
        self, device: bytes, places: Collection[Place]
    ) -> Sequence[StoredEnvelope]:
        carrying.ask_envelopes(self._outgoing, device, places)
        told = carrying.take(self._incoming)
        if not isinstance(told, tuple):
            raise UnreachableError(_GONE)
        return told


def begin(incoming: IO[bytes]) -> Means | None:
    """Return what lots are opened with, and load all that opening needs.

    Libraries load parts of themselves when these are first used, which is too late once
    no file can be opened any more: so something is sealed and opened once.
    """
    means = carrying.take(incoming)
    key, signing = OpeningKey.generate(), SigningKey.generate()
    OpeningKey(key.seed()).open(seal(_REHEARSED, key.public, _REHEARSED), _REHEARSED)
    verify(signing.public, signing.sign(_REHEARSED), _REHEARSED)
    return means if isinstance(means, Means) else None


def work(means: Means, incoming: IO[bytes], outgoing: IO[bytes]) -> None:
    """Open lots until there are no more.

    Args:
        means: what they are opened with.
        incoming: lots, and answers to what was asked.
        outgoing: for questions, and what was opened.
    """
    reader = _Reader(incoming, outgoing)
    source = Source(reader, reader.fetch)
    while isinstance(lot := carrying.take(incoming), Lot):
        try:
            found = open_lot(lot, means, source, _go_on)
        except (MemoryError, pa.ArrowMemoryError):
            carrying.fail(outgoing, LimitError(TOO_MUCH))
        except Exception as error:  # noqa: BLE001 - boundary: told by class, never by text
            carrying.fail(outgoing, error)
        else:  # who fails amid an answer ends: what follows would be taken for rows
            carrying.give(outgoing, found)


def _go_on() -> None:
    """Be ended by the reader alone: it looks at the grant, and kills."""

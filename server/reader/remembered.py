# SPDX-License-Identifier: Apache-2.0
"""Rows of a fleet that a reading has opened, kept in memory for the next one.

Rules: it is memory of the reader's process and never a file; what is kept is what one
question showed of one purpose, under the columns that its grant had, and is taken by a
question that is the same in all of that alone; a lot is shown again only where the
store still has the same envelopes and blocks of it, its devices are enrolled as they
were, and each key of it still opens, or still does not; once keys are destroyed or
rights of persons change, all is forgotten; so is what nobody asked for in a while.
Not here: opening lots (`lots.py`), who may read (`grants.py`).
Source: docs/adr/0073-a-fleet-is-opened-by-several-processes.md.
"""

import hashlib
import struct
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from server.configuration_reading import MEMORY_MIB, MIB
from server.reader.blocks import Keys
from server.reader.lots import Found, Lot, Means, lots_of, number_of
from server.reader.selection import Selection
from server.store.blocks import HeldBlock
from server.store.interface import REMAINDER, Device, Store, StoredEnvelope
from wire.purposes import Purpose

IDLE_SECONDS = 300.0
"""Somebody who looks at an answer and asks again has done so by then."""
Standing = tuple[bytes, int]
"""Rights of persons in force, and the generation of the keys."""
_ROW = struct.Struct(">QqQQ")
_COUNT = struct.Struct(">I")


@dataclass(frozen=True, slots=True)
class Question:
    """All that tells, besides store and keys, what comes of a lot.

    Attributes:
        tenant: 16 bytes.
        purpose: of the reading.
        datasets: that it names; none for all.
        shown: of each dataset the names of its columns that are shown, and those that
            the grant names.
        bits: of a device's id, which tell its lot.
        signer: whose blocks are used; None for none.
        keeper: whose remainders are shown; None for none.
    """

    tenant: bytes
    purpose: Purpose
    datasets: tuple[str, ...]
    shown: tuple[tuple[str, frozenset[str], frozenset[str] | None], ...]
    bits: int
    signer: bytes | None
    keeper: bytes | None


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a store had of a lot, and what opened.

    Attributes:
        mark: digest of its index and of what is known of its devices.
        keys: ids of the keys to which it is sealed, and whether each opens.
        blocks: digest of the blocks of each device that has some.
    """

    mark: bytes
    keys: Mapping[bytes, bool]
    blocks: Mapping[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Kept:
    """A lot that was opened, and on which grounds."""

    grounds: Grounds
    found: Found


def question_of(means: Means, devices: int) -> Question | None:
    """Return what a reading asks; None where what comes of it is not to be kept.

    Args:
        means: of the reading.
        devices: how many are enrolled.
    """
    selection = means.selection
    if selection.windowed or selection.shown is None:
        return None
    shown = tuple(
        (name, frozenset(names), selection.columns.get(name))
        for name, names in sorted(selection.shown.items())
    )
    whose = selection.tenant, selection.purpose
    datasets = tuple(sorted(selection.datasets))
    return Question(
        *whose, datasets, shown, lots_of(devices), means.signer, means.keeper
    )


def grounds_of(lot: Lot, keys: Keys) -> Grounds:
    """Return on which grounds a lot is opened."""
    numbers = {one.key_id for one in lot.stored if one.has_rows}
    return Grounds(
        _mark(lot.stored, {one.device: one for one in lot.devices}),
        {number: keys.opening_key(number) is not None for number in numbers},
        {device: _digest(held) for device, held in lot.blocks.items()},
    )


@dataclass(frozen=True, slots=True)
class Index:
    """What a store has of a fleet, at one moment.

    Attributes:
        enrolled: all devices.
        marks: of each lot.
    """

    enrolled: Sequence[Device]
    marks: Mapping[int, bytes]


def index_of(store: Store, selection: Selection, check: Callable[[], None]) -> Index:
    """Return what a store has of a fleet, for a purpose; nothing is opened.

    Args:
        store: the sealed store.
        selection: the tenant and the purpose.
        check: called for each lot; raises once the reading is to end.
    """
    enrolled = store.devices(selection.tenant)
    known, bits = {one.device: one for one in enrolled}, lots_of(len(enrolled))
    found = store.envelopes(
        selection.tenant, purpose=selection.purpose.value, bare=lambda _: True
    )
    marks: dict[int, bytes] = {}
    for number, stored in groupby(found, lambda one: number_of(one.device, bits)):
        check()
        marks[number] = _mark(stored, known)
    return Index(enrolled, marks)


def holding(
    store: Store,
    selection: Selection,
    index: Index,
    keys: Keys,
    kept: Mapping[int, Kept],
) -> dict[int, Kept]:
    """Return the lots whose grounds still hold.

    Args:
        store: the sealed store.
        selection: the tenant and the purpose.
        index: what it has.
        keys: the keyring's, of the purpose.
        kept: lots by their number.
    """

    def opens(key: bytes) -> bool:
        return keys.opening_key(key) is not None

    def stands(one: Kept) -> bool:
        # the index names keys by the gate's word, what was opened by its own header
        return (
            all(opens(key) == opened for key, opened in one.grounds.keys.items())
            and all(map(opens, one.found.opened.keys))
            and all(
                _digest(store.blocks(selection.tenant, device, selection.purpose.value))
                == digest
                for device, digest in one.grounds.blocks.items()
            )
        )

    return {
        number: one
        for number, mark in index.marks.items()
        if (one := kept.get(number)) is not None
        and one.grounds.mark == mark
        and stands(one)
    }


def _mark(stored: Iterable[StoredEnvelope], known: Mapping[bytes, Device]) -> bytes:
    """Return the digest of what a store has of devices."""
    found, last = hashlib.sha256(), b""
    for one in stored:
        if one.device != last:
            last = one.device
            device = known.get(last)
            label = b"" if device is None else device.label.encode()
            public = b"" if device is None else device.public
            for octets in (last, public, label):
                found.update(_COUNT.pack(len(octets)) + octets)
        retention = one.retention.encode()
        place = _ROW.pack(one.sequence, one.kind, one.created, one.records)
        found.update(
            b"".join(
                (
                    *(place, one.incarnation, one.digest, one.key_id),
                    *(_COUNT.pack(len(retention)), retention, one.instead or b""),
                )
            )
        )
        if one.kind == REMAINDER:  # its digest is that of what it stands for
            found.update(hashlib.sha256(one.octets).digest())
    return found.digest()


def _digest(blocks: Sequence[HeldBlock]) -> bytes:
    found = hashlib.sha256()
    for held in blocks:
        place = (
            held.incarnation + held.key_id + _ROW.pack(held.last, 0, held.sources, 0)
        )
        found.update(place + hashlib.sha256(held.octets).digest())
    return found.digest()


class Memory:
    """Keeps what was opened; any thread may use it."""

    def __init__(
        self,
        most: int = MEMORY_MIB * MIB,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Keep nothing yet.

        Args:
            most: bytes that rows may hold; 0 keeps none.
            clock: seconds that go by.
        """
        self._most = most
        self._clock = clock
        self._lock = threading.Lock()
        self._standing: Standing | None = None
        self._kept: OrderedDict[Question, Mapping[int, Kept]] = OrderedDict()
        self._used: dict[Question, float] = {}

    @property
    def octets(self) -> int:
        """Return what the rows that are kept hold."""
        with self._lock:
            return sum(map(_octets, self._kept.values()))

    def has(self, tenant: bytes, purpose: Purpose) -> bool:
        """Tell whether anything of a purpose is kept."""
        with self._lock:
            return any(
                (one.tenant, one.purpose) == (tenant, purpose) for one in self._kept
            )

    def of(self, question: Question, standing: Standing) -> Mapping[int, Kept]:
        """Return the lots that a question has had; their grounds are to be looked at.

        Args:
            question: of a reading that was granted.
            standing: what all that is kept rests on: else it is forgotten.
        """
        with self._lock:
            self._stand(standing)
            found = self._kept.get(question)
            if found is None:
                return {}
            self._kept.move_to_end(question)
            self._used[question] = self._clock()
            return found

    def keep(
        self, question: Question, standing: Standing, lots: Mapping[int, Kept]
    ) -> None:
        """Keep what a question has, if there is room for all of it.

        What was asked longest ago goes for it.

        Args:
            question: of a reading that is done.
            standing: what it rests on.
            lots: all of them, by number.
        """
        with self._lock:
            self._kept.pop(question, None)
            if standing != self._standing or _octets(lots) > self._most:
                self._used.pop(question, None)
                return
            self._kept[question] = lots
            self._used[question] = self._clock()
            while sum(map(_octets, self._kept.values())) > self._most:
                self._used.pop(self._kept.popitem(last=False)[0])

    def tidy(self, standing: Callable[[], Standing]) -> None:
        """Forget what must not be shown any more, and what nobody asked for lately.

        Args:
            standing: tells what it is now; not asked where nothing is kept. Where it
                cannot tell, all is forgotten.

        Raises:
            ServerError: it cannot.
        """
        with self._lock:
            if not self._kept:
                return
        try:
            now = standing()
        except Exception:
            with self._lock:
                self._stand(None)
            raise
        with self._lock:
            self._stand(now)
            before = self._clock() - IDLE_SECONDS
            for question in [one for one, used in self._used.items() if used < before]:
                del self._kept[question], self._used[question]

    def _stand(self, standing: Standing | None) -> None:
        if standing != self._standing:
            self._kept.clear()
            self._used.clear()
            self._standing = standing


def _octets(lots: Mapping[int, Kept]) -> int:
    return sum(one.found.octets for one in lots.values())

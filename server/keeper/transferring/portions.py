# SPDX-License-Identifier: Apache-2.0
"""Cuts what is to go for a purpose into portions: envelopes of whole machines.

Rules: what a release of the same transfer gave already is in no portion; one is never
larger than a release may be, however large a machine's data is.
Not here: opening them (`exporting.py`).
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from server.keeper.desk import Desk
from server.keyring import LiveKey
from server.register import releases
from server.store.interface import StoredEnvelope
from wire.purposes import Purpose


@dataclass(frozen=True, slots=True)
class Portion:
    """Envelopes that go together.

    Attributes:
        devices: whose they are.
        sources: their digests.
        done: how many machines are looked through with it.
        of: how many there are.
    """

    devices: tuple[bytes, ...]
    sources: frozenset[bytes]
    done: int
    of: int

    def halves(self) -> "tuple[Portion, Portion]":
        """Return its two halves: of fewer machines, or of one machine's envelopes."""
        middle, held = len(self.sources) // 2, sorted(self.sources)
        return tuple(  # type: ignore[return-value]  # there are two
            Portion(self.devices, frozenset(part), self.done, self.of)
            for part in (held[:middle], held[middle:])
        )


def live_keys(desk: Desk, purpose: Purpose, moment: int) -> dict[bytes, LiveKey]:
    """Return the keys of a purpose whose time is not over."""
    return {
        key.key_id: key
        for key in desk.keyring.live(desk.tenant)
        if key.purpose is purpose and moment < key.until
    }


def portions(
    desk: Desk, granted: bytes, purpose: Purpose, moment: int, most: int
) -> Iterator[Portion]:
    """Yield the portions of a purpose, a machine's envelopes after another's.

    Args:
        desk: what the keeper works with.
        granted: digest of the transfer's matter.
        purpose: whose keys they are sealed to.
        moment: what was made until then, and is not past its time.
        most: rows that a portion has; a machine's own may be more.
    """
    keys = live_keys(desk, purpose, moment)
    every = sorted(one.device for one in desk.store.devices(desk.tenant))
    devices: list[bytes] = []
    sources: set[bytes] = set()
    rows = 0
    for number, device in enumerate(every, 1):
        found = _left(desk, granted, purpose, device, keys, moment)
        if found:
            devices.append(device)
            sources.update(one.digest for one in found)
            rows += sum(one.records for one in found)
        if sources and (rows >= most or number == len(every)):
            yield Portion(tuple(devices), frozenset(sources), number, len(every))
            devices, sources, rows = [], set(), 0


def _left(
    desk: Desk,
    granted: bytes,
    purpose: Purpose,
    device: bytes,
    keys: Collection[bytes],
    moment: int,
) -> list[StoredEnvelope]:
    """Return, without their octets, a machine's envelopes that were not given."""
    stored = desk.store.envelopes(
        desk.tenant,
        device=device,
        purpose=purpose.value,
        until=moment + 1,
        bare=lambda _: True,
    )
    held = [one for one in stored if one.has_rows and one.key_id in keys]
    left = not_given(desk, granted, [one.digest for one in held], moment)
    return [one for one in held if one.digest in left]


def not_given(
    desk: Desk, granted: bytes, sources: Iterable[bytes], moment: int
) -> frozenset[bytes]:
    """Return which envelopes, by digest, no release of a transfer gave."""
    with desk.register.view() as connection:
        return frozenset(
            source
            for source in sources
            if not releases.given(connection, granted, source, moment)
        )

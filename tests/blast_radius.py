# SPDX-License-Identifier: Apache-2.0
"""What a thief opens who has a store and one key: `PYTHONPATH=tests -m blast_radius`.

Rules: real keyring, real sealing, a real store of two tenants; each key is taken out of
the keyring and tried on every envelope, also on those that say that they are another
key's: what stays shut does not decrypt. What the incident query would tell of the key
is held against what it opened.
Not here: what a reader's keys open (`tests/isolation.py`), blocks, remainders and
extracts, which are sealed to the same keys (`tests/unit/server/test_isolation.py`).
"""

import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from reader_fixture import Site, Speaker, make_site, table

from server.incidents import sealed_to
from server.store.interface import StoredEnvelope
from wire import envelope
from wire.crypto.opening import OpeningKey
from wire.errors import OpenError
from wire.keys import PurposeKey
from wire.purposes import Purpose

OTHER_TENANT = b"other tenant 16b"
_PURPOSES = (Purpose.SUPPORT, Purpose.SECURITY, Purpose.ADMINISTRATION)
_CLASSES = ("days", "months")
_EPOCHS = (1_000, 1_001, 1_002)
_EPOCH_SECONDS = 7 * 86_400
_DEVICES = 3

Place = tuple[bytes, Purpose, str, int]
"""Tenant, purpose, retention class and number of the epoch: what one key is for."""


@dataclass(frozen=True)
class Loss:
    """What the loss of one key exposes.

    Attributes:
        place: what the key is for.
        own: envelopes that devices sealed for that place.
        opened: envelopes that the key opens, in the whole store.
        told: whether the incident query names each device of them, and no other.
    """

    place: Place
    own: frozenset[bytes]
    opened: frozenset[bytes]
    told: bool


def losses(folder: Path) -> tuple[list[Loss], int]:
    """Return what the loss of each key exposes, and how many envelopes there are."""
    site = make_site(folder / "collector")
    try:
        keys, said = [*_keys(site)], dict[bytes, Place]()
        for tenant, purpose in product((site.tenant, OTHER_TENANT), _PURPOSES):
            mine = [
                key for owner, key in keys if (owner, key.purpose) == (tenant, purpose)
            ]
            for number in range(_DEVICES):
                said |= _say(site, Speaker(tenant, f"Desk {number}"), mine)
        stored = [*site.store.envelopes(site.tenant)]
        stored += site.store.envelopes(OTHER_TENANT)
        return [_loss(site, *pair, stored, said) for pair in keys], len(stored)
    finally:
        site.store.close()
        site.keyring.close()


def _keys(site: Site) -> Iterator[tuple[bytes, PurposeKey]]:
    """Make a key for each tenant, purpose, class and epoch."""
    tenants = site.tenant, OTHER_TENANT
    for tenant, purpose, name, epoch in product(tenants, _PURPOSES, _CLASSES, _EPOCHS):
        start = site.now + (epoch - _EPOCHS[0]) * _EPOCH_SECONDS
        public = site.keyring.add_epoch(
            *(tenant, purpose, name, epoch, start, start + _EPOCH_SECONDS),
            maximum_age=_EPOCH_SECONDS,
            now=site.now,
        )
        assert public is not None
        end = start + _EPOCH_SECONDS
        yield tenant, PurposeKey(purpose, name, epoch, start, end, public)


def _say(
    site: Site, speaker: Speaker, keys: Sequence[PurposeKey]
) -> dict[bytes, Place]:
    """Have a device seal one envelope to each of some keys; return for what each is."""
    said = {}
    for key in keys:
        rows = table("event_logs", [{"message": key.retention}], key.purpose)
        octets = speaker.seal(key, [rows], key.start)
        said[envelope.digest(octets)] = _place(speaker.tenant, key)
        site.put(octets)
    return said


def _place(tenant: bytes, key: PurposeKey) -> Place:
    return tenant, key.purpose, key.retention, key.epoch


def _loss(
    site: Site,
    tenant: bytes,
    key: PurposeKey,
    stored: Sequence[StoredEnvelope],
    said: Mapping[bytes, Place],
) -> Loss:
    place, thief = _place(tenant, key), site.keyring.for_ending(key.id)
    assert thief is not None
    opened = [one for one in stored if _opens(thief, one.octets)]
    told = {owner: sealed_to(site.store, owner, key) for owner in _owners(stored)}
    touched = {owner: _devices(opened, owner) for owner in _owners(stored)}
    return Loss(
        place,
        frozenset(digest for digest, of in said.items() if of == place),
        frozenset(one.digest for one in opened),
        told == touched,
    )


def _owners(stored: Sequence[StoredEnvelope]) -> set[bytes]:
    return {one.tenant for one in stored}


def _devices(stored: Sequence[StoredEnvelope], tenant: bytes) -> set[bytes]:
    return {one.device for one in stored if one.tenant == tenant}


def _opens(key: OpeningKey, octets: bytes) -> bool:
    """Tell whether a key opens an envelope, whatever key the envelope names."""
    sealed, _ = envelope.read(octets)
    try:
        key.open(sealed.ciphertext, envelope.seal_info(sealed.header))
    except OpenError:
        return False
    return True


def figures(found: Sequence[Loss], envelopes: int) -> str:
    """Return the figures in words."""
    own = sum(len(one.opened & one.own) for one in found)
    other = sum(len(one.opened - one.own) for one in found)
    lacking = sum(len(one.own - one.opened) for one in found)
    told = sum(one.told for one in found)
    return (
        f"{len(found)} keys, each tried on {envelopes} envelopes: {own} open with the "
        f"key of their own tenant, purpose, class and epoch, {lacking} do not, {other} "
        f"open with another; the incident query names exactly what is exposed for "
        f"{told} keys"
    )


def main() -> int:
    """Print the figures; 1 where a key opens more or less than its own epoch."""
    with tempfile.TemporaryDirectory() as folder:
        found, envelopes = losses(Path(folder))
    sys.stdout.write(figures(found, envelopes) + "\n")
    return int(any(one.opened != one.own or not one.told for one in found))


if __name__ == "__main__":
    sys.exit(main())

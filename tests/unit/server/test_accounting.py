# SPDX-License-Identifier: Apache-2.0
"""Whether what a spool accepted adds up.

Rules: histories are random and have every end that an envelope can have, in a real
store.
Not here: rows that are counted (`test_accounting_rows.py`), the command over a running
reader (`tests/e2e/test_accounting_by_people.py`).
"""

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from store_chain import DEVICE, TENANT, chain, remainder_of, void_of

from server.balance import balance
from server.store.chains import Chain, ChainAccount, Heard
from server.store.ending import EndingStore, HeldRemainder
from server.store.interface import StoredEnvelope
from server.store.sqlite import create_store
from wire.envelope import EnvelopeKind, Gap

REASONS = ("spool-full", "damaged", "refused-too-large", "expired")
ENDS = ("visible", "visible", "void", "gap", "deleted", "erased", "missing")
"""What can become of an envelope."""
KEYS = b"w" * 16, b"x" * 16
"""One has ended before anything comes, what is sealed to the other is deleted."""


@dataclass
class History:
    """What a spool accepted, what has become of it, and in which order it comes.

    Attributes:
        spoken: the sequence that the device speaks of.
        ends: records up to there, by what became of them.
        voids: those of them that are in voids, by reason.
        order: what is put into the store.
        erased: what is left of envelopes of which something was erased.
    """

    spoken: int
    ends: Counter[str] = field(default_factory=Counter)
    voids: Counter[str] = field(default_factory=Counter)
    order: list[StoredEnvelope] = field(default_factory=list)
    erased: list[HeldRemainder] = field(default_factory=list)

    def live(self, one: StoredEnvelope, chance: random.Random) -> None:
        """Have an envelope come to an end of its kind."""
        count, end = chance.randint(0, 50), chance.choice(ENDS)
        if end == "gap":
            lost = Gap(chance.choice((None, 3)), 1, 2, "source-lost")
            gap = replace(one, kind=EnvelopeKind.GAP.value, records=0, gap=lost)
            self.order.append(gap)
            return
        reason = chance.choice(REASONS)
        key_id = KEYS[chance.randrange(2)] if end == "deleted" else one.key_id
        data = replace(one, records=count, key_id=key_id)
        void = void_of(data, gap=Gap(count, 1, 2, reason))
        come = [void, data] if end == "void" else [data, void]
        left = chance.randint(0, count) if end == "erased" else 0
        if end != "missing":  # what comes second is a duplicate
            self.order += come[: chance.choice((1, 1, 2))]
        if end == "erased":
            self.erased.append(remainder_of(data, left))
        if one.sequence > self.spoken:
            self.ends["later"] += count if end != "missing" else 0
            return
        self.ends["deleted" if end == "erased" else end] += count - left
        self.ends["visible"] += left
        self.ends["accepted"] += count
        if end == "void":
            self.voids[reason] += count


def history(device: bytes, chance: random.Random) -> History:
    """Return a random history of a spool, its parts in order or not."""
    sent = [replace(one, device=device) for one in chain(chance.randint(1, 20))]
    told = History(chance.randint(0, len(sent)))
    for one in sent:
        told.live(one, chance)
    if chance.random() < 1 / 2:
        firsts = {one.sequence: one for one in reversed(told.order)}
        mixed = list(firsts.values())
        chance.shuffle(mixed)
        told.order = [*mixed, *told.order]  # all comes again
    return told


def play(told: History, store: EndingStore, device: bytes) -> None:
    """Have it all happen to a store; one of two keys ended before anything came."""
    store.end_key(TENANT, KEYS[0], 4)
    for at in range(0, len(told.order), 8):
        store.put(told.order[at : at + 8], 5)
    store.end_key(TENANT, KEYS[1], 6)
    while store.delete_ended(TENANT, KEYS[1], 3).rows:
        pass
    for remainder in told.erased:
        assert store.replace(remainder)
    poll = Heard(TENANT, device, "0.1", "Linux", b"i" * 16, told.spoken, 0)
    store.heard([replace(poll, accepted=told.ends["accepted"])], 6)


@pytest.mark.slow
def test_random_histories_balance(tmp_path: Path) -> None:
    """In 500 random histories every accepted record has its place in the account."""
    store = create_store(tmp_path / "store.sqlite")
    store.add_token(TENANT, b"k" * 32, 2_000, 500)
    for seed in range(500):
        device = seed.to_bytes(16, "big")
        store.enrol(replace(DEVICE, device=device), b"k" * 32, 1_000)
        told = history(device, random.Random(seed))  # noqa: S311 - a history
        play(told, store, device)
        (found,) = map(balance, store.accounts(TENANT, device))
        dropped = told.voids.pop("expired", 0)
        assert found.accepted == told.ends["accepted"], seed
        assert found.visible == told.ends["visible"], seed
        assert found.gap == told.voids, seed
        assert found.dropped == dropped, seed
        assert found.deleted == told.ends["deleted"], seed
        assert found.under_way == told.ends["missing"], seed
        assert found.later == told.ends["later"], seed
        assert (found.difference, found.lost) == (0, 0), seed
    store.close()


def test_what_is_missing_is_called_under_way() -> None:
    """Only while numbers are missing may records still come."""
    spoken = Chain(b"i" * 16, 3, 3, 0, 5, 10, 0, 6, (), ())
    found = balance(ChainAccount(spoken, ()))
    assert (found.under_way, found.missing, found.difference) == (10, ((4, 5),), 0)
    whole = replace(spoken, end=5, highest=5)
    found = balance(ChainAccount(whole, ()))
    assert (found.under_way, found.missing, found.difference) == (0, (), 10)
    assert not found.sound


def test_a_hole_behind_the_devices_word_is_not_missing() -> None:
    """What the device has not spoken of is no part of its account."""
    spoken = Chain(b"i" * 16, 1, 9, 0, 4, 10, 0, 6, ((2, 3), (6, 7)), ())
    assert balance(ChainAccount(spoken, ())).missing == ((2, 3),)
    later = replace(spoken, said=6)
    assert balance(ChainAccount(later, ())).missing == ((2, 3), (6, 6))


def test_what_the_store_gave_up_is_lost() -> None:
    """A restored store owns up to what it has lost, and is not sound."""
    spoken = Chain(b"i" * 16, 9, 9, 9, 9, 10, 9, 6, (), ((2, 3),))
    found = balance(ChainAccount(spoken, ()))
    assert (found.lost, found.under_way, found.difference) == (10, 0, 0)
    assert not found.sound


def test_a_tail_that_the_store_gave_up_is_lost() -> None:
    """Numbers behind all that arrived are not under way once they are given up."""
    spoken = Chain(b"i" * 16, 2, 2, 2, 4, 10, 4, 6, (), ((3, 4),))
    found = balance(ChainAccount(spoken, ()))
    assert (found.lost, found.under_way, found.missing) == (10, 0, ())
    assert spoken.unfillable == ()


def test_too_many_records_are_a_difference() -> None:
    """More records than the spool accepted are never called under way."""
    spoken = Chain(b"i" * 16, 3, 3, 0, 5, -10, 0, 6, (), ((2, 2),))
    found = balance(ChainAccount(spoken, ()))
    assert (found.difference, found.under_way, found.lost) == (-10, 0, 0)


def test_a_device_that_tells_nothing_is_no_difference() -> None:
    """Without a word of the device there is nothing to compare with."""
    silent = Chain(b"i" * 16, 3, 3, 0, 0, None, 0, 0, (), ())
    found = balance(ChainAccount(silent, ()))
    assert (found.accepted, found.difference, found.sound) == (None, 0, True)


def test_what_the_device_deleted_is_no_loss_yet() -> None:
    """A mark beyond what the store has names what nobody can send, the tail too."""
    spoken = Chain(b"i" * 16, 1, 6, 0, 9, 10, 8, 6, ((2, 3), (5, 5)), ())
    assert spoken.unfillable == ((2, 3), (5, 5), (7, 8))
    assert replace(spoken, said_marked=2).unfillable == ((2, 2),)
    assert replace(spoken, said_marked=1).unfillable == ()
    assert not balance(ChainAccount(spoken, ())).sound

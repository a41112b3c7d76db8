# SPDX-License-Identifier: Apache-2.0
"""A gate in a stranger's hand: it has the gate's key and no other.

Rules: each lie is one that the holder of the gate's key can tell.
Not here: the honest one (`collector.py`).
"""

from collections.abc import Callable
from dataclasses import replace
from random import Random

from server.gate import protocol
from server.gate.nonces import Nonces
from server.problems import Problem, Refusal
from server.store.interface import Verdict
from simulation.collector import Collector, Gone
from simulation.keys import signing
from wire import messages, signed
from wire.messages import Fate
from wire.signed import SignedKind

SHIP, POLL = "/v1/shipments", "/v1/poll"
_STORED = Verdict(Fate.STORED, "")
_LATER = Verdict(Fate.RETRY, "over-quota")
_SOME = 0.4
Lie = Callable[[Collector, Random, str, bytes], bytes]


def drops(collector: Collector, _: Random, path: str, body: bytes) -> bytes:
    """Answer a shipment as if it were stored, and forget it."""
    if path != SHIP or collector.store is None:
        return collector.answer(path, body)
    now = collector.now()
    admitted = protocol.admit(collector.store, Nonces(), body, now)
    verdicts = [_STORED] * len(admitted.envelopes)
    return protocol.receipt(collector.post, admitted, verdicts, now)


def false_mark(collector: Collector, dice: Random, path: str, body: bytes) -> bytes:
    """Store nothing and put a mark into the answer that covers everything."""
    octets = drops(collector, dice, path, body)
    if path == SHIP:
        sent = messages.SHIPMENT.decode(body)
        asked = messages.MANIFEST.decode(
            signed.read(sent.manifest, SignedKind.SHIPMENT).payload
        )
        header = protocol.envelope.read(sent.envelopes[-1])[1]
        sequence, name = header.sequence, asked.digests[-1]
        ours = asked.tenant, asked.device, asked.incarnation
        mark = _mark(collector, ours, sequence, name)
        receipt = messages.RECEIPT.decode(
            signed.read(octets, SignedKind.RECEIPT).payload
        )
        told = messages.RECEIPT.encode(replace(receipt, mark=mark))
        return signed.sign(SignedKind.RECEIPT, told, [signing("gate")])
    return octets


def _mark(
    collector: Collector, ours: tuple[bytes, bytes, bytes], sequence: int, name: bytes
) -> bytes:
    mark = messages.Mark(*ours, sequence, name, collector.now())
    return signed.sign(SignedKind.MARK, messages.MARK.encode(mark), [signing("gate")])


def junk(collector: Collector, dice: Random, path: str, body: bytes) -> bytes:
    """Answer anything."""
    del collector, path, body
    return dice.randbytes(dice.randrange(2_000))


def another_receipt(
    collector: Collector, dice: Random, path: str, body: bytes
) -> bytes:
    """Sign a receipt for a shipment that nobody sent."""
    octets = drops(collector, dice, path, body)
    if path != SHIP:
        return octets
    receipt = messages.RECEIPT.decode(signed.read(octets, SignedKind.RECEIPT).payload)
    told = messages.RECEIPT.encode(replace(receipt, manifest=dice.randbytes(32)))
    return signed.sign(SignedKind.RECEIPT, told, [signing("gate")])


def anothers_key(collector: Collector, dice: Random, path: str, body: bytes) -> bytes:
    """Answer what is right under a key that is not the gate's."""
    key = signing("somebody")
    octets = drops(collector, dice, path, body)
    kinds = {SHIP: SignedKind.RECEIPT, POLL: SignedKind.ANSWER}
    kind = kinds.get(path, SignedKind.INTRODUCTION)
    return signed.sign(kind, signed.read(octets, kind).payload, [key])


def silent(collector: Collector, dice: Random, path: str, body: bytes) -> bytes:
    """Take everything and answer nothing.

    Raises:
        Gone: always.
    """
    drops(collector, dice, path, body)
    raise Gone


def refuses(collector: Collector, dice: Random, path: str, body: bytes) -> bytes:
    """Refuse a device for good, or for anything else.

    Raises:
        Refusal: always.
    """
    del collector, path, body
    raise Refusal(dice.choice(list(Problem)))


def refuses_some(collector: Collector, dice: Random, path: str, body: bytes) -> bytes:
    """Say of some envelopes that they will never be taken, and store the others."""
    if path != SHIP or collector.store is None:
        return collector.answer(path, body)
    reasons = ("malformed", "too-large", "bad-digest", "wrong-identity")
    now = collector.now()
    admitted = protocol.admit(collector.store, Nonces(), body, now)
    refused = {
        place: dice.choice(reasons)
        for place in range(len(admitted.envelopes))
        if dice.random() < _SOME
    }
    kept = [one for at, one in enumerate(admitted.envelopes) if at not in refused]
    told = replace(admitted, refused=refused, envelopes=tuple(kept))
    verdicts = collector.commit(collector, told)
    return protocol.receipt(collector.post, told, verdicts, now)


def puts_off(collector: Collector, dice: Random, path: str, body: bytes) -> bytes:
    """Say of some envelopes, which it drops, that they are to come again."""
    if path != SHIP or collector.store is None:
        return collector.answer(path, body)
    now = collector.now()
    admitted = protocol.admit(collector.store, Nonces(), body, now)
    verdicts = [
        _LATER if dice.random() < _SOME else _STORED for _ in admitted.envelopes
    ]
    return protocol.receipt(collector.post, admitted, verdicts, now)


LIES: dict[str, Lie] = {
    "drops": drops,
    "false-mark": false_mark,
    "junk": junk,
    "another-receipt": another_receipt,
    "anothers-key": anothers_key,
    "silent": silent,
    "refuses": refuses,
    "refuses-some": refuses_some,
    "puts-off": puts_off,
}

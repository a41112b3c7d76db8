# SPDX-License-Identifier: Apache-2.0
"""Puts a void in the place of an envelope that will never come.

Rules: a void is signed and says how many records, of which time, why; it keeps its
place and name in the chain, so that no hole is left and marks go on; what it replaces
is overwritten; a state of which a part is gone is sent whole again.
Not here: when something is given up (`pipeline.py`, `agent/delivery/receipts.py`).
Source: docs/adr/0011-voids.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from agent.budget import TRIM_BYTES
from agent.identity import Identity
from agent.spool.change import Owed, SpoolClass, Transaction
from agent.spool.spool import Held, Spool
from wire import envelope
from wire.crypto.sealing import SUITE_NONE
from wire.envelope import (
    BUCKET_SECONDS,
    NO_KEY,
    NO_PREVIOUS,
    VERSION,
    EnvelopeKind,
    Gap,
    Header,
    announce,
)
from wire.errors import WireError
from wire.trust import Trusted

DAMAGED, EXPIRED, FULL = "damaged", "expired", "spool-full"
"""Reasons, as in a gap record; a refusal's is "refused-" and the gate's own."""


@dataclass(frozen=True, slots=True)
class Voids:
    """Who signs voids, under which policy, at what time.

    Attributes:
        who: the device.
        trust: the policy that is in force.
        now: signed time, seconds since the epoch.
    """

    who: Identity
    trust: Trusted
    now: int

    def put(self, change: Transaction, held: Held, reason: str) -> None:
        """Put a void in the place of one envelope.

        A gap record that is replaced leaves its loss owed: nobody knows it any more.

        Args:
            change: the spool's open transaction.
            held: the envelope that will never come.
            reason: why.
        """
        filed = held.filed
        gap = Gap(filed.records, filed.since, max(filed.since, filed.created), reason)
        octets = announce(self._header(held, gap), self.who.signing)
        change.void(held.number, octets, held.digest, filed.records)
        if filed.kind is SpoolClass.CONTROL and not held.void:
            change.owe(Owed(filed.purpose, filed.retention, None, gap.since, reason))
        if filed.kind is SpoolClass.SNAPSHOT:
            change.forget_snapshots(filed.purpose.value)
        change.note(
            "void",
            {
                "sequence": held.sequence,
                "purpose": filed.purpose.value,
                "count": gap.count,
                "since": gap.since,
                "until": gap.until,
                "reason": reason,
            },
            self.now,
        )

    def put_all(self, spool: Spool, items: Sequence[Held], reason: str) -> int:
        """Put voids in the place of some envelopes, so many at once as fit the log.

        Args:
            spool: holds them.
            items: envelopes that will never come.
            reason: why.

        Returns:
            How many.

        Raises:
            StateError: the disk refuses.
        """
        left = list(items)
        while left:
            some, octets = [left.pop(0)], 0
            while left and octets + some[-1].size <= TRIM_BYTES:
                octets += some[-1].size
                some.append(left.pop(0))
            spool.urgent(partial(self._put_some, items=some, reason=reason))
            spool.checkpoint()
        return len(items)

    def mend(self, spool: Spool) -> int:
        """Give up what is not what was put in; return how many.

        Where only what stands beside an envelope is damaged, it is written anew: the
        envelope says it too, under our own signature.

        Raises:
            StateError: the disk refuses.
        """
        gone = [held for held in spool.damaged() if not self._refiled(spool, held)]
        return self.put_all(spool, gone, DAMAGED)

    def _refiled(self, spool: Spool, held: Held) -> bool:
        octets = spool.octets_of(held.number)
        if octets is None:
            return False
        try:
            sealed, header = envelope.read(octets)
            envelope.check_signature(sealed, header, self.who.signing.public)
        except WireError:
            return False
        if not spool.is_at(held.number, (header.incarnation, header.sequence)):
            return False  # they are another envelope's

        def refile(change: Transaction) -> None:
            change.refile(held.number, octets, header)

        spool.urgent(refile)
        return True

    def expire(self, spool: Spool) -> int:
        """Give up what the retention clock has run out for; return how many.

        Raises:
            StateError: the disk refuses.
        """
        return self.put_all(spool, spool.expired(self.now), EXPIRED)

    def make_room(self, spool: Spool, octets: int) -> int:
        """Give up the oldest metrics until so many bytes of them fit; return how many.

        Raises:
            StateError: the disk refuses.
        """
        missing = octets - spool.room(SpoolClass.METRIC)
        if missing <= 0:
            return 0
        return self.put_all(spool, spool.oldest(SpoolClass.METRIC, missing), FULL)

    def _put_some(
        self, change: Transaction, items: Sequence[Held], reason: str
    ) -> None:
        for held in items:
            self.put(change, held, reason)

    def _header(self, held: Held, gap: Gap) -> Header:
        return Header(
            version=VERSION,
            kind=EnvelopeKind.VOID,
            suite=SUITE_NONE,
            tenant=self.who.tenant,
            device=self.who.device,
            purpose=held.filed.purpose,
            retention=held.filed.retention,
            key_id=NO_KEY,
            policy=self.trust.policy_digest,
            incarnation=held.incarnation,
            sequence=held.sequence,
            previous=held.previous if held.sequence > 1 else NO_PREVIOUS,
            created=self.now,
            records=0,
            bucket=self.now - self.now % BUCKET_SECONDS,
            gap=gap,
            instead=held.digest,
        )

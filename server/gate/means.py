# SPDX-License-Identifier: Apache-2.0
"""What it takes to take a shipment, whether a task does so or nobody has to wait.

Not here: the steps (`shipping.py`, `underway.py`).
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from server.figures.kept import Figures
from server.gate.asked import clock
from server.gate.commits import Commits
from server.gate.committer import Committer
from server.gate.figures import receipted
from server.gate.intake.queueing import Intake
from server.gate.judges import Judges
from server.gate.nonces import Nonces
from server.gate.protocol import Admitted, Post, Senders
from server.gate.refusing import Refusing
from server.gate.shares import Shares
from server.store.interface import StoredEnvelope, Verdict


@dataclass(frozen=True, slots=True)
class Means:
    """The parts of a gate that have to do with it.

    Attributes:
        post: the gate's own keys.
        senders: knows who may ship.
        nonces: heard so far.
        shares: who holds what.
        judges: where it is decided.
        committer: writes.
        commits: who waits for that.
        intake: where shipments wait that the store does not take.
        figures: of the gate.
        refusing: counts what is not stored.
        seconds: longest time for each part of a body to arrive.
        leaving: whether the gate is to end.
    """

    post: Post
    senders: Senders
    nonces: Nonces
    shares: Shares
    judges: Judges
    committer: Committer
    commits: Commits
    intake: Intake | None
    figures: Figures
    refusing: Refusing
    seconds: float
    leaving: Callable[[], bool]

    async def committed(self, part: Sequence[StoredEnvelope]) -> list[Verdict]:
        """Return what became of envelopes of one device, after their commit."""
        return await self.commits.wait(self.committer.submit(part))

    def receipted(
        self, admitted: Admitted, verdicts: Sequence[Verdict], began: float
    ) -> None:
        """Count a shipment that has its receipt.

        Args:
            admitted: the shipment.
            verdicts: the store's.
            began: when it was judged, monotonic seconds.
        """
        took = time.monotonic() - began
        if reasons := receipted(self.figures, admitted, verdicts, took):
            whose = admitted.manifest.tenant, admitted.manifest.device
            self.refusing.count(reasons, whose, clock())

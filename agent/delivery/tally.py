# SPDX-License-Identifier: Apache-2.0
"""Counts what the agent has cost and done while it runs.

Rules: in the resident process's memory alone; nothing is written for it.
Not here: what is made of the figures (`gathering.py`).
"""

import time
from dataclasses import dataclass, field, replace

from agent.delivery.courier import Done
from agent.figures import Figures
from agent.host.own import resident_memory
from agent.passes import Ran

_MILLISECONDS = 1_000


@dataclass(slots=True)
class Tally:
    """Counts while the agent runs.

    Attributes:
        started: when, on the monotonic clock.
        counted: sums so far, without what is measured when it is asked for.
        exchanges: those that went well.
    """

    started: float = field(default_factory=time.monotonic)
    counted: Figures = field(default_factory=Figures)
    exchanges: int = 0

    def ran(self, ran: Ran) -> None:
        """Count a pass that ended well."""
        now, sealed = self.counted, ran.report.sealed
        self.counted = replace(
            now,
            passes=now.passes + 1,
            pass_processor=round(ran.seconds * _MILLISECONDS),
            pass_memory=ran.memory,
            sealed_records=now.sealed_records + sealed.records,
            sealed_envelopes=now.sealed_envelopes + sealed.envelopes,
            withheld=now.withheld + ran.report.withheld,
        )

    def sent(self, done: Done) -> None:
        """Count what an exchange sent that went well."""
        self.exchanges += 1
        now = self.counted
        self.counted = replace(
            now,
            sent_envelopes=now.sent_envelopes + done.sent,
            sent_octets=now.sent_octets + done.octets,
        )

    def figures(self) -> Figures:
        """Return the figures of this moment."""
        return replace(
            self.counted,
            uptime=int(time.monotonic() - self.started),
            processor=round(time.process_time() * _MILLISECONDS),
            memory=resident_memory(),
        )

# SPDX-License-Identifier: Apache-2.0
"""What the agent has cost and done since it started, in numbers.

Rules: numbers only; handed to each pass's child as text, strict on the way back.
Not here: counting (`agent/delivery/tally.py`), the queue's figures
(`agent/spool/spool.py`), the dataset (`collectors/agent_metrics.py`).
"""

from dataclasses import dataclass, fields

from wire.limits import SEQUENCE

_SEPARATOR = "."


@dataclass(frozen=True, slots=True)
class Figures:
    """The agent in numbers; those of passes and shipments are sums since its start.

    Attributes:
        uptime: seconds since it started.
        processor: milliseconds of processor time of the agent's own process.
        memory: bytes that it holds now.
        passes: passes that ended well.
        pass_processor: milliseconds of processor time of the last pass.
        pass_memory: most bytes that the last pass held.
        sealed_records: records that passes sealed.
        sealed_envelopes: envelopes that they are in.
        withheld: values that redaction withheld.
        sent_envelopes: envelopes that left.
        sent_octets: their bytes.
    """

    uptime: int = 0
    processor: int = 0
    memory: int = 0
    passes: int = 0
    pass_processor: int = 0
    pass_memory: int = 0
    sealed_records: int = 0
    sealed_envelopes: int = 0
    withheld: int = 0
    sent_envelopes: int = 0
    sent_octets: int = 0

    def text(self) -> str:
        """Return the figures as an argument of a child."""
        return _SEPARATOR.join(str(getattr(self, one.name)) for one in fields(self))


def from_text(text: str) -> Figures:
    """Return the figures that `Figures.text` wrote.

    Raises:
        ValueError: it is something else.
    """
    numbers = [int(item) for item in text.split(_SEPARATOR)]
    sound = all(0 <= number <= SEQUENCE for number in numbers)
    if len(numbers) != len(fields(Figures)) or not sound:
        msg = "these are no figures"
        raise ValueError(msg)
    return Figures(*numbers)

# SPDX-License-Identifier: Apache-2.0
"""How a collector fared: itself telemetry, without any value.

Rules: "disabled by policy", "not here", "unsupported", "failed" and "none found" are
told apart; a reason is a slug.
Not here: running collectors (`pipeline.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from agent.rows import Row

OK = "ok"
NONE_FOUND = "none-found"
DISABLED = "disabled"
UNSUPPORTED = "unsupported"
NOT_HERE = "not-here"
"""The policy wants it on other networks than the one that the machine is in."""
DENIED = "denied"
FAILED = "failed"
TIMED_OUT = "timed-out"
OVER_BUDGET = "over-budget"
"""Reading was ended at its bound of processor time, bytes or memory."""
STRUCK_OUT = "struck-out"
"""It is not even tried, for trying it has ended the agent's pass."""
KILLED_THE_AGENT = "killed-the-agent"
"""Why a dataset is struck out, and why the pass that tried it had no report."""
FROM_NOW_ON = "from-now-on"
"""Why an event dataset has no rows although it was read: see `rows.START_HERE`."""

WORDS: Mapping[str, str] = {
    OK: "read",
    NONE_FOUND: "none found: the source is there, and holds none",
    DISABLED: "disabled: no purpose of the policy takes it",
    UNSUPPORTED: "unsupported: this machine or this release has no such source",
    NOT_HERE: "not here: the policy wants it on other networks than this one",
    DENIED: "denied: this account may not read it",
    FAILED: "failed: reading it went wrong",
    TIMED_OUT: "timed out: reading it took too long",
    OVER_BUDGET: "over budget: reading it took more of this machine than it may",
    STRUCK_OUT: "struck out: reading it has ended the agent's pass twice; it is tried "
    "again later, and by the next release",
}
"""What each outcome is, for a person."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One collector's run.

    Attributes:
        collector: dataset name.
        outcome: ok, none-found, disabled, not-here, unsupported, denied, failed,
            timed-out, over-budget, struck-out.
        reason: slug, empty for ok.
        duration: seconds.
        rows: rows read.
        skipped: rows the source held but that could not be parsed.
        withheld: values withheld by redaction.
        truncated: true where the row limit stopped it.
        processor: seconds of processor time, with those of programs that it ran.
        octets: bytes that it took of files, programs and logs.
    """

    collector: str
    outcome: str
    reason: str = ""
    duration: float = 0.0
    rows: int = 0
    skipped: int = 0
    withheld: int = 0
    truncated: bool = False
    processor: float = 0.0
    octets: int = 0

    def with_withheld(self, count: int) -> "Outcome":
        """Return the outcome with more withheld values."""
        return replace(self, withheld=self.withheld + count)

    def told(self) -> str:
        """Return the outcome in words, with its reason."""
        words = WORDS.get(self.outcome, self.outcome)
        if self.outcome == OK:
            words = f"{self.rows} row" + ("s" if self.rows != 1 else "")
        return f"{words} ({self.reason})" if self.reason else words

    def row(self) -> Row:
        """Return the outcome as a row of `agent_health`."""
        return Row(
            {
                "collector": self.collector,
                "outcome": self.outcome,
                "reason": self.reason or None,
                "duration": self.duration,
                "rows": self.rows,
                "skipped": self.skipped,
                "withheld": self.withheld,
                "truncated": self.truncated,
                "cpu": self.processor,
                "octets": self.octets,
            }
        )

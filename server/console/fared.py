# SPDX-License-Identifier: Apache-2.0
"""How each device's agent fared last, dataset by dataset: what it could not read.

Rules: it is telemetry: read by the reader for a purpose and a reason, in the ledger
first; outcomes and reasons are slugs, and there is no value among them.
Not here: the fleet's page (`fleet.py`), what is known without opening (`health.py`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from server.commands import printing

TABLE = "agent_health"
BAD = ("denied", "failed", "over-budget", "struck-out", "timed-out")
"""Outcomes of a dataset that a person should look at; the others are as planned."""
SQL = f"""WITH newest AS (
  SELECT device, collector, arg_max(outcome, observed) AS outcome,
    arg_max(reason, observed) AS reason
  FROM {TABLE} GROUP BY device, collector
)
SELECT DISTINCT device, '' AS collector, '' AS outcome, '' AS reason FROM newest
UNION ALL
SELECT device, collector, outcome, reason
FROM newest WHERE outcome IN ({", ".join(f"'{one}'" for one in BAD)})
ORDER BY device, collector"""  # noqa: S608 - names of this file
"""A row for each device that told anything, and one for each dataset that failed."""


class Fared(Enum):
    """How a device's agent fared when each dataset was read last."""

    ILL = "ill"
    WELL = "well"
    UNTOLD = "untold"
    """It said nothing of it in the time that was read."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A dataset that could not be read.

    Attributes:
        dataset: its name.
        slug: why: the reason, or the outcome where there is none.
    """

    dataset: str
    slug: str


@dataclass(slots=True)
class Outcomes:
    """What was read of all devices.

    Attributes:
        failures: by device, in hex; empty for one that fared well.
        beside: what is told beside the reading.
    """

    failures: dict[str, list[Failure]] = field(default_factory=dict)
    beside: Sequence[str] = ()

    def of(self, device: str) -> Fared:
        """Return how a device fared."""
        if device not in self.failures:
            return Fared.UNTOLD
        return Fared.ILL if self.failures[device] else Fared.WELL

    def slugs(self) -> list[str]:
        """Return every reason that there is, sorted."""
        every = (one.slug for failed in self.failures.values() for one in failed)
        return sorted(set(every))

    def fits(self, device: str, wanted: str) -> bool:
        """Tell whether a device fared as is looked for.

        Args:
            device: in hex.
            wanted: how, or why a dataset failed; empty for all.
        """
        how = self.of(device)
        slugs = {one.slug for one in self.failures.get(device, ())}
        return wanted in {"", how.value, *slugs}


def outcomes(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    beside: Sequence[str] = (),
) -> Outcomes:
    """Return what a reading of `SQL` says.

    Args:
        columns: names.
        rows: of them.
        beside: what is told beside the reading.
    """
    found = Outcomes(beside=beside)
    for row in rows:
        one: Mapping[str, object] = dict(zip(columns, row, strict=True))
        failed = found.failures.setdefault(str(one["device"]), [])
        if one["collector"]:
            why = str(one["reason"] or one["outcome"])
            failed.append(Failure(printing.safe(str(one["collector"])), why))
    return found

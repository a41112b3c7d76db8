# SPDX-License-Identifier: Apache-2.0
"""Why data is kept as long as it is: the statement's four criteria, as types.

Rules: each criterion carries what makes it one (a law its id and jurisdiction, a need
its owner, reason and review) and cannot be made without; a business need lapses within
a year, whatever its review says.
Not here: until when that keeps something (`keeping.py`), how a policy writes it
(`wire/policy_retention.py`), laws that ask for more (`law.py`).
Source: the privacy statement, section 6; REQUIREMENTS R1 to R6.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

from wire.policy import Criterion, RetentionClass
from wire.policy_check import DAY
from wire.policy_retention import REVIEW_DAYS


@dataclass(frozen=True, slots=True)
class PurposeNeed:
    """The purpose itself, for as long as it needs the data."""

    clause: ClassVar[str] = "6: for as long as necessary to fulfill the purposes"

    def words(self) -> str:
        """Return the criterion in a few words."""
        return "the purpose needs it"


@dataclass(frozen=True, slots=True)
class ContractDuration:
    """The contract with the client."""

    clause: ClassVar[str] = "6: the duration of our contractual relationship with you"

    def words(self) -> str:
        """Return the criterion in a few words."""
        return "the client is a client"


@dataclass(frozen=True, slots=True)
class LegalObligation:
    """A law that asks for it.

    Attributes:
        statute: its id, such as "HGB 257".
        jurisdiction: where it holds, such as "DE".
    """

    statute: str
    jurisdiction: str
    clause: ClassVar[str] = "6: our legal obligations"

    def words(self) -> str:
        """Return the criterion in a few words."""
        return f"{self.statute} ({self.jurisdiction}) asks for it"


@dataclass(frozen=True, slots=True)
class LimitationPeriod:
    """A claim that may still come: single facts and ledger entries, never a log.

    Attributes:
        statute: its id, such as "BGB 195".
        jurisdiction: where it holds.
    """

    statute: str
    jurisdiction: str
    clause: ClassVar[str] = "6: applicable statutes of limitations"

    def words(self) -> str:
        """Return the criterion in a few words."""
        return f"claims may come until {self.statute} ({self.jurisdiction}) bars them"


@dataclass(frozen=True, slots=True)
class BusinessNeed:
    """An ongoing need that somebody stands for until a day.

    Attributes:
        owner: who stands for it.
        reason: what it is needed for.
        review: first second of the last day on which it holds without being looked
            at again.
    """

    owner: str
    reason: str
    review: int
    clause: ClassVar[str] = "6: ongoing business needs"

    @property
    def lapses(self) -> int:
        """Return the first second at which it keeps nothing any more."""
        return self.review + DAY

    def words(self) -> str:
        """Return the criterion in a few words."""
        day = datetime.fromtimestamp(self.review, UTC).date().isoformat()
        return f"{self.owner} needs it until {day}: {self.reason}"


AnyCriterion = (
    PurposeNeed | ContractDuration | LegalObligation | LimitationPeriod | BusinessNeed
)


def criterion_of(kept: RetentionClass, since: int) -> AnyCriterion:
    """Return why a retention class is kept.

    Args:
        kept: the class, as a signed policy has it.
        since: when that policy was issued; a need lapses a year later at the latest.

    Returns:
        The criterion; a need that lacks its review has lapsed from the beginning.
    """
    statute, jurisdiction = kept.citation or "", kept.jurisdiction or ""
    match kept.criterion:
        case Criterion.CONTRACT:
            return ContractDuration()
        case Criterion.LEGAL_OBLIGATION:
            return LegalObligation(statute, jurisdiction)
        case Criterion.LIMITATION:
            return LimitationPeriod(statute, jurisdiction)
        case Criterion.BUSINESS_NEED:
            last = min(kept.review or 0, since + REVIEW_DAYS * DAY)
            return BusinessNeed(kept.owner or "", kept.reason or "", last)
        case None:
            return PurposeNeed()

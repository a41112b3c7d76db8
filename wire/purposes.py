# SPDX-License-Identifier: Apache-2.0
"""The eight purposes of the privacy statement, section 3, in its order.

Rules: a purpose is an enum member, never a string from outside; what a purpose may
hold is decided here and checked by the policy compiler.
Not here: what is collected for a purpose (`policies/*.toml`).
Source: DESIGN section 3; terms of W3C DPV 2.3.
"""

from dataclasses import dataclass
from enum import Enum


class Purpose(Enum):
    """Why data may exist; the value is the slug used in policies and headers."""

    PROVISION = "provision"
    SUPPORT = "support"
    ADMINISTRATION = "administration"
    COMMUNICATION = "communication"
    ACCOUNT = "account"
    SECURITY = "security"
    IMPROVEMENT = "improvement"
    COMPLIANCE = "compliance"


@dataclass(frozen=True, slots=True)
class PurposeRule:
    """What the product lets a purpose do.

    Attributes:
        title: the statement's own words for it.
        clause: clause of the statement it implements, e.g. "3.2".
        dpv: W3C Data Privacy Vocabulary term.
        collects: whether a policy may collect for it at all.
        refusal: why not, as a sentence, where `collects` is false.
        raw_identifiers: whether direct identifiers may be kept as they are.
        identifiers: whether any identifier, even a pseudonym, may be in a record.
        maximum_days: longest retention a policy may ask for.
    """

    title: str
    clause: str
    dpv: str
    collects: bool
    refusal: str
    raw_identifiers: bool
    identifiers: bool
    maximum_days: int


RULES: dict[Purpose, PurposeRule] = {
    Purpose.PROVISION: PurposeRule(
        "Service provision",
        "3.1",
        "dpv:TechnicalServiceProvision",
        collects=True,
        refusal="",
        raw_identifiers=False,
        identifiers=True,
        maximum_days=400,
    ),
    Purpose.SUPPORT: PurposeRule(
        "Support and troubleshooting",
        "3.2",
        "dpv:RepairImpairments",
        collects=True,
        refusal="",
        raw_identifiers=True,
        identifiers=True,
        maximum_days=90,
    ),
    Purpose.ADMINISTRATION: PurposeRule(
        "System administration",
        "3.3",
        "dpv:EnforceAccessControl",
        collects=True,
        refusal="",
        raw_identifiers=True,
        identifiers=True,
        maximum_days=400,
    ),
    Purpose.COMMUNICATION: PurposeRule(
        "Communication",
        "3.4",
        "dpv:CommunicationManagement",
        collects=False,
        refusal="notifications carry ids and links only, so nothing is collected "
        "for them",
        raw_identifiers=False,
        identifiers=False,
        maximum_days=0,
    ),
    Purpose.ACCOUNT: PurposeRule(
        "Account management",
        "3.5",
        "dpv:AccountManagement",
        collects=False,
        refusal="endpoint counts come from enrolments on the collector, nothing is "
        "shipped",
        raw_identifiers=False,
        identifiers=False,
        maximum_days=0,
    ),
    Purpose.SECURITY: PurposeRule(
        "Security",
        "3.6",
        "dpv:EnforceSecurity",
        collects=True,
        refusal="",
        raw_identifiers=True,
        identifiers=True,
        maximum_days=400,
    ),
    Purpose.IMPROVEMENT: PurposeRule(
        "Service improvement",
        "3.7",
        "dpv:ServiceOptimisation",
        collects=True,
        refusal="",
        raw_identifiers=False,
        identifiers=False,
        maximum_days=400,
    ),
    Purpose.COMPLIANCE: PurposeRule(
        "Legal compliance",
        "3.8",
        "dpv:LegalCompliance",
        collects=False,
        refusal="the law is a reason to keep or disclose, never a reason to collect",
        raw_identifiers=False,
        identifiers=False,
        maximum_days=0,
    ),
}

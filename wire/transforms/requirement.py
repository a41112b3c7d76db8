# SPDX-License-Identifier: Apache-2.0
"""Why a transform is not enough for a column under a purpose.

Rules: the answer is a sentence for the person who writes the policy, or None; what
a transform achieves is said in its own file.
Not here: whether the call fits the column at all (`check_call`).
"""

from wire.catalogue import Column, Sensitivity
from wire.purposes import PurposeRule
from wire.transforms import transforms
from wire.transforms.call import Call
from wire.transforms.transform import Need

_UNKNOWN = "this transform is not known"
_FREE_TEXT = "free text may hold anything: use scrub or drop"
_DIRECT = (
    "this purpose may not hold direct identifiers: use pseudonymise, "
    "shorten_address(24,48), vendor_only, mask or drop"
)
_NO_FREE_TEXT = "this purpose may hold no identifier, so no free text: use drop"
_NO_IDENTIFIER = "this purpose may hold no identifier, not even a pseudonym: use drop"
_COARSER = "this purpose needs it coarser: use bucket, shorten_address or drop"


def required(
    sensitivity: Sensitivity, purpose_rule: PurposeRule, call: Call, column: Column
) -> str | None:
    """Say why a checked call is not enough; None when it is.

    Args:
        sensitivity: how much the column says about a person.
        purpose_rule: what the product lets the purpose do.
        call: the call that a policy asks for.
        column: the column it is asked for.
    """
    transform = transforms().get(call.name)
    if transform is None:
        return _UNKNOWN
    if call.name == "drop":
        return None
    if not purpose_rule.collects:
        return purpose_rule.refusal
    reached = transform.meets_needs(call.arguments, column)
    if purpose_rule.identifiers:
        return _identified(sensitivity, reached, raw=purpose_rule.raw_identifiers)
    if sensitivity is Sensitivity.HARMLESS:
        identified = call.name == "pseudonymise" or column.identity
        return _NO_IDENTIFIER if identified else None
    return _anonymous(sensitivity, reached)


def _identified(
    sensitivity: Sensitivity, reached: frozenset[Need], *, raw: bool
) -> str | None:
    """Apply the rule of a purpose that may hold pseudonyms."""
    if sensitivity is Sensitivity.FREE_TEXT and Need.FREE_TEXT not in reached:
        return _FREE_TEXT
    if sensitivity is Sensitivity.DIRECT and Need.DIRECT not in reached and not raw:
        return _DIRECT
    return None


def _anonymous(sensitivity: Sensitivity, reached: frozenset[Need]) -> str | None:
    """Apply the rule of a purpose that may hold no identifier at all."""
    if sensitivity is Sensitivity.FREE_TEXT:
        return _NO_FREE_TEXT
    if sensitivity is Sensitivity.DIRECT:
        return None if Need.DIRECT_ANONYMOUS in reached else _NO_IDENTIFIER
    return None if Need.QUASI_ANONYMOUS in reached else _COARSER

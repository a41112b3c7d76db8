# SPDX-License-Identifier: Apache-2.0
"""Which of two transforms is stricter.

Rules: keep < everything < drop; two calls of one name meet by their arguments; a
stand-in that keeps a prefix gives way to one that keeps none; what cannot be compared
meets in drop. The meet is commutative, associative, idempotent,
and reveals no more than either.
Not here: how much a purpose needs (`requirement.py`).
"""

from wire.errors import TransformError
from wire.transforms import transforms
from wire.transforms.call import DROP, KEEP, Call

_WITHOUT_PREFIX = {
    "pseudonymise_prefix": "pseudonymise",
    "scrub_prefix": "scrub",
}
"""What hides a value as the first does, and the prefix that it keeps as well."""


def meet(first: Call, second: Call) -> Call:
    """Return the least strict call that reveals no more than either.

    Args:
        first: a checked call.
        second: a checked call for the same column.

    Raises:
        TransformError: for a name that is not known.
    """
    for call in (first, second):
        if call.name not in transforms():
            msg = "a transform of an unknown name cannot be compared"
            raise TransformError(msg)
    if second in (first, KEEP):
        return first
    if first == KEEP:
        return second
    if _WITHOUT_PREFIX.get(first.name) == second.name:
        return second
    if _WITHOUT_PREFIX.get(second.name) == first.name:
        return first
    if first.name != second.name:
        return DROP
    arguments = transforms()[first.name].meet(first.arguments, second.arguments)
    return DROP if arguments is None else Call(first.name, arguments)


def is_stricter(first: Call, second: Call) -> bool:
    """Tell whether the first call is at least as strict as the second."""
    return meet(first, second) == first

# SPDX-License-Identifier: Apache-2.0
"""Which of two transforms is stricter.

Rules: keep < everything < drop; two calls of one name meet by their arguments; what
cannot be compared meets in drop. The meet is commutative, associative, idempotent,
and reveals no more than either.
Not here: how much a purpose needs (`requirement.py`).
"""

from wire.errors import TransformError
from wire.transforms import transforms
from wire.transforms.call import DROP, KEEP, Call


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
    if first.name != second.name:
        return DROP
    arguments = transforms()[first.name].meet(first.arguments, second.arguments)
    return DROP if arguments is None else Call(first.name, arguments)


def is_stricter(first: Call, second: Call) -> bool:
    """Tell whether the first call is at least as strict as the second."""
    return meet(first, second) == first

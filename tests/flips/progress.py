# SPDX-License-Identifier: Apache-2.0
"""Tells how far a long run has come, and how to go on where it is broken off.

Not here: what is run (`__main__.py`).
"""

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
_EACH = 60.0
"""Seconds between two lines."""


def telling(name: str, found: Iterable[T], first: int, last: int) -> Iterator[T]:
    """Yield what is found, and print each minute how far it has come.

    Args:
        name: of the run.
        found: one for each piece of work.
        first: how many were done before.
        last: how many there are.
    """
    began = told = time.monotonic()
    for number, one in enumerate(found, first + 1):
        yield one
        now = time.monotonic()
        if now >= told + _EACH:
            told = now
            speed = (number - first) / (now - began)
            print(  # noqa: T201 - a program's output
                f"{name}: {number} of {last}, {speed:.1f} a second, "
                f"{(last - number) / speed / 60:.0f} min left "
                f"(goes on with {name} --from {number})",
                flush=True,
            )

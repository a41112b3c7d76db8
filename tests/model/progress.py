# SPDX-License-Identifier: Apache-2.0
"""Says on standard error how far a long run is, and about how long it goes on.

Rules: on a terminal one line that is written over, elsewhere a line for each tenth and
each minute; the figures of a run stay on standard output.
Not here: what is run (each model's own program).
"""

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")
_TENTHS, _MINUTE = 10, 60.0


def shown(found: Iterable[T], sizes: Sequence[int], what: str) -> Iterator[T]:
    """Yield results as they come, and say after each how far the run is.

    Args:
        found: the results, one for each size.
        sizes: how much each is of.
        what: is counted, in a word.
    """
    begun, done, whole = time.monotonic(), 0, sum(sizes)
    told, last = begun, 0
    terminal = sys.stderr.isatty()
    for one, size in zip(found, sizes, strict=True):
        yield one
        done += size
        tenth, now = _TENTHS * done // whole, time.monotonic()
        if terminal or tenth > last or now - told >= _MINUTE:
            left = (now - begun) / done * (whole - done)
            line = f"{done} of {whole} {what}, about {left:.0f} s left"
            sys.stderr.write(f"\r{line}   " if terminal else f"{line}\n")
            sys.stderr.flush()
            told, last = now, tenth
    if terminal:
        sys.stderr.write("\n")

# SPDX-License-Identifier: Apache-2.0
"""Names the modules of a package without importing any.

Rules: names alone, of what Python would find in a package's folders, no package; the
order is the alphabet's.
Not here: what is made of them (whoever declares one file for each thing).
Source: `pkgutil.iter_modules` says the same, and loads `inspect` for it: 1.2 MiB.
"""

import os
from collections.abc import Iterable, Iterator

_ENDS = frozenset({"py", "pyc"})
_OWN = "__init__"


def modules(path: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the modules in a package, sorted.

    Args:
        path: the package's `__path__`.
    """
    return tuple(sorted({name for place in path for name in _names(place)}))


def _names(place: str) -> Iterator[str]:
    if not os.path.isdir(place):  # noqa: PTH112 - pathlib would be loaded for it
        from pkgutil import iter_modules  # noqa: PLC0415 - it reads archives too

        yield from (found.name for found in iter_modules([place]) if not found.ispkg)
        return
    for entry in os.listdir(place):  # noqa: PTH208 - as above
        name, _, end = entry.partition(".")
        if end in _ENDS and name != _OWN:
            yield name

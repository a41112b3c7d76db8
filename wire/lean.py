# SPDX-License-Identifier: Apache-2.0
"""Leaves out what `dataclasses` and `shutil` load and our programs seldom use.

Rules: the first thing that a program imports, and all that happens as it is imported;
whoever uses such a module after all gets it, whole, at that moment, from any thread; a
module that this Python was built without is missing as ever.
Not here: what of our own is loaded late (where it is used).
Source: docs/adr/0071: 1.5 MiB of a resident process, and some 10 ms of each start.
"""

import sys
from importlib import import_module
from importlib.util import find_spec
from threading import RLock
from types import ModuleType

NAMES = {"inspect": "dis", "bz2": "_bz2", "lzma": "_lzma"}
"""Each with a module that it cannot do without. `dataclasses` asks `inspect` only for a
class without a docstring; `shutil` imports the other two to see that they are there."""
_LOCK = RLock()
"""Not held while a module is loaded: the import system has locks of its own."""


class _Later(ModuleType):
    """Stands for a module until something of it is used."""

    def __getattr__(self, name: str) -> object:
        """Load the module, put it in this one's place, and return what is asked for."""
        if name.startswith("__"):  # the import system's own look
            raise AttributeError(name)
        with _LOCK:  # another thread may have the module half loaded by now
            if sys.modules.get(self.__name__) is self:
                del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


def leave_out() -> None:
    """Put a stand-in in the place of each module that nobody has loaded yet."""
    for name, needed in NAMES.items():
        if name not in sys.modules and find_spec(needed):
            sys.modules[name] = _Later(name)


leave_out()

# SPDX-License-Identifier: Apache-2.0
"""Leaves out what `dataclasses` and `shutil` load and our programs seldom use.

Rules: the first thing that a program imports, and all that happens as it is imported;
whoever uses such a module after all gets it, whole, at that moment.
Not here: what of our own is loaded late (where it is used).
Source: docs/adr/0071: 1.5 MiB of a resident process, and some 10 ms of each start.
"""

import sys
from importlib import import_module
from types import ModuleType

NAMES = ("inspect", "bz2", "lzma")
"""`dataclasses` asks `inspect` only for a class without a docstring; `shutil` imports
the other two to see that they are there."""


class _Later(ModuleType):
    """Stands for a module until something of it is used."""

    def __getattr__(self, name: str) -> object:
        """Load the module, put it in this one's place, and return what is asked for."""
        if name.startswith("__"):  # the import system's own look
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


def leave_out() -> None:
    """Put a stand-in in the place of each module that nobody has loaded yet."""
    for name in NAMES:
        sys.modules.setdefault(name, _Later(name))


leave_out()

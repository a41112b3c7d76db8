# SPDX-License-Identifier: Apache-2.0
"""Leaves out what modules of Python load and our programs seldom use.

Rules: the first thing that a program imports, and all that happens as it is imported;
whoever uses such a module after all gets it, whole, at that moment, from any thread; a
module that this Python was built without is missing as ever.
Not here: what of our own is loaded late (where it is used), how data classes are made
(`lean_classes.py`).
Source: docs/adr/0071: 1.5 MiB of a resident process, and some 10 ms of each start.
"""

import os
import sys
import urllib
from _thread import allocate_lock
from importlib import import_module
from types import ModuleType, SimpleNamespace

NAMES = {
    "inspect": "dis",
    "bz2": "_bz2",
    "lzma": "_lzma",
    "ipaddress": "functools",
    "copy": "types",
    "base64": "binascii",
    "random": "_random",
}
"""Each with a module that it cannot do without. `dataclasses` asks `inspect` only for a
class without a docstring, and `copy` where it copies deeply; `shutil` imports the next
two to see that they are there; `urllib.parse` wants the fourth where some address
stands in brackets; `cryptography` draws by the last to factor a key of RSA."""

_DISK: dict[str, object] = {}
if sys.platform != "win32":

    def _disk_usage(path: "os.PathLike[str] | str") -> SimpleNamespace:
        """Return how full a disk is, as `shutil` tells it."""
        told = os.statvfs(path)
        total, free = told.f_blocks * told.f_frsize, told.f_bavail * told.f_frsize
        used = (told.f_blocks - told.f_bfree) * told.f_frsize
        return SimpleNamespace(total=total, used=used, free=free)

    _DISK["disk_usage"] = _disk_usage

READY: dict[str, dict[str, object]] = {
    "shutil": _DISK,
    "platform": {"python_implementation": lambda: "CPython"},
    "threading": {"Lock": allocate_lock, "_shutdown": lambda: None},
}
"""Modules of which only this much is used, and is had without them. Whoever looks at
an ill disk may not be able to read a module from it; `zstandard` asks who runs it;
`cryptography` makes a lock in a class that nobody uses; the interpreter ends what
threads it has loaded, and there are none. Whoever forks with `threading` or `random`
loaded has each child copy a hundred pages."""
_GETTEXT = "gettext"
_PARSE = "urllib.parse"
ELSEWHERE = () if sys.platform == "win32" else ("nt", "_winapi", "msvcrt", "org")
"""Modules of other systems, which `pathlib`, `subprocess` and `copy` try. To look
through all folders for each costs a millisecond and a half."""
_AS_THEY_ARE = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~/"
"""What stands in the path of a URL as it is."""
_LOCK = allocate_lock()
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
        found = getattr(import_module(self.__name__), name)
        vars(self)[name] = found  # whoever holds this one asks once
        return found


class _Untranslated(_Later):
    """Says what `argparse` says as it is: Python brings no translations of it.

    For each sentence `gettext` would look for them on the disk, with the rules of all
    languages.
    """

    @staticmethod
    def gettext(message: str) -> str:
        """Return a sentence."""
        return message

    @staticmethod
    def ngettext(one: str, more: str, number: int) -> str:
        """Return the sentence for a number of things."""
        return one if number == 1 else more


class _Unquoted(_Later):
    """Stands for `urllib.parse`, of which `pathlib` wants what makes URLs."""

    def quote_from_bytes(self, octets: bytes, safe: str = "/") -> str:
        """Return octets as they stand in a URL."""
        if safe == "/" and not octets.translate(None, _AS_THEY_ARE):
            return octets.decode("ascii")
        self.__getattr__("quote")
        from urllib.parse import quote_from_bytes  # noqa: PLC0415 - from here on itself

        return quote_from_bytes(octets, safe)


def leave_out() -> None:
    """Put a stand-in in the place of each module that nobody has loaded yet."""
    for name in ELSEWHERE:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # "is not there"
    if _GETTEXT not in sys.modules:
        sys.modules[_GETTEXT] = _Untranslated(_GETTEXT)
    if _PARSE not in sys.modules:
        sys.modules[_PARSE] = _Unquoted(_PARSE)
        vars(urllib)["parse"] = sys.modules[_PARSE]  # as its import would have it
    if sys.implementation.name == "cpython":
        for name, ready in READY.items():
            if name not in sys.modules:
                sys.modules[name] = _Later(name)
                vars(sys.modules[name]).update(ready)
    for name, needed in NAMES.items():
        if name not in sys.modules and _is_there(needed):
            sys.modules[name] = _Later(name)


def _is_there(name: str) -> bool:
    """Tell whether this Python has a module; nothing is imported to look."""
    if name in sys.modules:
        return sys.modules[name] is not None
    return any(finder.find_spec(name, None) for finder in sys.meta_path)


leave_out()
import wire.lean_classes  # noqa: E402, F401 - of what is left in

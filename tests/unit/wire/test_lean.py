# SPDX-License-Identifier: Apache-2.0
"""What stands for modules that a program mostly does not use.

Rules: a fresh interpreter, as a program starts.
Not here: what else the resident agent does not load (`test_imports.py`).
"""

import subprocess
import sys

_USED = """
import wire.lean
import sys
import dataclasses, shutil
print("dis" in sys.modules, "_bz2" in sys.modules)
from inspect import signature
import bz2, inspect
print(signature(lambda one: one), bz2.decompress(bz2.compress(b"as ever")))
print(inspect.signature is signature, sys.modules["inspect"].__file__ is not None)
"""

_PLAIN = """
import wire.lean
import sys
import argparse, copy, pathlib, subprocess
print("urlsplit" in vars(sys.modules["urllib.parse"]))
print(pathlib.Path("/a b").as_uri(), "urlsplit" in vars(sys.modules["urllib.parse"]))
print(len(vars(sys.modules["ipaddress"])) > 9)
import gettext, ipaddress
print(gettext.ngettext("a", "b", 2), gettext.NullTranslations().gettext("whole"))
print(ipaddress.ip_address("::1").is_loopback)
print("ip_address" in vars(ipaddress), len(vars(sys.modules["ipaddress"])) > 9)
try:
    import winreg, nt
except ModuleNotFoundError:
    print("of another system")
"""
_ADDRESS = """
import wire.lean
import pathlib, sys
import urllib.parse
print(urllib.parse is sys.modules["urllib.parse"], "quote" in vars(urllib.parse))
print(urllib.parse.quote("a b"), urllib.parse.__file__ is not None)
from urllib import parse
print(parse is sys.modules["urllib.parse"] is urllib.parse)
print(pathlib.Path("/ü").as_uri())
"""
_BY_TWO = """
import wire.lean
import bz2, linecache, sys
from threading import Thread
found = []
other = Thread(target=lambda: found.append(bz2.compress))
def interrupt(frame, *_):
    line = linecache.getline(frame.f_code.co_filename, frame.f_lineno)
    if line.strip().startswith("del "):
        other.start()
        other.join(0.1)
    return interrupt
sys.settrace(lambda frame, *_: "__getattr__" in str(frame.f_code) and interrupt or None)
found.append(bz2.compress)
sys.settrace(None)
other.join()
print(len(found), len(set(found)), sys.modules["bz2"].compress in found)
"""
_WITHOUT = """
import sys
sys.modules["_lzma"] = None  # as in a Python that was built without it
import wire.lean
import shutil
print([name for name, _ in shutil.get_archive_formats()])
"""


def ran(script: str) -> list[str]:
    """Return what a fresh interpreter printed."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def test_what_is_left_out_is_whole_once_it_is_used() -> None:
    """A module that was left out is loaded where something of it is asked for."""
    assert ran(_USED) == ["False False", "(one) b'as ever'", "True True"]


def test_what_reads_urls_is_whole_by_every_name() -> None:
    """Also as an attribute of its package, and whoever loads it first."""
    assert ran(_ADDRESS) == [
        "True False",
        "a%20b True",
        "True",
        "file:///%C3%BC",
    ]


def test_threads_that_use_it_at_once_share_it() -> None:
    """One that comes between the look for the stand-in and its going does no harm."""
    assert ran(_BY_TWO) == ["2 1 True"]


def test_what_this_python_lacks_is_missing() -> None:
    """Who tries an import to see what is there sees it as ever."""
    (formats,) = ran(_WITHOUT)
    assert "bztar" in formats
    assert "xztar" not in formats


def test_what_python_looks_for_in_vain_is_not_looked_for() -> None:
    """No translations, no other system's modules, no URLs where there are none."""
    assert ran(_PLAIN) == [
        "False",
        "file:///a%20b True",
        "False",
        "b whole",
        "True",
        "True True",
        "of another system",
    ]

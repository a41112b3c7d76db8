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


def test_what_is_left_out_is_whole_once_it_is_used() -> None:
    """A module that was left out is loaded where something of it is asked for."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", _USED], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [
        "False False",
        "(one) b'as ever'",
        "True True",
    ]

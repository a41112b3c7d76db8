# SPDX-License-Identifier: Apache-2.0
"""Rows of patches and calls of programs, written as short as examples need them.

Not here: the examples (`patches.py`, `apt_patches.py`).
"""

from collections.abc import Mapping

from wire.values import Value


def patch(manager: str, update: str, **more: Value) -> Mapping[str, Value]:
    """Return a row of "name current_version -> version"."""
    uid, current, _, version = update.split()
    found = {"package_manager": manager, "uid": uid, "version": version, **more}
    known = {} if current == "?" else {"current_version": current}
    return {"install_state": "pending", **found, **known}


def called(program: str, arguments: tuple[str, ...]) -> str:
    """Return a program and its arguments as an example names them."""
    return " ".join((program, *arguments))

# SPDX-License-Identifier: Apache-2.0
"""Which person of this machine runs a command, by the kernel's word.

Rules: the name is that of the real user id, never of an environment variable, so a
line of the ledger cannot be signed with somebody else's name.
Not here: which roles a person has (`server/configuration.py`).
"""

import getpass
import os
from importlib import import_module


def user_name() -> str:
    """Return the name of the user who runs this process.

    Where a user id has no name, as in a small container, it is the number.
    """
    real = getattr(os, "getuid", None)
    if real is None:
        return getpass.getuser()
    number: int = real()
    try:
        name: str = import_module("pwd").getpwuid(number).pw_name
    except KeyError:
        return str(number)
    return name

# SPDX-License-Identifier: Apache-2.0
"""Whether a text at all terminals reaches any: `wall` ends well where it reaches none.

Rules: a terminal of somebody who is signed in, and that this user may write to.
Not here: writing to it (the Host's programs).
Source: utmp(5), by psutil; wall(1) writes where the device's mode lets it.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psutil

_DEVICES = Path("/dev")


def any_reached(names: Iterable[str] | None = None, devices: Path = _DEVICES) -> bool:
    """Tell whether somebody's terminal can be written to.

    Args:
        names: terminals of who is signed in, below `devices`; None to look.
        devices: where they are.
    """
    found = _signed_in() if names is None else names
    return any(name and os.access(devices / name, os.W_OK) for name in found)


def _signed_in() -> list[str]:
    with suppress(OSError, RuntimeError):
        return [one.terminal or "" for one in psutil.users()]
    return []

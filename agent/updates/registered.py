# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from linux)
"""Which version of the agent's package Windows Installer has.

Rules: what it calls installed, and nothing else; of two that are there at once, as
after a cut, none is whole.
Not here: whether the code is of that version too (`packagers.py`).
Source: MsiEnumRelatedProducts, MsiGetProductInfo, MsiQueryProductState.
"""

import ctypes
import sys

from wire.errors import PolicyError
from wire.updates import Version, read_version

if sys.platform != "win32":
    reason = "agent.updates.registered is for Windows"
    raise ImportError(reason)

FAMILY = "{9E0B0B5B-6A0F-5B5C-9C6C-1A1F3A0B7D42}"
"""The package's UpgradeCode, which all of its versions have."""
_INSTALLED = 5
"""INSTALLSTATE_DEFAULT."""
_CODE = 39
_VERSION = 32
_MOST = 16


def registered() -> Version | None:
    """Return the version that is installed; None for none, or for several."""
    found = [_version(code) for code in _codes()]
    return found[0] if len(found) == 1 else None


def _codes() -> list[str]:
    """Return the products of the family that are installed."""
    msi = ctypes.windll.msi
    found = []
    for index in range(_MOST):
        code = ctypes.create_unicode_buffer(_CODE)
        if msi.MsiEnumRelatedProductsW(FAMILY, 0, index, code):
            break
        if msi.MsiQueryProductStateW(code.value) == _INSTALLED:
            found.append(code.value)
    return found


def _version(code: str) -> Version | None:
    text = ctypes.create_unicode_buffer(_VERSION)
    size = ctypes.c_uint(_VERSION)
    asked = (code, "VersionString", text, ctypes.byref(size))
    if ctypes.windll.msi.MsiGetProductInfoW(*asked):
        return None
    try:
        return read_version(text.value)
    except PolicyError:
        return None

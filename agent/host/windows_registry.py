# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from linux)
"""The registry of this machine, value by value.

Rules: opened for reading in the 64-bit view; texts and numbers only; an error carries a
slug, never a path or value.
Not here: which keys may be read (`windows_interface.py`).
"""

import sys
import winreg
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from agent.errors import DeniedError, HostError, NotFoundError
from agent.host.windows_interface import REGISTRY_KEYS

if sys.platform != "win32":
    reason = "agent.host.windows_registry is for Windows"
    raise ImportError(reason)

_ROOTS = {"HKLM": winreg.HKEY_LOCAL_MACHINE, "HKU": winreg.HKEY_USERS}
_ACCESS = winreg.KEY_READ | winreg.KEY_WOW64_64KEY
_TEXTS = frozenset({winreg.REG_SZ, winreg.REG_EXPAND_SZ})
_SIGNED = 1 << 63


def values(path: str, names: frozenset[str]) -> Mapping[str, str | int]:
    """Return the named values of a key that are texts or numbers.

    Raises:
        HostError: the key is not there or not ours to read.
    """
    found: dict[str, str | int] = {}
    root, rest = _parts(path)
    with _slugs(), winreg.OpenKeyEx(root, rest, 0, _ACCESS) as key:
        for name in sorted(names):
            with suppress(FileNotFoundError):
                value, kind = winreg.QueryValueEx(key, name)
                if kind in _TEXTS:
                    found[name] = str(value)
                elif isinstance(value, int) and value < _SIGNED:
                    found[name] = value
    return found


def keys(path: str) -> Sequence[str]:
    """Return the names of a key's subkeys, sorted.

    Raises:
        HostError: the key is not there or not ours to read.
    """
    root, rest = _parts(path)
    with _slugs(), winreg.OpenKeyEx(root, rest, 0, _ACCESS) as key:
        count = min(winreg.QueryInfoKey(key)[0], REGISTRY_KEYS)
        found = []
        for index in range(count):
            with suppress(OSError):  # removed since it was counted
                found.append(winreg.EnumKey(key, index))
    return sorted(found)


def _parts(path: str) -> tuple[int, str]:
    root, _, rest = path.partition("\\")
    if root not in _ROOTS:
        reason = "not-a-registry-root"
        raise HostError(reason)
    return _ROOTS[root], rest


@contextmanager
def _slugs() -> Iterator[None]:
    """Turn errors into slugs, for their causes hold paths and names."""
    try:
        yield
    except FileNotFoundError:
        reason = "not-found"
        raise NotFoundError(reason) from None
    except PermissionError:
        reason = "access-denied"
        raise DeniedError(reason) from None
    except OSError:
        reason = "read-failed"
        raise HostError(reason) from None

# SPDX-License-Identifier: Apache-2.0
"""What apt does by itself, from its settings.

Rules: pure, never raises; a later setting takes an earlier one's place, as in apt.
Stated limit: `#include` is not followed.
Not here: where the files are (`_linux/settings.py`).
Source: apt.conf(5), and apt.systemd.daily of apt 2.6 for the defaults.
"""

import re
from collections.abc import Mapping

_TOKEN = re.compile(
    r"//[^\n]*|/\*.*?(?:\*/|\Z)|(\#clear)\b|\#[^\n]*"
    r"|\"((?:[^\"\\]|\\.)*)\"|([{};])|([^\s{};\"]+)",
    re.DOTALL,
)
_FILE = re.compile(r"[A-Za-z0-9_-]+(\.conf)?\Z|[A-Za-z0-9_.-]+\.conf\Z")
_PERIODIC = "apt::periodic::"
_NESTING = 16
"""Scopes within scopes: apt's own have four."""


def is_read(name: str) -> bool:
    """Tell whether apt reads a file of that name."""
    return _FILE.match(name) is not None


def parse_apt(data: bytes) -> dict[str, str]:
    """Return settings by their whole name, in lower case; lists are left out."""
    found: dict[str, str] = {}
    scopes: list[str] = []
    words: list[str] = []
    clear = False
    for match in _TOKEN.finditer(data.decode("utf-8", "replace")):
        cleared, quoted, mark, plain = match.groups()
        clear = clear or cleared is not None
        if plain is not None:
            words.append(plain)
        elif quoted is not None:
            words.append(quoted)
        if mark is None:
            continue
        name = "::".join([*scopes, words[0].lower()]) if words else ""
        if clear and name:
            found = {k: v for k, v in found.items() if not _below(k, name)}
        elif len(words) > 1 and not name.endswith("::"):
            found[name] = words[1]
        if mark == "{" and len(scopes) < _NESTING:
            scopes.append(words[0].lower() if words else "")
        elif mark == "}":
            del scopes[-1:]
        words, clear = [], False
    return found


def _below(name: str, cleared: str) -> bool:
    return name == cleared or name.startswith(f"{cleared}::")


def automatic_updates(found: Mapping[str, str], *, installs: bool) -> str:
    """Return what apt does by itself: install, download, check, or nothing (off).

    Args:
        found: its settings, by `parse_apt`.
        installs: whether the program that installs is there.
    """

    def on(name: str, default: str = "0") -> bool:
        return found.get(_PERIODIC + name, default).strip() not in {"0", ""}

    if not on("enable", "1"):
        return "off"
    if installs and on("unattended-upgrade"):
        return "install"
    if on("download-upgradeable-packages"):
        return "download"
    return "check" if on("update-package-lists") else "off"

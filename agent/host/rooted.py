# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PTH114, PTH115 - a Path object costs more than the read
"""Paths of a recorded tree, as if its folder were the root of a machine.

Rules: no link leads out of the tree, however it is written.
Not here: reading (`linux.py`).
"""

import os

from agent.errors import HostError

_LINKS = 40
"""Links followed in one path, as the kernel does."""


def inside(root: str, path: str) -> str:
    """Resolve a path as if `root` were the file system's root."""
    parts = [part for part in reversed(path.split("/")) if part not in ("", ".")]
    current: list[str] = []
    links = 0
    while parts:
        part = parts.pop()
        if part == "..":
            del current[-1:]
            continue
        here = "/".join((root, *current, part))
        if not os.path.islink(here):
            current.append(part)
            continue
        links += 1
        if links > _LINKS:
            reason = "too-many-links"
            raise HostError(reason)
        target = os.readlink(here)
        if target.startswith("/"):
            current.clear()
        parts.extend(p for p in reversed(target.split("/")) if p not in ("", "."))
    return "/".join((root, *current)) if current else root

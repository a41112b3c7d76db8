# SPDX-License-Identifier: Apache-2.0
"""The files of the keys that sign policies, purpose keys and revocations.

Rules: a key is used only where the newest root names it; the next one waits beside
it, so that a crash between root and key leaves one that is named.
Not here: the root (`server/roots.py`), what is signed (`server/authority.py`).
"""

from pathlib import Path

from server.errors import TrustError
from server.key_files import (
    read_signing_key,
    scrub,
    sync_directory,
    write_hexadecimal,
)
from server.layout import Layout
from server.roots import Role, role_keys
from wire.crypto.signing import SigningKey
from wire.trust import Root


def make_next(layout: Layout, role: Role) -> bytes:
    """Write a role's next key beside the one in use; return its public half.

    Raises:
        StateError: it cannot be written.
    """
    beside = _beside(layout, role)
    scrub(beside)
    key = SigningKey.generate()
    write_hexadecimal(beside, key.seed())
    return key.public


def promote(layout: Layout, role: Role, root: Root) -> None:
    """Put a role's next key in the place of the one before, once the root names it.

    A crash may come in between: until this is done, `key` finds it beside.

    Args:
        layout: the installation.
        role: whose key.
        root: the newest one.
    """
    path = _path(layout, role)
    if _next(layout, role, root) is not None:
        scrub(path)
        _beside(layout, role).rename(path)
        sync_directory(path.parent)


def key(layout: Layout, role: Role, root: Root) -> SigningKey:
    """Return the key that the newest root names for a role.

    Raises:
        StateError: it cannot be read.
        TrustError: what is there is another key.
    """
    path = _path(layout, role)
    if (found := _next(layout, role, root)) is not None:
        return found
    if (found := read_signing_key(path)).public not in role_keys(root, role):
        msg = f"{path} is not the key that the root names: restore its backup"
        raise TrustError(msg)
    return found


def _next(layout: Layout, role: Role, root: Root) -> SigningKey | None:
    """Return the key beside the one in use, if the newest root names it."""
    beside = _beside(layout, role)
    if not beside.exists():
        return None
    try:
        found = read_signing_key(beside)
    except TrustError:  # a crash left a part of it, which no root can name
        return None
    return found if found.public in role_keys(root, role) else None


def _path(layout: Layout, role: Role) -> Path:
    return layout.authority / f"{role.value}.key"


def _beside(layout: Layout, role: Role) -> Path:
    return layout.authority / f"{role.value}.key.new"

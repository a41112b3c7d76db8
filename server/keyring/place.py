# SPDX-License-Identifier: Apache-2.0
"""Finds an installation's keyring.

Rules: nothing is made here.
Not here: what is in it (`keyring.py`).
"""

from server.keyring.keyring import Keyring
from server.keyring.master import MasterFiles
from server.layout import Layout


def create_keyring(layout: Layout) -> Keyring:
    """Make an installation's keyring.

    Raises:
        StateError: there is one already, or the disk refuses.
    """
    return Keyring.create(layout.keyring, MasterFiles(layout.keyring))


def open_keyring(layout: Layout) -> Keyring:
    """Return an installation's keyring.

    Raises:
        StateError: it is absent or damaged.
        TrustError: its master key is not the one that belongs to it.
    """
    return Keyring(layout.keyring, MasterFiles(layout.keyring))

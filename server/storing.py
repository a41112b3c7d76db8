# SPDX-License-Identifier: Apache-2.0
"""Which sealed store an installation has, and opening it.

Rules: without a word in config.toml it is SQLite's file in the installation's
directory.
Not here: what a store offers (`server/store`).
"""

from server import configuration
from server.layout import Layout
from server.opening import open_at
from server.processes import Process
from server.store.ending import EndingStore


def place(layout: Layout, role: Process) -> str:
    """Return the file or address of the store.

    Args:
        layout: the installation.
        role: whose process asks.

    Raises:
        InstallationError: there is no installation in this directory.
        UsageError: config.toml is damaged or says something unknown.
    """
    stored = configuration.read(layout).store
    return str(layout.store) if stored is None else stored.address_of(role)


def open_sealed(layout: Layout, role: Process) -> EndingStore:
    """Open the store of an installation.

    Raises:
        InstallationError: there is no installation in this directory.
        UsageError: config.toml or the store's address is wrong.
        StateError: the store cannot be used.
    """
    return open_at(place(layout, role), role)

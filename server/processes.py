# SPDX-License-Identifier: Apache-2.0
"""The processes that use a sealed store, and how its place is told apart.

Rules: nothing but names, so that who only reads settings loads no store.
Not here: opening a store (`server/opening.py`), what each may do
(`server/store/postgres/roles.py`).
"""

from enum import Enum

SCHEMES = ("postgresql://", "postgres://")


class Process(Enum):
    """A process, and the database role that it signs in as."""

    GATE = "discreet_gate"
    READER = "discreet_reader"
    KEEPER = "discreet_keeper"
    OFFICE = "discreet_office"
    """`serve` itself, the office and commands: devices, tokens, policies, orders."""


def is_address(place: str) -> bool:
    """Tell whether a text names a PostgreSQL store, and no file."""
    return place.startswith(SCHEMES)

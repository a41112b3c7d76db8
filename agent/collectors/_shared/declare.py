# SPDX-License-Identifier: Apache-2.0
"""Short words for declaring columns, so that a table reads as a table.

Rules: one function for each sensitivity; a direct identifier always names its class
and never defaults to keep; free text defaults to scrub or drop.
Not here: the types (`wire/catalogue.py`), any dataset.
"""

from dataclasses import replace

from wire.catalogue import Column, Sensitivity, System, ValueType

SHORT_ADDRESS = "shorten_address(24,48)"
"""Keeps the network of an IP address: /24 of IPv4, /48 of IPv6."""


def harmless(name: str, value_type: ValueType, reason: str) -> Column:
    """Declare a column that says nothing about a person."""
    return Column(name, value_type, Sensitivity.HARMLESS, reason, "keep")


def quasi(
    name: str,
    value_type: ValueType,
    reason: str,
    transform: str = "keep",
    identity: str = "",
) -> Column:
    """Declare a column that identifies in combination, or reveals behaviour."""
    return Column(
        name, value_type, Sensitivity.QUASI, reason, transform, identity=identity
    )


def direct(
    name: str,
    identity: str,
    reason: str,
    transform: str = "pseudonymise",
    value_type: ValueType = ValueType.TEXT,
) -> Column:
    """Declare a column that names a person, account, device or address."""
    return Column(
        name, value_type, Sensitivity.DIRECT, reason, transform, identity=identity
    )


def free_text(name: str, reason: str, transform: str = "scrub") -> Column:
    """Declare a column that may contain anything."""
    return Column(name, ValueType.TEXT, Sensitivity.FREE_TEXT, reason, transform)


def only_linux(column: Column) -> Column:
    """Return the column, marked as one that only Linux can fill."""
    return replace(column, systems=(System.LINUX,))


def only_windows(column: Column) -> Column:
    """Return the column, marked as one that only Windows can fill."""
    return replace(column, systems=(System.WINDOWS,))

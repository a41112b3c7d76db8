# SPDX-License-Identifier: Apache-2.0
"""Small steps that readers of WMI share: numbers as COM hands them out, absent classes.

Rules: a class that this edition or this account does not have has no rows for a reader
that can do without; time that is over ends the reader.
Not here: asking (`agent/host/windows_wmi.py`), one class's meaning (collectors).
Source: "Numbers" of the WMI scripting reference: 64 bits are texts, 32 bits have a
sign.
"""

from collections.abc import Mapping, Sequence

from agent.collectors._shared.gather import number
from agent.collectors._windows.steps import figure, words
from agent.errors import BudgetError, HostError
from agent.host.interface import Host
from agent.host.windows_classes import WmiClass
from agent.host.windows_door import windows
from agent.rows import Want
from wire.values import Value

Instances = Sequence[Mapping[str, Value]]

_WORD = 1 << 32
_LOWEST = -(1 << 31)
_LETTERS = 0xD800
"""Letters below the surrogates: makers and models have no others."""


def count(value: Value) -> int | None:
    """Return a number of WMI; None for anything else, or where it does not fit."""
    if isinstance(value, str):
        return number(value.strip())
    if isinstance(value, int) and not isinstance(value, bool) and value < 0:
        return value + _WORD if value >= _LOWEST else None
    return figure(value)


def numbers(value: Value) -> tuple[int, ...]:
    """Return a list of numbers, which the Host hands out as text."""
    found = [count(part) for part in (words(value) or "").split(",")]
    return tuple(part for part in found if part is not None)


def letters(value: Value) -> str | None:
    """Return a text that a class holds as the numbers of its letters, up to a NUL."""
    if not isinstance(value, str):
        return None
    codes = (count(part) for part in value.split(","))
    held = "".join(chr(code) for code in codes if code is not None and code < _LETTERS)
    return words(held.partition("\0")[0])


def properties(
    want: Want, columns: Mapping[str, tuple[str, ...]], *always: str
) -> frozenset[str]:
    """Return the properties that serve wanted columns, and those asked always."""
    found = {item for name, held in columns.items() if name in want for item in held}
    return frozenset(found.union(always))


def instances(host: Host, wanted: WmiClass, asked: frozenset[str]) -> Instances:
    """Return the instances of a class; none where the machine does not tell them.

    Raises:
        BudgetError: its provider did not answer in time.
    """
    try:
        return windows(host).wmi(wanted, asked)
    except BudgetError:
        raise
    except HostError:
        return ()

# SPDX-License-Identifier: Apache-2.0
"""A redacted row: the only thing that can be sealed.

Rules: a Record is made by `wire.mint` alone, and only redaction may import that
(import-linter proves it); a Record shows no value in its repr.
Not here: raw rows, which never leave the agent's memory (`agent/rows.py`).
"""

from collections.abc import Mapping

from wire.values import Value

MINT = object()
"""Proof that the caller is `wire.mint`; not exported."""


class Record:
    """A redacted row of one dataset for one purpose; immutable."""

    __slots__ = ("_values", "dataset", "purpose")

    dataset: str
    purpose: str
    _values: Mapping[str, Value]

    def __init__(
        self, proof: object, dataset: str, purpose: str, values: Mapping[str, Value]
    ) -> None:
        """Build a record; only `wire.mint` can.

        Raises:
            TypeError: when called by anything else.
        """
        if proof is not MINT:
            msg = "a Record is made by redaction only"
            raise TypeError(msg)
        object.__setattr__(self, "dataset", dataset)
        object.__setattr__(self, "purpose", purpose)
        object.__setattr__(self, "_values", values)

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse: a record never changes."""
        msg = "a Record never changes"
        raise AttributeError(msg)

    def __repr__(self) -> str:
        """Show dataset and purpose, never a value."""
        return f"<Record {self.dataset} for {self.purpose}>"

    def __reduce__(self) -> str:
        """Refuse pickling: rows travel sealed or not at all."""
        msg = "a Record cannot be pickled"
        raise TypeError(msg)

    def value(self, column: str) -> Value:
        """Return the redacted value of a column; None where there is none."""
        return self._values.get(column)

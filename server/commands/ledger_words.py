# SPDX-License-Identifier: Apache-2.0
"""What stands in a body of the ledger, in one line.

Rules: ids by their first digits, times as times; a body has no value of data, so none
is shown.
Not here: the lines themselves (`ledger.py`, the console's page).
"""

from typing import TYPE_CHECKING

from server.commands import printing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wire.cbor import Plain

ERASED = "(erased)"
TIMES = ("not_after", "until", "since", "expires")
"""Names in a body under which a number is a time."""


def words(body: "Mapping[int | str, Plain]") -> str:
    """Return names and what they say."""
    return " ".join(
        f"{name}={_word(value, is_time=name in TIMES)}" for name, value in body.items()
    )


def _word(value: "Plain", *, is_time: bool = False) -> str:
    if is_time and isinstance(value, int):
        return printing.moment(value)
    if isinstance(value, bytes):
        return printing.short(value)
    if isinstance(value, list):
        return ",".join(map(_word, value))
    if isinstance(value, dict):
        return f"({words(value)})"
    return "-" if value is None else str(value)

# SPDX-License-Identifier: Apache-2.0
"""How commands tell what is wrong with a file that a person wrote.

Rules: every problem is told, with its line; the last sentence says how many there are.
Not here: finding them (`wire/policy_toml.py`).
"""

from typing import TYPE_CHECKING

from server.commands import printing
from server.errors import UsageError

if TYPE_CHECKING:
    from wire.policy_toml import PolicySourceError


def refused(error: "PolicySourceError", *, as_json: bool) -> UsageError:
    """Print the problems and return the sentence that ends the command."""
    if as_json:
        problems = [
            {"line": item.line, "reason": item.reason} for item in error.problems
        ]
        printing.show_json({"name": None, "problems": problems})
    else:
        printing.show(*map(printing.safe, str(error).splitlines()))
    problems_are = printing.count(len(error.problems), "problem")
    return UsageError(
        f"{printing.safe(error.file)} has {problems_are}: correct and check it again"
    )

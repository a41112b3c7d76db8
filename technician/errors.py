# SPDX-License-Identifier: Apache-2.0
"""What stops `discreet-authorise`, as one sentence and a stable exit code.

Rules: the codes are those of `discreet-server` (docs/exit-codes.md).
Not here: what the formats refuse (`wire/errors.py`): always `TRUST`.
"""

USAGE, TRUST, DENIED, STATE = 2, 4, 6, 7
"""A word on the command line; what does not verify or open; who said no; a file."""


class TechnicianError(Exception):
    """Something that a person can mend.

    Attributes:
        code: the exit code.
    """

    def __init__(self, code: int, sentence: str) -> None:
        """Keep the code; the sentence says what to do."""
        super().__init__(sentence)
        self.code = code

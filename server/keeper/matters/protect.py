# SPDX-License-Identifier: Apache-2.0
"""The matter `protect`: data is given to protect rights, property or safety.

Rules: as a disclosure to an authority, with a memo in place of the letter, a review
within a year, and two people who approve, one of them counsel.
Not here: all that is the same (`disclose.py`), who approves
(`server/keeper/people.py`).
"""

from server.keeper.matters.disclose import check, do, ready

__all__ = ["check", "do", "ready"]

# SPDX-License-Identifier: Apache-2.0
"""Seeds that once found a defect of the product, each with what it was.

Rules: a seed comes here with the change that mends what it found.
Not here: playing them (`tests/fault/test_simulation.py`).
"""

KEPT: dict[int, str] = {
    187: "a gate refused a void: nothing sent it again, and no mark ever passed it",
    4046: "a gate refused a gap record: a void took its place, and its count was gone",
}
"""Seed -> what it found."""

# SPDX-License-Identifier: Apache-2.0
"""Seeds that once found a defect of the product, each with what it was.

Rules: a seed comes here with the change that mends what it found.
Not here: playing them (`tests/fault/test_simulation.py`).
"""

KEPT: dict[int, str] = {}
"""Seed -> what it found."""

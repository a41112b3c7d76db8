# SPDX-License-Identifier: Apache-2.0
"""What keeps the agent a good guest: budgets, strikes, and reading when it is cheap.

Rules: decisions are pure; what they remember survives a kill and a damaged spool.
Not here: the bounds themselves (`agent/budget.py`), measuring (`agent/host`).
"""

# SPDX-License-Identifier: Apache-2.0
"""Counts what is found by kind and rule, never a value.

Not here: counts of what is withheld (`engine.py`).
"""

from collections import Counter

Tally = Counter[tuple[str, str]]
"""How often each (kind, rule) was found; a rule is a detector or the dictionary."""
DICTIONARY = "dictionary"
"""The rule that a known identity is counted under."""

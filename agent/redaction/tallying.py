# SPDX-License-Identifier: Apache-2.0
"""Counts what is found by kind and rule, never a value.

Not here: counts of what is withheld (`engine.py`).
"""

from collections import Counter

Tally = Counter[tuple[str, str]]
"""How often each (kind, rule) was found; a rule is a detector or the dictionary."""
KNOWN = "known"
"""Names the dictionary where a rule is named."""
REPLACED = ""
"""Stands for the rule where the tags that were put in are counted."""

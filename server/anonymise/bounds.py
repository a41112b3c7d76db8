# SPDX-License-Identifier: Apache-2.0
"""The bounds of anonymising, each with its reason.

Rules: no number of anonymising stands anywhere else.
Not here: what the keeper allows in a year (`server/keeper/bounds.py`).
"""

DEVICES = 10
"""Fewest devices of a cell that is shown, and what all counts are multiples of."""
TENANTS = 3
"""Fewest tenants of a cell: with two, each knows the other's part."""
DEVICES_MOST = 50
"""Where attacks succeed, cells must be larger, up to this; then there is no release."""
COLUMNS = 3
"""By which is counted at most: cells of more are small, and none would be shown."""
ADVANTAGE = 0.01
"""By which an attack may succeed more often than without the device it is aimed at."""
TARGETS = 300
"""Devices that are attacked of a release: more are drawn from, and cost a second."""
DOMINANCE = 0.1
"""Of the largest value: all but the two largest must be as much together, else who has
the second largest knows the largest to within a tenth."""
CLOSE = 0.1
"""An estimate of a value that is off by no more is a success."""
DIGITS = 2
"""Significant digits of a mean: the third would change with one device."""

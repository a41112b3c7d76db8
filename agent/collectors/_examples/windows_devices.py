# SPDX-License-Identifier: Apache-2.0
"""Examples of the machine on Windows.

Rules: they stand beside what they show.
Not here: the reader and the examples themselves (`_windows/device.py`).
"""

from agent.collectors._windows.device import EXAMPLES

__all__ = ["EXAMPLES"]

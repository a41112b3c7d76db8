# SPDX-License-Identifier: Apache-2.0
"""Examples of Windows' event logs, which no pass loads.

Not here: the reader, beside which they lie (`_windows/events.py`).
"""

from agent.collectors._windows.events import EXAMPLES

__all__ = ["EXAMPLES"]

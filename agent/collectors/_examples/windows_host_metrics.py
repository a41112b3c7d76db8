# SPDX-License-Identifier: Apache-2.0
"""Examples of the load of Windows, which no pass loads.

Not here: the reader, beside which they lie (`_windows/load.py`).
"""

from agent.collectors._windows.load import EXAMPLES

__all__ = ["EXAMPLES"]

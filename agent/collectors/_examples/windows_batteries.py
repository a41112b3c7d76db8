# SPDX-License-Identifier: Apache-2.0
"""Examples of Windows for `batteries.py`, which stand beside what reads them."""

from agent.collectors._windows.batteries import WINDOWS_EXAMPLES as EXAMPLES

__all__ = ["EXAMPLES"]

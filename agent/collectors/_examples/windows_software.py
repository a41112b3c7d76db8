# SPDX-License-Identifier: Apache-2.0
"""Examples of Windows for `software.py`, which stand beside what reads them."""

from agent.collectors._windows.uninstall import EXAMPLES

__all__ = ["EXAMPLES"]

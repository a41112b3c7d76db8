# SPDX-License-Identifier: Apache-2.0
"""Examples of Windows for `disk_health.py`, which stand beside what reads them."""

from agent.collectors._windows.disk_health import WINDOWS_EXAMPLES as EXAMPLES

__all__ = ["EXAMPLES"]

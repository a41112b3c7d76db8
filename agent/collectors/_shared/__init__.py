# SPDX-License-Identifier: Apache-2.0
"""Steps that readers of every system share; no collectors.

Rules: pure, but for reads through the Host.
Not here: forms of one system (`_linux`, `_windows`).
"""

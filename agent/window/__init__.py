# SPDX-License-Identifier: Apache-2.0
"""The window: what anybody at the machine can look at, and answer, without rights.

Rules: it shows and lets a yes or no through; it reads nothing of the machine, opens no
network, and is no part of the resident agent.
Not here: the command line (`agent/commands/page.py`, `window.py`).
"""

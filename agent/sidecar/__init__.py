# SPDX-License-Identifier: Apache-2.0
"""What needs a raw socket: in a child of its own, which alone may import scapy.

Rules: the agent imports `seam.py` and nothing else of this folder but what that needs;
scapy is imported by `links.py`, and only in the child.
Not here: datasets (`agent/collectors`).
"""

# SPDX-License-Identifier: Apache-2.0
"""The spool: what was accepted and waits, in one database that survives.

Rules: nothing here speaks to the network or knows what a record says.
Not here: filling it (`agent/sealing.py`), emptying it (`agent/delivery/`).
"""

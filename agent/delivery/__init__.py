# SPDX-License-Identifier: Apache-2.0
"""The way to the collector: when to speak, what to send, and what to believe.

Rules: decisions are made without I/O; only what is signed is believed.
Not here: what waits (`agent/spool/`).
"""

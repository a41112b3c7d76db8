# SPDX-License-Identifier: Apache-2.0
"""What agent and collector agree on: pure values and bytes, no I/O.

Rules: nothing here opens a file or socket, reads a clock or writes a log.
Not here: reading sources (`agent`), storing and opening (`server`).
"""

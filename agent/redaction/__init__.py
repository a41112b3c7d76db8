# SPDX-License-Identifier: Apache-2.0
"""Redaction: the only way from a raw row to a record.

Rules: `engine.py` alone makes records; nothing here reads a file or a clock of its own.
Not here: the transforms themselves (`wire/transforms`).
"""

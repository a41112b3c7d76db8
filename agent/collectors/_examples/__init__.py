# SPDX-License-Identifier: Apache-2.0
"""Examples of the collectors that would be too long beside their readers.

Rules: raw input and the rows it must give; nothing else.
Not here: readers and parsers.
"""

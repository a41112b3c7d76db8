# SPDX-License-Identifier: Apache-2.0
"""Sources of Windows and their parsers, for the collectors.

Rules: pure parsers, and reads through the Host.
Not here: declarations (the collectors), other systems.
"""

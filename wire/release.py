# SPDX-License-Identifier: Apache-2.0
"""This release's version, which the build and both programs read.

Rules: semantic versioning; changes with CHANGELOG.md.
Not here: versions of messages (`wire/envelope.py`).
"""

__version__ = "0.1.0"

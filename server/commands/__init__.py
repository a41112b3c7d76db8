# SPDX-License-Identifier: Apache-2.0
"""The commands of discreet-server: one file each, with `add` and `run`.

Rules: `add` declares flags and imports nothing heavy; `run` does the work, prints for
people or with `--json` for machines, and returns the exit code.
Not here: what the commands do (`server/authority.py`, `server/install.py` ...).
"""

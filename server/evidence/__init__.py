# SPDX-License-Identifier: Apache-2.0
"""The package of evidence: what an auditor, a client or an authority is shown.

Rules: nothing in it is written by hand: each file is made of the catalogue, the signed
policy, the register, the ledger and the map of the privacy statement; no file has a
record, a name of a device or person, or what a case is about.
Not here: the signed paper (`wire/papers/evidence.py`).
"""

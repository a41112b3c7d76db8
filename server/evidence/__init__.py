# SPDX-License-Identifier: Apache-2.0
"""The package of evidence: what an auditor, a client or an authority is shown.

Rules: nothing in it is written by hand: each file is made of the catalogue, the signed
policy, the register, the ledger, the map of the privacy statement and the register of
risks; no file has a record, a name of a device or person, or what a case is about. Of
what people write, titles and owners of findings alone are in it, and they know that.
Not here: the signed paper (`wire/papers/evidence.py`).
"""

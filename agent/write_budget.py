# SPDX-License-Identifier: Apache-2.0
"""Every bound of how often the spool writes a page to the disk, with its reason.

Rules: as of `agent/budget.py`, which has all others.
Not here: what is done at a bound.
"""

from wire import limits

TOGETHER_BYTES = 256 * limits.KIB
"""Of a pass's envelopes in one transaction, and one more: a log moves at 1 MiB."""
LATER_BYTES = 16 * limits.KIB
"""Envelopes of a transaction that may stay in the log until something follows them: a
minute's metrics have 2 KiB. Of more, the disk could lack what moving them needs."""

# SPDX-License-Identifier: Apache-2.0
"""The one door through which a Record comes into being.

Rules: import-linter lets `agent.redaction` import this and nobody else.
Not here: deciding what a record may hold (`agent/redaction/engine.py`).
"""

from collections.abc import Mapping

from wire.record import MINT, Record
from wire.values import Value


def mint_record(dataset: str, purpose: str, values: Mapping[str, Value]) -> Record:
    """Make a record from values that redaction has passed.

    Args:
        dataset: declared dataset name.
        purpose: purpose slug.
        values: redacted values by column name.
    """
    return Record(MINT, dataset, purpose, values)

# SPDX-License-Identifier: Apache-2.0
"""To which countries data may go: `[transfers] countries` of config.toml.

Rules: one that is not listed needs what makes the transfer lawful, by name (GDPR,
articles 44 to 49); without a list every country needs it.
Not here: reading config.toml (`server/configuration_keeper.py`).
"""

from collections.abc import Collection

from wire.papers.recipient import Recipient


def may_go(recipient: Recipient, countries: Collection[str]) -> bool:
    """Tell whether data may go to where a recipient holds it."""
    return recipient.country in countries or recipient.transfer_tool is not None

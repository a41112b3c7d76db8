# SPDX-License-Identifier: Apache-2.0
"""What somebody asks of a kind of record, as each kind is handed it.

Rules: what decides over all is looked up once a question, and only by who needs it.
Not here: the kinds (`__init__.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass

from server.keeper.desk import Desk
from server.keeper.keeping import Facts


@dataclass(frozen=True, slots=True)
class Question:
    """A question.

    Attributes:
        desk: what the keeper works with.
        name: of the record that is meant; empty for all.
        known: returns what is so now.
        counts: whether only their number and ends are wanted, and not how much of
            devices' data each keeps.
    """

    desk: Desk
    name: str
    known: Callable[[], Facts]
    counts: bool = False

# SPDX-License-Identifier: Apache-2.0
"""Why orders of diagnostics and enrolment tokens are kept.

Rules: an order is sealed to its device and is told by its id; what it brought is with
its ticket; of a token there is a digest, and no secret.
Not here: until when an order is kept (`server/store/orders.py`), a token (`ends.py`).
"""

from collections.abc import Iterator

from server import tokens
from server.keeper import ends
from server.keeper.bounds import TOKEN_KEEP_SECONDS
from server.keeper.explaining import Group
from server.keeper.own import words
from server.keeper.own.question import Question


def order(asked: Question) -> Iterator[Group]:
    """Yield all orders: those that wait, run, were refused or are done."""
    for one in asked.desk.store.orders.fates(asked.desk.tenant):
        said = words.ORDER_OVER if one.ended else words.ORDER_WAITS
        told = "order", one.order.hex(), one.forgotten, said, words.WRITTEN_OVER
        yield words.group(*told)


def token(asked: Question) -> Iterator[Group]:
    """Yield all enrolment tokens, by what the ledger calls them."""
    for one in asked.desk.store.tokens(asked.desk.tenant):
        name = one.digest[: tokens.ID_BYTES].hex()
        told = "token", name, ends.token(one), words.TOO_LATE, words.WRITTEN_OVER
        yield words.group(*told, seconds=TOKEN_KEEP_SECONDS)

# SPDX-License-Identifier: Apache-2.0
"""What `wire` reads of what stand-ins mean.

Rules: as in `first_opener.py`, which judges all else.
Not here: what the vectors are (`families_resolved.py`).
"""

from collections.abc import Callable, Mapping

from tests.vectors.forms import bytes_of, input_of, shown
from wire.crypto.opening import OpeningKey
from wire.papers import resolve

Vector = Mapping[str, object]


def _resolve(vector: Vector) -> object:
    found = resolve.read_resolve(input_of(vector), bytes_of(vector, "public"))
    return shown(resolve.RESOLVE.plain(found))


def _answer(vector: Vector) -> resolve.Resolved:
    return resolve.verify_resolved(input_of(vector), bytes_of(vector, "digest"))


def _resolved(vector: Vector) -> object:
    return shown(resolve.RESOLVED.plain(_answer(vector)))


def _meanings(vector: Vector) -> object:
    key, question = bytes_of(vector, "opening"), bytes_of(vector, "question")
    found = resolve.open_meanings(_answer(vector), question, OpeningKey(key))
    return shown(resolve.MEANINGS.plain(found))


JUDGES: Mapping[str, Callable[[Vector], object]] = {
    "resolve": _resolve,
    "resolved": _resolved,
    "meanings": _meanings,
}

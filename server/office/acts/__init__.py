# SPDX-License-Identifier: Apache-2.0
"""What the office does when it is asked: one act for each file in this folder.

Rules: found by file name; a file has `NAME`, which is the file's name with hyphens,
`ACTION` and `PURPOSE`, by which it is decided who may, and `answer`, which yields
messages, the last one with "end".
Not here: the decision (`server/office/door.py`).
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from server.access.actions import Action
from server.access.model import Person
from server.orders.desk import Desk
from wire.purposes import Purpose

Message = dict[str, object]
Answer = Callable[[Desk, Message, Person, int], Generator[Message, None, None]]
"""Takes the desk, the question, who asks and the time, seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class Act:
    """An act of the office.

    Attributes:
        action: which the person must be allowed to do.
        purpose: for which; None where it takes none.
        answer: yields the messages.
    """

    action: Action
    purpose: Purpose | None
    answer: Answer


@cache
def acts() -> Mapping[str, Act]:
    """Return all acts by name.

    Raises:
        TypeError: a file does not offer what an act must.
    """
    return dict(_load(found.name) for found in iter_modules(__path__))


def _load(file: str) -> tuple[str, Act]:
    module = import_module(f"{__name__}.{file}")
    name: object = getattr(module, "NAME", None)
    action: Action | None = getattr(module, "ACTION", None)
    answer: Answer | None = getattr(module, "answer", None)
    if name != file.replace("_", "-") or action is None or answer is None:
        msg = (
            f"server/office/acts/{file}.py: declare NAME, the file's name, ACTION, "
            "PURPOSE and answer"
        )
        raise TypeError(msg)
    return name, Act(action, module.PURPOSE, answer)

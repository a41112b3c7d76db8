# SPDX-License-Identifier: Apache-2.0
"""What the keeper does when it is asked: one act for each file in this folder.

Rules: found by file name; a file has `NAME`, which is the file's name with hyphens, and
`answer`, which yields messages, the last one with "end"; who asks is the kernel's word,
or whose session it is (`server/keeper/by_session.py`).
Not here: what the keeper does by itself (`server/keeper/rounds`).
"""

from collections.abc import Callable, Generator, Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from server.errors import UsageError
from server.keeper.by_session import admitted
from server.keeper.desk import Desk

Message = dict[str, object]
Act = Callable[[Desk, Message, str, int], Generator[Message, None, None]]
"""Takes the desk, the question, the user who asks and the system's time."""


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
    answer: Act | None = getattr(module, "answer", None)
    if name != file.replace("_", "-") or answer is None:
        msg = f"server/keeper/acts/{file}.py: declare NAME, the file's name, and answer"
        raise TypeError(msg)
    return name, answer


def answer(
    desk: Desk, message: Message, user: str, now: int
) -> Generator[Message, None, None]:
    """Return the answers to what somebody asks.

    Args:
        desk: what the keeper works with.
        message: the question; its "act" names the act.
        user: who asks.
        now: the system's time, in seconds since the epoch.

    Raises:
        UsageError: there is no such act.
        DeniedError: it comes of a session, which may not ask it.
    """
    question = dict(message)
    name = str(question.pop("act", ""))
    act = acts().get(name)
    if act is None:
        msg = "the keeper does not know this act: restart `serve`"
        raise UsageError(msg)
    secret = question.pop("session", None)
    if secret is not None:
        question, user = admitted(desk, name, question, str(secret), now)
    return act(desk, question, user, now)

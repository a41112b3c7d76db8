# SPDX-License-Identifier: Apache-2.0
"""What people can ask the keeper for: one file for each kind of matter.

Rules: found by file name, which is the kind's with underscores; a file has `check`,
which refuses what cannot be done and tells what would be, and `do`, which may be called
again after a crash; it returns whether the case ended with it; one may have `ready`,
which refuses an approval that comes too late.
Not here: who must decide (`server/keeper/people.py`), cases
(`server/keeper/casework.py`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from server.keeper.desk import Desk
from wire.papers.decision import Decided
from wire.papers.matter import Matter, MatterKind

Counts = dict[str, int]
Check = Callable[[Desk, Matter, int], Counts]
"""Takes the desk, the matter and the time; raises ServerError for what it refuses."""
Ready = Callable[[Desk, Matter, int], None]
"""Takes the desk, the matter and the time; raises ServerError for what it refuses."""
Do = Callable[[Desk, Matter, Sequence[Decided], int], bool]
"""Takes the desk, the matter, the decisions on it and the time."""


@dataclass(frozen=True, slots=True)
class Handler:
    """What the keeper does with one kind of matter."""

    check: Check
    do: Do
    ready: Ready | None = None


def handler(kind: MatterKind) -> Handler:
    """Return what the keeper does with a kind of matter."""
    return handlers()[kind]


@cache
def handlers() -> dict[MatterKind, Handler]:
    """Return all that the keeper can be asked for.

    Raises:
        TypeError: a file does not offer what it must.
        ValueError: a file is named after no kind.
    """
    return dict(_load(found.name) for found in iter_modules(__path__))


def _load(file: str) -> tuple[MatterKind, Handler]:
    module = import_module(f"{__name__}.{file}")
    check: Check | None = getattr(module, "check", None)
    do: Do | None = getattr(module, "do", None)
    ready: Ready | None = getattr(module, "ready", None)
    if check is None or do is None:
        msg = f"server/keeper/matters/{file}.py: declare check and do"
        raise TypeError(msg)
    return MatterKind(file.replace("_", "-")), Handler(check, do, ready)

# SPDX-License-Identifier: Apache-2.0
"""What a route and a tab are, for the modules that answer them.

Rules: a route that changes something is a POST; one that is for nobody signed in has no
act; a purpose that an act takes is fixed by the route, or is what the person chose.
Not here: all of them (`routes.py`), guards (`app.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response

from server.access.actions import Action
from server.console.site import Asked, Site
from wire.purposes import Purpose

GET, POST = "GET", "POST"
Answer = Callable[[Site, Asked], Response]
For = Callable[[Asked], Purpose | None]
_DIGITS = 12
"""Of a number in an address: no page, version or entry of a ledger has more."""


def nothing(asked: Asked) -> Purpose | None:
    """Return no purpose, for an act that takes none."""
    del asked
    return None


def support(asked: Asked) -> Purpose | None:
    """Return support, for what is done for nothing else."""
    del asked
    return Purpose.SUPPORT


def chosen(asked: Asked) -> Purpose | None:
    """Return the purpose that the person chose; None where it is none."""
    named = asked.one("purpose") or asked.query.get("purpose", "")
    return next((one for one in Purpose if one.value == named), None)


def whole(text: str) -> int:
    """Return the whole number that somebody sends as text; 0 for what is none."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= _DIGITS
    return int(text) if is_number else 0


@dataclass(frozen=True, slots=True)
class Route:
    """One route.

    Attributes:
        method: of HTTP.
        path: without parameters.
        answer: what makes the answer.
        action: the act that it is; None for who need not be signed in.
        json: whether its body is JSON and no form.
        purpose: for which the act is done.
        elsewhere: whether a page of another origin may send it: for one without an act.
        costly: whether strangers who open it are slowed down, as where they send.
        gives: the type of the file that it gives; empty where it gives no file.
    """

    method: str
    path: str
    answer: Answer
    action: Action | None = None
    json: bool = False
    purpose: For = nothing
    elsewhere: bool = False
    costly: bool = False
    gives: str = ""

# SPDX-License-Identifier: Apache-2.0
"""A choice of one device of a fleet of any size: a list, or what a search finds of it.

Rules: the store looks and sorts, and only what is shown is taken out of it; a device
that was chosen before is in the list whatever is looked for.
Not here: the fleet itself (`fleet.py`), the act that tells of it
(`server/office/acts/fleet.py`).
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from server import health
from server.console.desks import Message
from server.console.site import Asked, Site
from server.desk.asking import whole_of

LISTED = 200
"""More devices than that are looked for, and not all listed."""
_ACTIVE = "active"


@dataclass(frozen=True, slots=True)
class Choice:
    """The devices that can be chosen.

    Attributes:
        devices: that are listed, by their names.
        found: how many are like what is looked for.
        sought: what is looked for; empty for nothing.
    """

    devices: tuple[Message, ...]
    found: int
    sought: str

    @property
    def searched(self) -> bool:
        """Tell whether there is something to look for, or somebody did."""
        return bool(self.sought) or self.found > LISTED


def choice(site: Site, asked: Asked, chosen: str = "") -> Choice:
    """Return the active devices that a person may choose from.

    Args:
        site: whose office is asked.
        asked: with "q" in its query, to look for.
        chosen: a device's id, which is listed too.
    """
    sought = " ".join(asked.query.get("q", "").split())[:100]
    wanted = {"q": sought, "state": _ACTIVE, "sort": "name", "most": LISTED}
    listed, end = _found(site, asked, wanted)
    if chosen and chosen not in {one["device"] for one in listed}:
        listed = [*_among(site, asked, [chosen], state=_ACTIVE), *listed]
    return Choice(tuple(listed), health.number(end, "found"), sought)


def named(site: Site, asked: Asked, devices: Collection[str]) -> Mapping[str, Message]:
    """Return those of some devices that are enrolled, by their ids."""
    every = sorted(devices)
    found: dict[str, Message] = {}
    for start in range(0, len(every), LISTED):
        some = _among(site, asked, every[start : start + LISTED])
        found |= {str(one["device"]): one for one in some}
    return found


def _among(
    site: Site, asked: Asked, devices: list[str], **wanted: object
) -> Iterator[Message]:
    hexed = [one for one in devices if _is_id(one)]
    if hexed:
        yield from _found(site, asked, {"among": hexed, "most": LISTED, **wanted})[0]


def _found(
    site: Site, asked: Asked, wanted: Mapping[str, object]
) -> tuple[list[Message], Message]:
    question = {"act": "fleet", "bare": True, **wanted}
    return whole_of(site.desks.office(asked.secret, question), "devices")


def _is_id(text: str) -> bool:
    """Tell whether a text of somebody's can be a device's id."""
    try:
        return bool(bytes.fromhex(text))
    except ValueError:
        return False

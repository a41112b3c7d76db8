# SPDX-License-Identifier: Apache-2.0
"""Names of sites and tags, and which devices a person means by them.

Rules: a name has the letters that a policy's names have, so it is safe in a file, an
address and a terminal; a device is at one site at most, and its tags are sorted.
Not here: keeping them (`server/store`), the ledger's line (`server/authority.py`).
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from server.devices import find
from server.errors import UsageError
from server.store.interface import Device, Spot
from wire import limits
from wire.policy_toml import is_slug


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which devices a person means.

    Attributes:
        names: first digits of ids, or labels; none for all that the others leave.
        site: only those of this site.
        tag: only those with this tag.
    """

    names: Sequence[str] = ()
    site: str = ""
    tag: str = ""

    @property
    def nothing(self) -> bool:
        """Tell whether nobody was named: a slip must not mean the whole fleet."""
        return not (self.names or self.site or self.tag)

    def of(self, devices: Sequence[Device]) -> list[Device]:
        """Return those of a tenant's devices that are meant, each once.

        Raises:
            UsageError: a name means none, or more than one.
        """
        named = [find(devices, name) for name in self.names] or devices
        return [
            device
            for device in dict.fromkeys(named)
            if self.site in {"", device.spot.site}
            and (not self.tag or self.tag in device.spot.tags)
        ]


def spot(site: str, tags: Iterable[str]) -> Spot:
    """Return where devices are to be.

    Args:
        site: its name; empty for none.
        tags: names, in any order.

    Raises:
        UsageError: a name is unfit, or there are too many tags.
    """
    named = tuple(sorted({*tags}))
    if site:
        _check("a site", site)
    for tag in named:
        _check("a tag", tag)
    if len(named) > limits.TAGS:
        msg = f"a device has {limits.TAGS} tags at most: take one away first"
        raise UsageError(msg)
    return Spot(site, named)


def moved(old: Spot, site: str) -> Spot:
    """Return a device's place at another site, "" for none.

    Raises:
        UsageError: the name is unfit.
    """
    return spot(site, old.tags)


def tagged(old: Spot, add: Collection[str], remove: Collection[str]) -> Spot:
    """Return a device's place with other tags.

    Raises:
        UsageError: a name is unfit, or there are too many.
    """
    return replace(old, tags=spot("", {*old.tags, *add} - {*remove}).tags)


def _check(what: str, name: str) -> None:
    if not is_slug(name) or len(name) > limits.SPOT_CHARS:
        msg = (
            f"{what} is named by up to {limits.SPOT_CHARS} small letters, digits and "
            "single dashes, such as berlin-2; it begins with a letter"
        )
        raise UsageError(msg)

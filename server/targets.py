# SPDX-License-Identifier: Apache-2.0
"""Which policy a device obeys, of those bound to a tag, a site or the tenant.

Rules: a device obeys the policy of its tag, else of its site, else of the tenant, else
the one that is published; two of its tags that both bind one are refused, never
guessed; a share of a stage has the same devices each time it is asked.
Not here: signing and keeping (`server/rollout.py`), what may be bound
(`server/within.py`).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from server.errors import UsageError
from server.spots import spot
from server.store.interface import Spot
from wire.placement import PUBLISHED

TENANT = "tenant"
SITE, TAG = "site:", "tag:"
ALL = 100
"""Of a hundred."""
_STAGE = b"discreet/1/stage\x00"


@dataclass(frozen=True, slots=True)
class Binding:
    """A policy that is bound, and the one that is to follow it.

    Attributes:
        target: "tenant", "site:NAME" or "tag:NAME".
        version: of the policy in force; 0 where the first one is only staged: the
            others obey what is bound less particularly.
        before: the version in force before it; 0 for none.
        following: version of the policy that is staged; 0 for none.
        share: how many of a hundred devices have it already.
        first: whose tag has it already, whatever the share; empty for none.
    """

    target: str
    version: int
    before: int = 0
    following: int = 0
    share: int = 0
    first: str = ""


class ConflictError(UsageError):
    """Two tags of one device bind a policy each."""

    def __init__(self, tags: tuple[str, ...]) -> None:
        """Name the tags."""
        self.tags = tags
        named = " and ".join(tags)
        super().__init__(
            f"the tags {named} of one device bind a policy each, and neither goes "
            "before the other: take one from the device (device list --tag "
            f"{tags[0]} shows which), or unbind one of them"
        )


def target(text: str) -> str:
    """Return a target that a person typed.

    Raises:
        UsageError: it is none.
    """
    for prefix in (SITE, TAG):
        name = text.removeprefix(prefix)
        if name and name != text:
            spot(name, ())  # sites and tags are named alike
            return text
    if text != TENANT:
        msg = "a policy is bound to tenant, site:NAME or tag:NAME"
        raise UsageError(msg)
    return text


def candidates(bindings: Mapping[str, Binding], where: Spot) -> list[Binding]:
    """Return the bindings that a device is under, the most particular first.

    Args:
        bindings: by target.
        where: the device's site and tags.

    Raises:
        ConflictError: two of its tags bind a policy.
    """
    tags = tuple(tag for tag in where.tags if TAG + tag in bindings)
    if len(tags) > 1:
        raise ConflictError(tags)
    names = (*(TAG + tag for tag in tags), SITE + where.site, TENANT)
    return [bindings[name] for name in names if name in bindings]


def obeyed(bindings: Mapping[str, Binding], device: bytes, where: Spot) -> int:
    """Return the version of the policy that a device obeys; 0 for the published one.

    Raises:
        ConflictError: two of its tags bind a policy.
    """
    every = candidates(bindings, where)
    versions = (version_of(binding, device, where) for binding in every)
    return next(filter(None, versions), 0)


def version_of(binding: Binding, device: bytes, where: Spot) -> int:
    """Return which version of a binding a device obeys; 0 for none of it."""
    early = binding.first in where.tags if binding.first else False
    if binding.following and (early or hundredth(binding, device) < binding.share):
        return binding.following
    return binding.version


def hundredth(binding: Binding, device: bytes) -> int:
    """Return the place of a device among a hundred, drawn anew for each version."""
    drawn = _STAGE + binding.following.to_bytes(8, "big") + device
    return int.from_bytes(hashlib.sha256(drawn).digest()[:8], "big") % ALL


def words(name: str | None) -> str:
    """Return a target of a signed policy for a person."""
    if name is None or name == PUBLISHED:
        return "published"
    return name.replace(":", " ")

# SPDX-License-Identifier: Apache-2.0
"""Decides which release this device takes, if any.

Rules: decided without I/O; only a newer release than the one that runs, of this
machine's kind, in the channel that the policy names, not above its version, and only
where this device is in the stage; one that did not work here twice is not tried again.
Not here: whether a release is trusted (`trusted.py`), the policy
(`wire/updates.py`), words for it (`words.py`).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from agent.updates.trusted import Offered
from agent.updates.words import (
    CURRENT,
    DENIED,
    NOT_IN_STAGE,
    NOTHING_OFFERED,
    STRUCK_OUT,
)
from wire.errors import PolicyError
from wire.updates import Updates, Version, in_stage, read_version


@dataclass(frozen=True, slots=True)
class Here:
    """What is known of this machine.

    Attributes:
        version: of the release that runs.
        kind: of the packages that fit it.
        device: its id.
        struck: releases that did not work here.
    """

    version: Version
    kind: str
    device: bytes
    struck: Collection[Version] = ()


def choose(
    offered: Sequence[Offered], here: Here, wanted: Updates | None
) -> Offered | str:
    """Return what to take, or the reason why nothing is.

    Args:
        offered: what the repository vouches for.
        here: this machine.
        wanted: what the policy in force says.
    """
    if wanted is None:
        return DENIED
    try:
        most = None if wanted.version is None else read_version(wanted.version)
    except PolicyError:
        return DENIED  # a version that this release cannot read
    fitting = [
        one
        for one in offered
        if one.package.kind == here.kind
        and wanted.channel in one.channels
        and (most is None or one.package.version <= most)
    ]
    if not fitting:
        return NOTHING_OFFERED
    newest = max(fitting, key=lambda one: one.package.version)
    version = newest.package.version
    if version <= here.version:
        return CURRENT
    if version in here.struck:
        return STRUCK_OUT
    return newest if in_stage(wanted.stage, version, here.device) else NOT_IN_STAGE


def way_back(offered: Sequence[Offered], here: Here) -> Offered | None:
    """Return the package of the release that runs here, to be put back if need be."""
    for one in offered:
        if one.package.kind == here.kind and one.package.version == here.version:
            return one
    return None

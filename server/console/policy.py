# SPDX-License-Identifier: Apache-2.0
"""Answers with the policy: its data map, one dataset in full, what a version changed.

Rules: everybody sees the same, a client too; it is what is signed, whatever the
collector holds; nothing is opened for it.
Not here: what the versions say (`server/office/acts/policy.py`), publishing (the
command line, by the policy's key).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from server.access.actions import Action
from server.console.desks import Message, ended, gathered
from server.console.route import GET, Route, whole
from server.console.site import Asked, Site, Tab
from server.errors import UsageError
from wire.purposes import RULES, Purpose

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60))
_MORE = frozenset({"new", "looser"})


@dataclass(frozen=True, slots=True)
class Told:
    """What the office says of a version.

    Attributes:
        head: its version, name and times, and which it is compared with.
        versions: all, the newest first.
        purposes: each with its datasets.
        changes: what it takes more or less than the one before.
        bound: which policies are bound to tenant, sites and tags, and how many devices
            obey each.
    """

    head: Message
    versions: Sequence[Message]
    purposes: Sequence[Message]
    changes: Sequence[Message]
    bound: Sequence[Message]


@dataclass(frozen=True, slots=True)
class Group:
    """What changes of one dataset for one purpose, or of a purpose as a whole."""

    purpose: str
    dataset: str
    sort: str
    changes: Sequence[Message]


def page(site: Site, asked: Asked) -> Response:
    """Show which dataset is taken for which purpose, and how long it is kept."""
    told = _told(site, asked)
    return site.page(
        asked,
        "policy",
        told=told,
        matrix=matrix(told.purposes),
        target=target,
        nothing=[one.value for one in Purpose if not RULES[one].collects],
        clauses={one.value: rule.clause for one, rule in RULES.items()},
        length=length,
    )


def dataset(site: Site, asked: Asked) -> Response:
    """Show one dataset in full: each column, and how each purpose gets it.

    Raises:
        UsageError: the policy takes nothing of such a dataset.
    """
    told = _told(site, asked)
    name = asked.query.get("dataset", "")
    found = dict(_of_dataset(told.purposes, name))
    if not found:
        msg = (
            "this policy takes nothing of a dataset of that name: choose it in the map"
        )
        raise UsageError(msg)
    return site.page(
        asked,
        "policy_dataset",
        told=told,
        name=name,
        title=next(iter(found.values()))["title"],
        found=found,
        columns=columns(found),
        left=_left(found),
        length=length,
    )


def changed(site: Site, asked: Asked) -> Response:
    """Show what a version takes more and less than another."""
    told = _told(site, asked)
    groups = grouped(told.changes)
    return site.page(
        asked,
        "policy_changes",
        told=told,
        more=[one for one in groups if one.sort in _MORE],
        other=[one for one in groups if one.sort == "other"],
        less=[one for one in groups if one.sort not in {*_MORE, "other"}],
        length=length,
    )


def matrix(
    purposes: Sequence[Message],
) -> Mapping[str, Mapping[str, Message]]:
    """Return dataset > purpose > what is taken; datasets by name."""
    found: dict[str, dict[str, Message]] = {}
    for purpose in purposes:
        for one in _list(purpose["datasets"]):
            if one["columns"]:
                row = found.setdefault(str(one["dataset"]), {})
                row[str(purpose["purpose"])] = one
    return dict(sorted(found.items()))


def columns(found: Mapping[str, Message]) -> Mapping[str, Message]:
    """Return each column of a dataset, with its transform by purpose."""
    every: dict[str, Message] = {}
    for purpose, one in found.items():
        for column in _list(one["columns"]):
            held = every.setdefault(str(column["name"]), {**column, "how": {}})
            how = held["how"]
            if isinstance(how, dict):
                how[purpose] = str(column["transform"])
    return every


def grouped(changes: Sequence[Message]) -> list[Group]:
    """Return changes of one sort, purpose and dataset together, in their order."""
    found: dict[tuple[str, str, str], list[Message]] = {}
    for one in changes:
        key = str(one["sort"]), str(one["purpose"]), str(one["dataset"])
        found.setdefault(key, []).append(one)
    return [
        Group(purpose, name, sort, tuple(those))
        for (sort, purpose, name), those in found.items()
    ]


def length(seconds: object) -> tuple[str, int]:
    """Return a length of time as its largest whole unit and their number."""
    left = int(seconds) if isinstance(seconds, int | str) and seconds else 0
    for unit, size in _UNITS:
        if left and left % size == 0:
            return unit, left // size
    return "second", left


def target(text: object) -> tuple[str, str]:
    """Return the kind of a target and the name of its site or tag."""
    kind, _, name = str(text).partition(":")
    return kind, name


def _told(site: Site, asked: Asked) -> Told:
    question = {"act": "policy"} | {
        name: whole(asked.query.get(name, "")) for name in ("version", "before")
    }
    messages = list(site.desks.office(asked.secret, question))
    return Told(
        ended(iter(messages)),
        gathered(iter(messages), "versions"),
        gathered(iter(messages), "purposes"),
        gathered(iter(messages), "changes"),
        gathered(iter(messages), "bound"),
    )


def _of_dataset(
    purposes: Sequence[Message], name: str
) -> Iterator[tuple[str, Message]]:
    for purpose in purposes:
        for one in _list(purpose["datasets"]):
            if one["dataset"] == name and one["columns"]:
                yield str(purpose["purpose"]), one


def _left(found: Mapping[str, Message]) -> list[str]:
    """Return the columns that no purpose takes."""
    lists = [{*map(str, _texts(one["left"]))} for one in found.values()]
    return sorted(set.intersection(*lists))


def _list(value: object) -> list[Message]:
    return value if isinstance(value, list) else []


def _texts(value: object) -> list[object]:
    return value if isinstance(value, list) else []


ROUTES = (
    Route(GET, "/policy", page, Action.POLICY_SEE),
    Route(GET, "/policy/dataset", dataset, Action.POLICY_SEE),
    Route(GET, "/policy/changes", changed, Action.POLICY_SEE),
)
TAB = Tab("policy", Action.POLICY_SEE)

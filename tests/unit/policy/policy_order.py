# SPDX-License-Identifier: Apache-2.0
"""Which of two policies allows more, said in words.

Rules: it reads both policies and calls nothing of narrowing, so that it can judge it.
Not here: what a purpose may take at all (`policy_oracle.py`).
"""

from ipaddress import IPv4Network

from wire.errors import TransformError
from wire.policy import DatasetRule, Policy
from wire.transforms.call import Call, parse_call
from wire.transforms.order import is_stricter


def _call(text: str) -> Call | None:
    try:
        return parse_call(text)
    except TransformError:
        return None


def _no_weaker(text: str, than: str) -> bool:
    """Tell whether a transform reveals no more than another; unknown is refused."""
    first, second = _call(text), _call(than)
    if first is None or second is None:
        return False
    try:
        return is_stricter(first, second)
    except TransformError:
        return False


def _inside(text: str, than: str) -> bool:
    """Tell whether a network is another one, or a part of it."""
    addresses, _, gateway = text.partition(" via ")
    others, _, theirs = than.partition(" via ")
    try:
        part = IPv4Network(addresses).subnet_of(IPv4Network(others))
    except ValueError:  # a message may name what is no network: nothing is in it
        return False
    return part and theirs in ("", gateway)


def _elsewhere(less: DatasetRule, more: DatasetRule) -> list[str]:
    """Say whether a dataset is read where the other rule does not read it."""
    if more.networks is None:
        return []
    if less.networks is None:
        return ["anywhere"]
    return [
        f"network {text}"
        for text in less.networks
        if not any(_inside(text, than) for than in more.networks)
    ]


def no_more_events(text: str, than: str) -> bool:
    """Tell whether the events of a name are among those of another one."""
    parts, others = text.rsplit("/", 1), than.rsplit("/", 1)
    if len(parts) != 2 or len(others) != 2:
        return False  # a message may name what is no event: nothing is in it
    return all(
        theirs in ("*", mine) for mine, theirs in zip(parts, others, strict=True)
    )


def _other_events(less: DatasetRule, more: DatasetRule) -> list[str]:
    """Say whether events are read that the other rule does not read."""
    if more.events is None:
        return []
    if less.events is None:
        return ["all events"]
    return [
        f"events {text}"
        for text in less.events
        if not any(no_more_events(text, than) for than in more.events)
    ]


def _more_of_dataset(less: DatasetRule, more: DatasetRule) -> list[str]:
    often, seldom = (item.every or 1 << 62 for item in (less, more))
    found = ["a shorter interval"] if often < seldom else []
    found += _elsewhere(less, more)
    found += _other_events(less, more)
    for rule in less.columns:
        theirs = [item for item in more.columns if item.column == rule.column]
        if not theirs:
            found.append(f"column {rule.column}")
        found += [
            f"{rule.transform} for {item.transform}"
            for item in theirs
            if not _no_weaker(rule.transform, item.transform)
        ]
    return found


def more(less: Policy, than: Policy) -> list[str]:
    """Say in words what the first policy has that the second has not."""
    found: list[str] = []
    for rules in less.purposes:
        theirs = than.rules(rules.purpose)
        if theirs is None:
            return [*found, f"purpose {rules.purpose.value}"]
        if not {*rules.readers} <= {*theirs.readers}:
            found.append("a reader")
        if not {*rules.recipients} <= {*theirs.recipients}:
            found.append("a recipient")
        datasets = {item.dataset: item for item in theirs.datasets}
        for rule in rules.datasets:
            other = datasets.get(rule.dataset)
            if other is None:
                found.append(f"dataset {rule.dataset}")
                continue
            found += _more_of_dataset(rule, other)
            age = rules.maximum_age(rule.retention)
            most = theirs.maximum_age(other.retention)
            if age is None or most is None or age > most:
                found.append("a longer age")
    return found

# SPDX-License-Identifier: Apache-2.0
"""What a compiled policy must never allow, read from the requirements once more.

Rules: nothing of the compiler, of its checks or of `meets_needs` is called: the
bounds stand here a second time, as literals, so that a slip there shows here.
Not here: what is allowed compared with another policy (`policy_order.py`).
Source: REQUIREMENTS 1.1, 2.2 to 2.6, P1 to P8, R1; DESIGN section 3.
"""

from collections.abc import Iterator

from wire.catalogue import Catalogue, Column, Dataset
from wire.policy import DatasetRule, Policy, PurposeRules
from wire.transforms.call import Call, parse_call

DAY = 86_400
MOST_DAYS = {
    "provision": 400,
    "support": 90,
    "administration": 400,
    "security": 400,
    "improvement": 400,
}
"""The purposes that may collect, and the longest that each may keep."""
STAND_INS = {"pseudonymise", "pseudonymise_prefix"}
SCRUBS = {"scrub", "scrub_prefix"}


def _hides(call: Call) -> bool:
    return call == Call("mask")


def _shares(column: Column, call: Call) -> bool:
    """Tell whether only a network or a maker is left of an address."""
    if call.name == "shorten_address":
        return call.arguments[0] <= 24 and call.arguments[1] <= 48
    return call.name == "vendor_only" and column.identity == "mac"


def _stands_in(column: Column, call: Call) -> bool:
    return _hides(call) or _shares(column, call) or call.name in STAND_INS


def _anonymous(column: Column, call: Call) -> bool:
    """Tell whether nobody is in it: service improvement."""
    if column.sensitivity.value == "F":
        return False
    if column.sensitivity.value == "D":
        return call.name == "vendor_only" and column.identity == "mac"
    if column.sensitivity.value == "H":
        return not column.identity and call.name not in STAND_INS
    if call.name == "bucket":
        hour = column.type.value == "timestamp"
        return call.arguments[0] >= (3600 if hour else 2)
    top = column.identity == "path" and call == Call("shorten_path", (1,))
    return _hides(call) or _shares(column, call) or top


def _sign_in(column: Column, call: Call) -> bool:
    """Tell whether a sign-in shows neither who nor exactly when."""
    if column.type.value == "timestamp":
        return call.name == "bucket" and call.arguments[0] >= 900
    return column.sensitivity.value != "D" or _stands_in(column, call)


def _place(purpose: str, dataset: Dataset) -> bool:
    """Tell whether a purpose may take anything of a dataset."""
    snapshot = dataset.kind.value == "snapshot"
    if dataset.kind.value == "diagnostic":
        return purpose == "support"
    if dataset.name in ("logins", "sessions"):
        return purpose == "security" or (purpose == "administration" and snapshot)
    return purpose != "administration" or snapshot


def _address(purpose: str, column: Column, call: Call) -> bool:
    whole = purpose in {"support", "security"} or column.identity not in {"ip", "mac"}
    return whole or _stands_in(column, call)


def _direct(purpose: str, column: Column, call: Call) -> bool:
    if column.sensitivity.value != "D" or purpose != "provision":
        return True
    home = column.identity == "home" and call.name == "shorten_path"
    return home or _stands_in(column, call)


def _free_text(column: Column, call: Call) -> bool:
    safe = _hides(call) or call.name in {*SCRUBS, "truncate", "shorten_path"}
    return column.sensitivity.value != "F" or safe


def enough(purpose: str, dataset: Dataset, column: Column, call: Call) -> bool:
    """Tell whether a purpose may take a column with a transform."""
    known = purpose in MOST_DAYS and _place(purpose, dataset)
    if not known or column.identity == "person":
        return False
    if purpose == "improvement":
        return _anonymous(column, call)
    outside = dataset.name in ("logins", "sessions") and purpose != "security"
    return (
        _free_text(column, call)
        and _address(purpose, column, call)
        and _direct(purpose, column, call)
        and (not outside or _sign_in(column, call))
    )


def widened(policy: Policy, catalogue: Catalogue) -> list[str]:
    """Say in words what a policy allows that none may."""
    slugs = [rules.purpose.value for rules in policy.purposes]
    found = [] if slugs and slugs == sorted(set(slugs)) else ["purposes"]
    for rules in policy.purposes:
        found += _purpose(rules, catalogue)
    return found


def _purpose(rules: PurposeRules, catalogue: Catalogue) -> Iterator[str]:
    slug = rules.purpose.value
    if slug not in MOST_DAYS:
        yield f"{slug} collects"
        return
    if not rules.readers or not rules.basis:
        yield f"{slug} has no reader or basis"
    if slug == "improvement" and (rules.readers, rules.recipients) != (
        ("aggregator",),
        (),
    ):
        yield "improvement is read by a person or shared"
    used = sorted({item.retention for item in rules.datasets})
    if used != [item.name for item in rules.retention]:
        yield f"{slug} has an unused or undeclared retention class"
    for item in rules.retention:
        if not DAY <= item.maximum_age <= MOST_DAYS[slug] * DAY:
            yield f"{slug} keeps for {item.maximum_age} seconds"
    for rule in rules.datasets:
        yield from _dataset(slug, rule, catalogue)


def _on_site(rule: DatasetRule) -> bool:
    """Tell whether what tells of a place is read on named networks only."""
    if rule.networks == ():
        return False
    if rule.dataset == "discovered_hosts":
        return all(" via " in text for text in rule.networks or ("anywhere",))
    places = {"link_neighbours", "network_neighbours"}
    return rule.dataset not in places or rule.networks is not None


def _named(rule: DatasetRule) -> bool:
    """Tell whether the text of events is read of named ones only."""
    made_of_text = {
        "event_logs": ("message",),
        "event_templates": ("template", "template.id"),
        "log_slice": ("message",),
        "service_state": ("message",),
    }.get(rule.dataset)
    if made_of_text is None:
        return rule.events is None
    text = any(item.column in made_of_text for item in rule.columns)
    return rule.events != () and (rule.events is not None or not text)


def _dataset(slug: str, rule: DatasetRule, catalogue: Catalogue) -> Iterator[str]:
    dataset = catalogue.datasets.get(rule.dataset)
    if dataset is None:
        yield f"{slug} takes {rule.dataset}, which is not declared"
        return
    on_request = dataset.kind.value == "diagnostic"
    if on_request is not (rule.every is None):
        yield f"{slug} reads {rule.dataset} in another way than declared"
    if rule.every is not None and not 60 <= rule.every <= 30 * DAY:
        yield f"{slug} reads every {rule.every} seconds"
    if not _on_site(rule):
        yield f"{slug} reads {rule.dataset} on networks that nobody named"
    if not _named(rule):
        yield f"{slug} reads text of {rule.dataset} that nobody named"
    names = [item.column for item in rule.columns]
    if not names or names != sorted(set(names)):
        yield f"{slug} has a dataset without columns, or a column twice"
    for item in rule.columns:
        column = dataset.column(item.column)
        if column is None:
            yield f"{slug} takes {item.column}, which is not declared"
        elif not enough(slug, dataset, column, parse_call(item.transform)):
            yield f"{slug} takes {rule.dataset}.{item.column} as {item.transform}"

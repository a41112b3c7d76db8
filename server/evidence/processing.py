# SPDX-License-Identifier: Apache-2.0
"""The record of processing (GDPR, Art. 30), made of what the collector really does.

Rules: purposes, data, times and readers come from the signed policy and the catalogue,
recipients and transfers from the register, measures from the map of the privacy
statement; who answers comes from `[controller]` of config.toml, and what is not
written there is told as lacking. Nothing is written by hand, so nothing is out of date.
Not here: processing that this product has no part in.
Source: Art. 30(1) for a controller, Art. 30(2) for a processor.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from policies.clauses import Map
from server.configuration import Configuration
from server.evidence.data_map import collected
from wire.catalogue import Catalogue, Sensitivity
from wire.policy import PolicyStatement, PurposeRules
from wire.policy_check import DAY
from wire.purposes import RULES

LACKING = "not told: write it under [controller] in config.toml"
_PERSON = "user"
"""The class of identity that is a person's."""
_MEASURES = ("M", "D")
"""Rows of the map about security and deletion."""
_OF_PEOPLE = frozenset({Sensitivity.DIRECT, Sensitivity.QUASI, Sensitivity.FREE_TEXT})
Plain = dict[str, object]


def record(
    settings: Configuration,
    statement: PolicyStatement,
    catalogue: Catalogue,
    recipients: Sequence[Plain],
    found: Map,
) -> Plain:
    """Return the record of processing.

    Args:
        settings: config.toml.
        statement: the policy in force.
        catalogue: what the policy's datasets are.
        recipients: of the register, as `sharing.recipients` tells them.
        found: the map of the privacy statement.
    """
    own = settings.controller
    who = {
        "name": own.name or LACKING,
        "contact": own.contact or LACKING,
        "data protection officer": own.officer or LACKING,
    }
    acts = [
        _purpose(rules, catalogue, recipients) for rules in statement.policy.purposes
    ]
    measures = [
        f"{name} {item.title}"
        for name, item in sorted(found.requirements.items())
        if name.startswith(_MEASURES) and item.tests and not item.lacks
    ]
    transfers = [one for one in recipients if one["transfer tool"] is not None]
    tail: Plain = {
        "transfers to third countries": [
            {
                "recipient": one["name"],
                "country": one["country"],
                "safeguard": one["transfer tool"],
            }
            for one in transfers
        ],
        "security measures": measures,
    }
    if own.processor:
        return {
            "article": "30(2)",
            "processor": who,
            "on behalf of": settings.title,
            "categories of processing": acts,
            **tail,
        }
    return {
        "article": "30(1)",
        "controller": who,
        "client": settings.title,
        "purposes": acts,
        **tail,
    }


def acts_of(record: Mapping[str, Any]) -> Sequence[Any]:
    """Return what is processed, of a controller's record or of a processor's."""
    name = "purposes" if "purposes" in record else "categories of processing"
    found: Sequence[Any] = record[name]
    return found


def _purpose(
    rules: PurposeRules, catalogue: Catalogue, recipients: Iterable[Plain]
) -> Plain:
    own = RULES[rules.purpose]
    data: dict[str, Plain] = {}
    people: set[str] = set()
    for rule, dataset in collected(rules, catalogue):
        columns = {one.name: one for one in dataset.columns}
        kept = [columns[one.column] for one in rule.columns if one.transform != "drop"]
        about = sorted(
            {
                one.sensitivity.name.lower().replace("_", " ")
                for one in kept
                if one.sensitivity in _OF_PEOPLE
            }
        )
        if any(one.identity == _PERSON for one in kept):
            people.add("people who have an account on the client's machines")
        if about:
            people.add("people who use the client's machines")
        data[dataset.name] = {
            "title": dataset.title,
            "columns": len(kept),
            "personal": about,
            "erased after": _erased(rules, rule.retention),
        }
    allowed = [one["name"] for one in recipients if rules.purpose.value in _listed(one)]
    return {
        "purpose": own.title,
        "clause": own.clause,
        "term": own.dpv,
        "basis": rules.basis,
        "data subjects": sorted(people),
        "categories of data": data,
        "readers": list(rules.readers),
        "categories of recipients": list(rules.recipients),
        "recipients": allowed,
    }


def _listed(recipient: Mapping[str, object]) -> Sequence[str]:
    purposes = recipient["purposes"]
    return purposes if isinstance(purposes, list) else ()


def _erased(rules: PurposeRules, name: str) -> Plain:
    """Return the time limit of a retention class, with the reason that it has."""
    kept = rules.kept(name)
    if kept is None:
        return {}
    told = {
        "class": kept.name,
        "days": kept.maximum_age // DAY,
        "criterion": None if kept.criterion is None else kept.criterion.value,
        "citation": kept.citation,
        "jurisdiction": kept.jurisdiction,
        "owner": kept.owner,
        "reason": kept.reason,
        "review": kept.review,
    }
    return {word: value for word, value in told.items() if value is not None}

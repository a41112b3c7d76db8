# SPDX-License-Identifier: Apache-2.0
"""Policies refused for their terms: basis, readers, retention, interval.

Rules: the answer is whole, so that a message that gets vaguer or leaks is noticed.
Not here: the other refusals (`refusal_columns.py`, `refusal_form.py`), the tests.
"""

from refusal_cases import ASKED, SITE, TWO, Refusal

REFUSALS = (
    Refusal(
        "basis-missing",
        'instruction = "service agreement"\n',
        "",
        4,
        "lawful_basis or instruction is missing: say what allows it",
    ),
    Refusal(
        "basis-twice",
        "readers =",
        'lawful_basis = "GDPR 6(1)(b)"\nreaders =',
        6,
        "either lawful_basis or instruction, not both",
    ),
    Refusal(
        "basis-empty",
        '"service agreement"',
        '" "',
        5,
        "instruction must be a line of text",
    ),
    Refusal(
        "basis-too-long",
        '"service agreement"',
        '"' + "x" * 505 + '"',
        5,
        "instruction is too long",
    ),
    Refusal(
        "readers-missing",
        'readers = ["technician"]\n',
        "",
        4,
        'readers is missing: write readers = ["..."]',
    ),
    Refusal(
        "readers-empty",
        '["technician"]',
        "[]",
        6,
        "readers is empty: what nobody reads is not collected",
    ),
    Refusal(
        "readers-a-text",
        '["technician"]',
        '"technician"',
        6,
        "readers must be a list of texts",
    ),
    Refusal(
        "reader-not-a-name",
        '["technician"]',
        '["Amelie Example"]',
        6,
        "'Amelie Example' is no name: use lower-case words joined by -",
    ),
    Refusal(
        "reader-twice",
        '["technician"]',
        '["technician", "technician"]',
        6,
        "'technician' is there twice",
    ),
    Refusal(
        "retention-missing",
        '[purpose.support.retention.tickets]\nkeep = "30d"\n',
        "",
        4,
        "retention is missing: say how long it is kept",
        also=(
            "policy.toml:10: unknown retention 'tickets'; declare it for this purpose",
        ),
    ),
    Refusal(
        "retention-undeclared",
        'retention = "tickets"\nevery = "15m"',
        'retention = "archive"\nevery = "15m"',
        12,
        "unknown retention 'archive'; declare it for this purpose",
        TWO,
    ),
    Refusal(
        "retention-undeclared-twice",
        'retention = "tickets"',
        'retention = "archive"',
        12,
        "unknown retention 'archive'; declare it for this purpose",
        good=TWO,
        also=(
            "policy.toml:8: no dataset is kept by this: remove it",
            "policy.toml:21: unknown retention 'archive'; declare it for this purpose",
        ),
    ),
    Refusal(
        "retention-not-named",
        'retention = "tickets"\nevery = "15m"',
        'every = "15m"',
        11,
        'retention is missing: write retention = "..."',
        TWO,
    ),
    Refusal(
        "retention-unused",
        "[purpose.support.dataset.event_logs]",
        (
            "[purpose.support.retention.spare]\n"
            'keep = "7d"\n'
            "[purpose.support.dataset.event_logs]"
        ),
        11,
        "no dataset is kept by this: remove it",
    ),
    Refusal(
        "retention-name",
        "[purpose.support.retention.tickets]",
        (
            '[purpose.support.retention."For Ever"]\n'
            'keep = "7d"\n'
            "[purpose.support.retention.tickets]"
        ),
        8,
        "'For Ever' is no name: use lower-case words joined by -",
        also=("policy.toml:8: no dataset is kept by this: remove it",),
    ),
    Refusal(
        "keep-missing", 'keep = "30d"\n', "", 8, 'keep is missing: write keep = "..."'
    ),
    Refusal(
        "keep-without-end",
        '"30d"',
        '"as long as needed"',
        9,
        'keep must be a time such as "15m", "6h" or "30d"',
    ),
    Refusal("keep-too-long", '"30d"', '"91d"', 9, "support may keep at most 90d"),
    Refusal(
        "keep-too-short", '"30d"', '"12h"', 9, "keep at least 1d: a key lives a day"
    ),
    Refusal("keep-a-number", '"30d"', "30", 9, "keep must be a line of text"),
    Refusal(
        "criterion-vague",
        'keep = "30d"',
        'keep = "30d"\ncriterion = "ongoing"',
        10,
        "unknown criterion; use one of purpose, contract, "
        "legal-obligation, business-need",
    ),
    Refusal(
        "business-need-open",
        'keep = "30d"',
        'keep = "30d"\ncriterion = "business-need"',
        8,
        "business-need alone is open-ended: add owner, reason, review",
    ),
    Refusal(
        "business-need-past",
        'keep = "30d"',
        (
            'keep = "30d"\n'
            'criterion = "business-need"\n'
            'owner = "head of support"\n'
            'reason = "slow vendor"\n'
            "review = 2026-01-01"
        ),
        13,
        "review must lie ahead, within a year",
    ),
    Refusal(
        "business-need-far",
        'keep = "30d"',
        (
            'keep = "30d"\n'
            'criterion = "business-need"\n'
            'owner = "head of support"\n'
            'reason = "slow vendor"\n'
            "review = 2029-01-01"
        ),
        13,
        "review must lie ahead, within a year",
    ),
    Refusal(
        "business-need-no-day",
        'keep = "30d"',
        (
            'keep = "30d"\n'
            'criterion = "business-need"\n'
            'owner = "head of support"\n'
            'reason = "slow vendor"\n'
            'review = "when done"'
        ),
        13,
        "review must be a day, such as 2026-12-31",
    ),
    Refusal(
        "legal-without-citation",
        'keep = "30d"',
        'keep = "30d"\ncriterion = "legal-obligation"',
        8,
        "legal-obligation alone is open-ended: add citation, jurisdiction",
    ),
    Refusal(
        "legal-in-words",
        'keep = "30d"',
        (
            'keep = "30d"\n'
            'criterion = "legal-obligation"\n'
            'citation = "HGB 257"\n'
            'jurisdiction = "Germany"'
        ),
        12,
        'jurisdiction must be a country, such as "DE"',
    ),
    Refusal(
        "kept-for-a-claim",
        'keep = "30d"',
        (
            'keep = "30d"\n'
            'criterion = "limitation"\n'
            'citation = "BGB 195"\n'
            'jurisdiction = "DE"'
        ),
        10,
        "what devices send is not kept for a claim that may come: entries of the "
        "ledger are, by a law pack; use a hold when there is a claim",
    ),
    Refusal(
        "every-missing",
        'every = "15m"\n',
        "",
        11,
        'every is missing: write every = "..."',
    ),
    Refusal("every-too-often", '"15m"', '"5s"', 13, "every must be from 1m to 30d"),
    Refusal("every-too-rare", '"15m"', '"31d"', 13, "every must be from 1m to 30d"),
    Refusal(
        "every-no-time",
        '"15m"',
        '"hourly"',
        13,
        'every must be a time such as "15m", "6h" or "30d"',
    ),
    Refusal(
        "every-of-a-diagnostic",
        '"tickets"\n[purpose.support.dataset.interface_state.columns]',
        '"tickets"\nevery = "6h"\n[purpose.support.dataset.interface_state.columns]',
        22,
        "a diagnostic is read on request only: remove every",
        good=ASKED,
    ),
    Refusal(
        "networks-of-a-diagnostic",
        '"tickets"\n[purpose.support.dataset.interface_state.columns]',
        '"tickets"\nonly_on_networks = ["10.1.0.0/24"]\n'
        "[purpose.support.dataset.interface_state.columns]",
        22,
        "a diagnostic runs where the machine is asked: remove only_on_networks",
        good=ASKED,
    ),
    Refusal(
        "diagnostic-for-security",
        "purpose.support",
        "purpose.security",
        20,
        "a diagnostic answers a ticket: use support",
        good=ASKED,
    ),
    Refusal(
        "network-of-a-machine",
        'every = "6h"',
        'every = "6h"\nonly_on_networks = ["10.1.0.0/24",\n"10.1.0.7/24"]',
        24,
        "'10.1.0.7/24': an address of a machine, not of a network: its last bits "
        "must be 0",
        good=TWO,
    ),
    Refusal(
        "network-of-half-the-world",
        'every = "6h"',
        'every = "6h"\nonly_on_networks = ["0.0.0.0/0"]',
        23,
        "'0.0.0.0/0': not a network of machines of /8 or smaller",
        good=TWO,
    ),
    Refusal(
        "network-not-understood",
        'every = "6h"',
        'every = "6h"\nonly_on_networks = ["office"]',
        23,
        "'office': write \"10.1.0.0/24\" or "
        '"10.1.0.0/24 via 00:11:22:33:44:55", in lower case',
        good=TWO,
    ),
    Refusal(
        "networks-empty",
        'every = "6h"',
        'every = "6h"\nonly_on_networks = []',
        23,
        "only_on_networks is empty: name one or remove the dataset",
        good=TWO,
    ),
    Refusal(
        "networks-a-text",
        'every = "6h"',
        'every = "6h"\nonly_on_networks = "10.1.0.0/24"',
        23,
        "only_on_networks must be a list of texts",
        good=TWO,
    ),
    Refusal(
        "networks-for-events",
        'every = "15m"',
        'every = "15m"\nonly_on_networks = ["10.1.0.0/24"]',
        14,
        "events are read from where the last pass stopped, also those of other "
        "places: remove only_on_networks",
    ),
    Refusal(
        "place-without-networks",
        'only_on_networks = ["10.1.0.0/24 via 00:11:22:33:44:55"]\n',
        "",
        20,
        "it tells of a place, and so is read on named networks only: write "
        'only_on_networks = ["10.1.0.0/24 via 00:11:22:33:44:55"]',
        good=SITE,
    ),
    Refusal(
        "scan-without-gateway",
        " via 00:11:22:33:44:55",
        "",
        23,
        "it asks other machines: name the gateway as well, for many homes have the "
        'same addresses: write "10.1.0.0/24 via 00:11:22:33:44:55"',
        good=SITE,
    ),
    Refusal(
        "events-unnamed",
        'only_events = ["sshd/*", "kernel/*"]\n',
        "",
        11,
        "the text of events is read of named ones only: write "
        'only_events = ["System/7036", "sshd/*"], or ["*/*"] for all',
    ),
    Refusal(
        "events-not-understood",
        '"kernel/*"]',
        '"kernel/*",\n"kernel"]',
        15,
        '\'kernel\': write LOG/ID or PROGRAM/ID, such as "System/7036", "sshd/*" or '
        '"*/*"; an id is a number or 32 hexadecimal digits',
    ),
    Refusal(
        "events-empty",
        '["sshd/*", "kernel/*"]',
        "[]",
        14,
        "only_events is empty: name one or remove the dataset",
    ),
    Refusal(
        "events-a-text",
        '["sshd/*", "kernel/*"]',
        '"*/*"',
        14,
        "only_events must be a list of texts",
    ),
    Refusal(
        "events-twice",
        '"kernel/*"]',
        '"sshd/*"]',
        14,
        "'sshd/*' is there twice",
    ),
    Refusal(
        "events-of-no-events",
        'every = "6h"',
        'every = "6h"\nonly_events = ["*/*"]',
        23,
        "it has no events with a text to choose from: remove only_events",
        good=TWO,
    ),
)

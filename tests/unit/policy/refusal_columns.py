# SPDX-License-Identifier: Apache-2.0
"""Policies refused for what they take: purposes, columns, transforms.

Rules: the answer is whole, so that a message that gets vaguer or leaks is noticed.
Not here: the other refusals (`refusal_form.py`, `refusal_terms.py`), the tests.
"""

from refusal_cases import ANONYMOUS, GOOD, NETWORK, SIGN_INS, Refusal

REFUSALS = (
    Refusal(
        "communication-collects",
        "[purpose.support]",
        "[purpose.communication]\n[purpose.support]",
        4,
        "communication may not collect: notifications carry ids and links "
        "only, so nothing is collected for them",
    ),
    Refusal(
        "account-collects",
        "[purpose.support]",
        "[purpose.account]\n[purpose.support]",
        4,
        "account may not collect: endpoint counts come from enrolments on "
        "the collector, nothing is shipped",
    ),
    Refusal(
        "compliance-collects",
        "[purpose.support]",
        "[purpose.compliance]\n[purpose.support]",
        4,
        "compliance may not collect: the law is a reason to keep or "
        "disclose, never a reason to collect",
    ),
    Refusal(
        "unknown-column",
        "timestamp = ",
        "window_title = ",
        16,
        "event_logs has no column 'window_title'; see docs/datasets.md",
    ),
    Refusal(
        "unknown-transform",
        '"pseudonymise"',
        '"rot13"',
        17,
        "column host.name: no such transform; use one of bucket, drop, "
        "keep, mask, pseudonymise, pseudonymise_prefix, scrub, scrub_prefix, "
        "shorten_address, shorten_path, truncate, vendor_only",
    ),
    Refusal(
        "transform-not-a-transform",
        '"pseudonymise"',
        '"Hunter2 is my password"',
        17,
        "column host.name: write a transform as name or name(24,48), in lower case",
    ),
    Refusal(
        "transform-without-number",
        '"pseudonymise"',
        '"truncate"',
        17,
        "column host.name: transform truncate: write truncate(8)",
    ),
    Refusal(
        "transform-wrong-number",
        '"pseudonymise"',
        '"mask(99)"',
        17,
        "column host.name: transform mask: use a number from 1 to 8",
    ),
    Refusal(
        "transform-does-not-fit",
        'timestamp = "keep"',
        'timestamp = "scrub"',
        16,
        "column timestamp: transform scrub: only for text; use bucket or drop",
    ),
    Refusal(
        "free-text-kept",
        '"scrub"',
        '"keep"',
        18,
        "column message: free text may hold anything: use scrub or drop",
    ),
    Refusal(
        "nothing-leaves",
        ('timestamp = "keep"\n"host.name" = "pseudonymise"\nmessage = "scrub"'),
        'message = "drop"',
        11,
        "nothing of it leaves: name a column or remove the dataset",
    ),
    Refusal(
        "no-columns",
        (
            "[purpose.support.dataset.event_logs.columns]\n"
            'timestamp = "keep"\n'
            '"host.name" = "pseudonymise"\n'
            'message = "scrub"\n'
        ),
        "",
        11,
        "nothing of it leaves: name a column or remove the dataset",
    ),
    Refusal(
        "improvement-identifier",
        '"device.model.name"',
        '"host.name"',
        15,
        "column host.name: this purpose may hold no identifier, not even a "
        "pseudonym: use drop",
        ANONYMOUS,
    ),
    Refusal(
        "improvement-pseudonym",
        '"device.model.name" = "keep"',
        '"host.name" = "pseudonymise"',
        15,
        "column host.name: this purpose may hold no identifier, not even a "
        "pseudonym: use drop",
        ANONYMOUS,
    ),
    Refusal(
        "improvement-maker-of-a-serial-number",
        '"device.model.name" = "keep"',
        '"hw.serial_number" = "vendor_only"',
        15,
        "column hw.serial_number: this purpose may hold no identifier, not even a "
        "pseudonym: use drop",
        ANONYMOUS,
    ),
    Refusal(
        "improvement-free-text",
        '"device.model.name" = "keep"',
        'asset_tag = "scrub"',
        15,
        "column asset_tag: this purpose may hold no identifier, so no free "
        "text: use drop",
        ANONYMOUS,
    ),
    Refusal(
        "improvement-exact-time",
        '"device.model.name"',
        "boot_time",
        15,
        "column boot_time: this purpose needs it coarser: use bucket, "
        "shorten_address or drop",
        ANONYMOUS,
    ),
    Refusal(
        "improvement-path-for-a-name",
        '"device.model.name" = "keep"',
        'domain = "shorten_path"',
        15,
        "column domain: this purpose needs it coarser: use bucket, "
        "shorten_address or drop",
        ANONYMOUS,
    ),
    Refusal(
        "improvement-readers",
        '["aggregator"]',
        '["analyst"]',
        6,
        'improvement is read by no person: write ["aggregator"]',
        ANONYMOUS,
    ),
    Refusal(
        "improvement-recipients",
        '["aggregator"]',
        '["aggregator"]\nrecipients = ["vendor"]',
        7,
        "improvement is shared with nobody but as sums: remove recipients",
        ANONYMOUS,
    ),
    Refusal(
        "provision-identifier",
        '"device.model.name"',
        '"host.name"',
        15,
        "column host.name: this purpose may not hold direct identifiers: "
        "use pseudonymise, shorten_address(24,48), vendor_only, mask or "
        "drop",
        ANONYMOUS.replace("improvement", "provision"),
    ),
    Refusal(
        "administration-logs",
        GOOD,
        GOOD.replace("support", "administration"),
        11,
        "administration is inventory and configuration, no logs: use support",
    ),
    Refusal(
        "administration-metrics",
        "network_interfaces",
        "host_metrics",
        11,
        "administration is inventory and configuration: use provision",
        NETWORK,
    ),
    Refusal(
        "administration-address",
        '"shorten_address(24,48)"',
        '"keep"',
        15,
        "column host.ip: only support and security hold a whole address: "
        "use shorten_address(24,48), vendor_only, pseudonymise or drop",
        NETWORK,
    ),
    Refusal(
        "administration-address-too-long",
        '"shorten_address(24,48)"',
        '"shorten_address(32,48)"',
        15,
        "column host.ip: only support and security hold a whole address: "
        "use shorten_address(24,48), vendor_only, pseudonymise or drop",
        NETWORK,
    ),
    Refusal(
        "full-name",
        '"host.ip" = "shorten_address(24,48)"',
        '"user.full_name" = "pseudonymise"',
        15,
        "column user.full_name: a person's name never leaves: use drop",
        NETWORK.replace("network_interfaces", "user_accounts"),
    ),
    Refusal(
        "support-sign-ins",
        "event_logs",
        "sessions",
        11,
        "sign-ins are for security and administration only",
    ),
    Refusal(
        "sign-in-name",
        '"pseudonymise"',
        '"keep"',
        15,
        "column user.name: outside security a sign-in names nobody: use "
        "pseudonymise or drop",
        SIGN_INS,
    ),
    Refusal(
        "sign-in-time",
        '"bucket(900)"',
        '"keep"',
        16,
        "column start_time: outside security a sign-in has no exact time: "
        "use bucket(900)",
        SIGN_INS,
    ),
)

# SPDX-License-Identifier: Apache-2.0
"""Policies refused for their form: names, keys, TOML.

Rules: the answer is whole, so that a message that gets vaguer or leaks is noticed.
Not here: the other refusals (`refusal_columns.py`, `refusal_terms.py`), the tests.
"""

from refusal_cases import GOOD, Refusal

REFUSALS = (
    Refusal(
        "byte-order-mark",
        "format = 1",
        "\ufeffformat = 1",
        1,
        "begins with a byte order mark: save it as UTF-8 without one",
    ),
    Refusal("not-utf-8", '"acme"', '"caf\udce9"', 2, "not UTF-8"),
    Refusal("format-missing", "format = 1\n", "", 1, "write format = 1"),
    Refusal("format-unknown", "format = 1", "format = 2", 1, "write format = 1"),
    Refusal("format-is-true", "format = 1", "format = true", 1, "write format = 1"),
    Refusal(
        "name-missing", 'name = "acme"\n', "", 1, 'name is missing: write name = "..."'
    ),
    Refusal(
        "name-not-a-name",
        '"acme"',
        '"Acme Ltd"',
        2,
        "name must be lower-case words joined by -",
    ),
    Refusal("name-not-a-text", '"acme"', "7", 2, "name must be a line of text"),
    Refusal(
        "unknown-key-top",
        'name = "acme"',
        'name = "acme"\ncomment = "none"',
        3,
        "unknown key 'comment'; known here: format, name, purpose, updates",
    ),
    Refusal(
        "unknown-key-purpose",
        'readers = ["technician"]',
        'readers = ["technician"]\nreader = ["x"]',
        7,
        "unknown key 'reader'; known here: instruction, lawful_basis, "
        "readers, recipients, retention, dataset",
    ),
    Refusal(
        "unknown-key-dataset",
        'every = "15m"',
        'every = "15m"\nsample = "1h"',
        14,
        "unknown key 'sample'; known here: retention, every, only_on_networks, "
        "only_events, columns",
    ),
    Refusal(
        "unknown-key-retention",
        'keep = "30d"',
        'keep = "30d"\nuntil = "2030-01-01"',
        10,
        "unknown key 'until'; known here: keep, criterion",
    ),
    Refusal(
        "unknown-purpose",
        "[purpose.support]",
        "[purpose.marketing]\n[purpose.support]",
        4,
        "unknown purpose 'marketing'; those that collect: provision, "
        "support, administration, security, improvement",
    ),
    Refusal(
        "purpose-not-a-table",
        "[purpose.support]",
        "[purpose]\nsecurity = 1\n[purpose.support]",
        5,
        "'security' must be a table",
    ),
    Refusal(
        "unknown-dataset",
        "event_logs",
        "keystrokes",
        11,
        "unknown dataset 'keystrokes'; docs/datasets.md lists them",
    ),
    Refusal(
        "column-without-quotes",
        '"host.name" =',
        "host.name =",
        15,
        "put quotes around a name with dots: 'host'",
    ),
    Refusal(
        "column-not-a-text",
        'timestamp = "keep"',
        "timestamp = true",
        16,
        "'timestamp' must be a text, such as keep",
    ),
    Refusal(
        "no-dataset",
        GOOD[GOOD.index("[purpose.support.dataset") :],
        "",
        4,
        "no dataset: leave out a purpose that gets nothing",
        also=("policy.toml:8: no dataset is kept by this: remove it",),
    ),
    Refusal(
        "no-purpose",
        GOOD[GOOD.index("[purpose.support]") :],
        "",
        1,
        "no purpose: nothing says what for",
    ),
    Refusal(
        "key-twice",
        'name = "acme"',
        'name = "acme"\nname = "other"',
        3,
        "a name is there twice: remove or rename one",
    ),
    Refusal(
        "table-twice",
        "[purpose.support.dataset.event_logs.columns]",
        (
            "[purpose.support.retention.tickets]\n"
            "[purpose.support.dataset.event_logs.columns]"
        ),
        15,
        "a name is there twice: remove or rename one",
    ),
    Refusal("not-toml", 'name = "acme"', "name = acme", 2, "not TOML: Invalid value"),
)

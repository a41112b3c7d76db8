# SPDX-License-Identifier: Apache-2.0
"""The catalogue of tokens, from the files beside.

Rules: a line is `kind prefixes rest seen`: what a token begins with (one of several,
with commas), the exact shape of what follows it, and where that was read; a shape
without a prefix is `kind literal pattern exact seen`; a line with @ names the vendor's
page for the lines below it; a prefix that ends in > stays (the address of a web hook).
Lengths are the vendor's; where it promises none, they are open.
Where a shape was read is a short name of a public list, with its entry, `code` for the
rules of several projects that say the same, or ? where nothing was found.
Not here: how tokens are found (`detectors/token_prefixes.py`).
"""

from agent.redaction.token_shapes import (
    builds,
    chats,
    clouds,
    models,
    offices,
    payments,
    unprefixed,
    watchers,
)

CATALOGUE = (
    clouds.ROWS
    + builds.ROWS
    + chats.ROWS
    + payments.ROWS
    + watchers.ROWS
    + models.ROWS
    + offices.ROWS
)
SHAPES = unprefixed.SHAPES
"""Shapes without a prefix: kind, a literal within, the RE2 pattern, the exact shape."""
LISTS = {
    "th": "https://github.com/trufflesecurity/trufflehog/tree/main/pkg/detectors/",
    "gl": "https://github.com/gitleaks/gitleaks/blob/master/config/gitleaks.toml#",
    "bl": "https://github.com/betterleaks/betterleaks/blob/main/config/betterleaks.toml#",
    "np": "https://github.com/praetorian-inc/noseyparker/tree/main/crates/noseyparker"
    "/data/default/builtin/rules/",
    "kf": "https://github.com/mongodb/kingfisher/tree/main/data/rules/",
    "rs": "https://github.com/redact-secret/redact-secret/tree/main/docs/",
}
"""Public lists of shapes, by the short names that the files beside use."""

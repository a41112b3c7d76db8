# SPDX-License-Identifier: Apache-2.0
"""Values given to names such as api_key, auth or a service's own name.

Rules: a name that says `key` alone, or only whose, asks for a random value; an API
key asks for one that is no word.
Not here: passwords, tokens and secrets (`secret_assignments.py`), which have their
own pattern, so that `key: "password=..."` hides nothing from them.
"""

from agent.redaction import assignments
from agent.redaction.secret_names import VENDORS

NAME = "secret_keys"
CLASS = "secret"
_KEYS = rb"key|auth|jwt|bearer|sessionid|" + b"|".join(VENDORS.encode("ascii").split())
PATTERN = assignments.assignment_pattern(_KEYS)
NEEDS: tuple[bytes, ...] = ()
BESIDE = assignments.BESIDE
SPREADS = False
verify = assignments.verify_assignments

_KEY = "3f9d1c7e" + "5ab21c7e" + "5ab21c7e5ab2"
HITS = (
    ("api_key: 9f8e7d6c5b", "9f8e7d6c5b"),
    ("Incorrect API key provided: kX9vQ2mZ7pLr4TbN", "kX9vQ2mZ7pLr4TbN"),
    ('<add key="ApiKey" value="9f8e7d6c5b"/>', "9f8e7d6c5b"),
    (
        "AccountName=a;AccountKey=Zm9vYmFyYmF6cXV4cXV1eA==;E=f",
        "Zm9vYmFyYmF6cXV4cXV1eA==",
    ),
    (f"HEROKU: {'12345678-' + 'abcd-1234-abcd-1234567890ab'}", "abcd-1234-abcd"),
    (f"datadog = '{_KEY}'", _KEY),
    (f"a.key=b;api_key={_KEY};x=y", _KEY),
    (f"X-Api-Key: {_KEY}", _KEY),
    (f"<ApiKey>{_KEY}</ApiKey>", _KEY),
)
MISSES = (
    "api_key=your-api-key-here",
    "api_key={{ key }}",
    "primary_key=9f8e7d6c5b4a39281706 cache_key: 9f8e7d6c5b4a39281706",
    "key=value auth=none key: ssh-ed25519",
    "KeyLength: 128",
    "google: started with 12 workers",
    "github.com:443 docker=running",
    "key sha256:9f86d081884c7d65 of layer",
    "<Key>HKLM</Key>",
    "http://key:value",
)
WORST = "key_key."

# SPDX-License-Identifier: Apache-2.0
"""Planted names and secrets in the forms in which programs let them slip.

Rules: a known name may stand anywhere; a secret, which nobody knows beforehand, stands
where something says that it is one: beside a key's name, in a URL, in a header. It
holds a digit: letters alone, up to the length of a long word, may be a word.
Not here: whole lines of programs (`grammar.py`), pairs of lines (`laws.py`).
"""

import base64
import string
from collections.abc import Callable, Iterator, Sequence
from random import Random
from urllib.parse import quote

from tests.log_grammar.laws import ENCODINGS
from tests.log_grammar.values import IDENTITIES

Planted = tuple[str, str]
"""What must not be seen, and the text that holds it."""
_BASE62 = string.ascii_letters + string.digits
_KEYS = (
    *("API_TOKEN", "DB_PASSWORD", "client_secret", "x-api-key", "access_token"),
    *("GITHUB_TOKEN", "secretKey", "auth-token", "SMTP_PASS", "private_token"),
)
_NAME_FRAMES: Sequence[str] = (
    "environ: HOME=/x LOGNAME={} TERM=xterm",
    "declare -x SUDO_USER='{}'",
    "execve('/usr/bin/x', ['x', '-u', '{}', '--fast'])",
    "argv: /opt/run --owner={} --retries 3",
    "GET https://files.example/{}/inbox?as={}&page=2",
    "sftp://{}@files.example:22/x",
    '["{}", 7, null, "ok"]',
    '{{"owners":["a","{}"],"n":2}}',
    "blob={} end",
)
_SECRET_FRAMES: Sequence[str] = (
    "env {key}={value} TERM=xterm",
    "declare -x {key}='{value}'",
    "execve('/usr/bin/x', ['x', '--{key}', '{value}', '--fast'])",
    "argv: /opt/run --{key}={value} --retries 3",
    "argv: /opt/run --{key} {value}",
    "GET https://files.example/inbox?{key}={url}&page=2",
    "fetch https://robot:{url}@files.example/x.git",
    '["--{key}", "{value}"]',
    '{{"{key}": "{value}"}}',
    '{{"env":["A=1","{key}={value}"]}}',
    '{{\\"{key}\\": \\"{value}\\"}}',
    "Authorization: Basic {basic}",
    "Authorization: Bearer {value}",
    "{key}: {base64}",
    "  {key}: '{value}'",
    "docker run -e {key}={value} -p 80:80 x/y:1.2",
    "curl -s -H '{key}: {value}' https://files.example/",
    "curl -u robot:{value} https://files.example/",
    '- name: {key}\\n  value: "{value}"',
    '{{"name":"{key}","value":"{value}"}}',
    'Environment="{key}={value}" "MODE=fast"',
    "$env:{key} = '{value}'",
    "setx {key} {value} /M",
    "ARG {key}={value}",
    "postgresql://robot:{url}@db.example:5432/x?sslmode=require",
    "Server=db;Database=x;User Id=robot;Password={value};Encrypt=yes",
    "//npm.example/:_authToken={value}",
    '<add key="{key}" value="{value}"/>',
    "<{key}>{value}</{key}>",
    "mysql -h db -u robot -p{value} x",
    "Set-Cookie: session={value}; Path=/; HttpOnly",
    "POST /login {key}={url}&submit=1",
)
_SPLITS = ("", "", "", "\u200b", "\u00ad", "\x1b[31m", "\x1b[0m")
_PASSWORD = 0.3


def known(random: Random, names: Sequence[str], count: int) -> Iterator[Planted]:
    """Yield texts that hold a known name.

    Args:
        random: draws which.
        names: what is known.
        count: of texts.
    """
    for at in range(count):
        name = names[at % len(names)]
        spelled = random.choice(ENCODINGS)(name)
        yield (
            name,
            random.choice(_NAME_FRAMES)
            .replace("{{", "{")
            .replace("}}", "}")
            .replace("{}", spelled),
        )


def secrets(random: Random, count: int) -> Iterator[Planted]:
    """Yield texts that hold a new secret where something says so.

    Args:
        random: draws it.
        count: of texts.
    """
    for _ in range(count):
        value = _secret(random)
        cut = len(value) // 2
        shown = random.choice(_SPLITS).join((value[:cut], value[cut:]))
        text = random.choice(_SECRET_FRAMES).format(
            key=random.choice(_KEYS),
            value=shown,
            url=quote(value, safe=""),
            basic=base64.b64encode(f"robot:{value}".encode()).decode(),
            base64=base64.b64encode(value.encode()).decode(),
        )
        yield value, random.choice(_WHOLES)(text)


def _secret(random: Random) -> str:
    if random.random() < _PASSWORD:
        return IDENTITIES["password"](random)
    letters = "".join(random.choices(_BASE62, k=random.randrange(19, 40)))
    return letters + random.choice(string.digits)


_WHOLES: Sequence[Callable[[str], str]] = (
    str,
    str,
    str,
    "\x00".join,
    lambda text: text.encode("utf-16-le").decode("latin-1"),
)

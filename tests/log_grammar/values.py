# SPDX-License-Identifier: Apache-2.0
"""Draws values: identities that are planted, and what only looks like one.

Rules: one function a class, random numbers passed in; check digits are right.
Not here: the lines that they stand in (`templates.py`).
"""

import base64
import ipaddress
import string
import uuid
from collections.abc import Callable, Mapping
from random import Random

_STARTS = "b br c d dr f fl g gr h j k kl l m n p pr qu r s sch st t tr v w z"
_ENDS = "a ai an ar e el en er i ik in ir o ol on or u ul um un y"
_ONSETS, _RIMES = _STARTS.split(), _ENDS.split()
_ZONES = (
    "corp.example",
    "lan",
    "internal",
    "home.arpa",
    "example.net",
    "ad.example.com",
    "local",
    "example.org",
)
_BASE62 = string.ascii_letters + string.digits
_HEX = "0123456789abcdef"
_ISSUERS = (("4", 16), ("51", 16), ("2221", 16), ("34", 15), ("6011", 16), ("3528", 16))
_IBANS = (("DE", 18), ("GB", 18), ("FR", 23), ("NL", 14), ("ES", 20), ("CH", 17))
_PROVIDERS = ("aws", "github", "gitlab", "slack", "jwt")

Draw = Callable[[Random], str]


def _word(random: Random, syllables: int = 3) -> str:
    parts = (random.choice(_ONSETS) + random.choice(_RIMES) for _ in range(syllables))
    return "".join(parts) + random.choice("nrskt")


def _text(random: Random, alphabet: str, count: int) -> str:
    return "".join(random.choices(alphabet, k=count))


def _digits(random: Random, count: int) -> str:
    return _text(random, string.digits, count)


def _user(random: Random) -> str:
    name = _word(random)
    return random.choice(
        (
            name,
            f"{_word(random, 2)}.{name}",
            f"{name}{random.randrange(100)}",
            name.title(),
            f"{name[:1]}{_word(random)}",
            f"svc-{name}",
            f"{name}_{_word(random, 2)}",
        )
    )


def _plain_user(random: Random) -> str:
    return _word(random) + random.choice(("", str(random.randrange(10, 100))))


def _host(random: Random) -> str:
    name = _word(random, 2)
    return random.choice(
        (
            f"{name}-ws{random.randrange(1, 400)}",
            f"{name}{random.randrange(1, 99):02}",
            "DESKTOP-" + _text(random, string.ascii_uppercase + string.digits, 7),
            f"{name}-db-{random.randrange(1, 9)}",
            f"SRV{name.upper()}{random.randrange(1, 20)}",
            f"{name}-{_word(random, 2)}",
        )
    )


def _fqdn(random: Random) -> str:
    return f"{_word(random, 2)}-{random.randrange(1, 99)}.{random.choice(_ZONES)}"


def _ipv4(random: Random) -> str:
    first = random.choice((10, 172, 192, 203, 100, 81, 45))
    return f"{first}.{random.randrange(20, 255)}." + ".".join(
        str(random.randrange(1, 255)) for _ in range(2)
    )


def _ipv6(random: Random) -> str:
    address = ipaddress.IPv6Address((0x2001_0DB8 << 96) | random.getrandbits(64))
    return random.choice((address.compressed, address.exploded))


def _mac(random: Random) -> str:
    octets = [f"{random.randrange(256):02x}" for _ in range(6)]
    octets[0] = f"{random.randrange(64) * 4:02x}"
    joined = random.choice((":", "-")).join(octets)
    return random.choice((joined, joined.upper()))


def _email(random: Random) -> str:
    return f"{_word(random, 2)}.{_word(random, 2)}@{_word(random, 2)}.example.com"


def _sid(random: Random) -> str:
    parts = [str(random.randrange(10**8, 4 * 10**9)) for _ in range(3)]
    return f"S-1-5-21-{'-'.join(parts)}-{random.randrange(1000, 9000)}"


def _luhn(digits: str) -> str:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 if place % 2 else 2)
        total += value - 9 if value > 9 else value
    return digits + str(-total % 10)


def _card(random: Random) -> str:
    prefix, length = random.choice(_ISSUERS)
    number = _luhn(prefix + _digits(random, length - len(prefix) - 1))
    if length == 16 and random.random() < 0.5:
        return " ".join(number[at : at + 4] for at in range(0, 16, 4))
    return number


def _iban(random: Random) -> str:
    country, length = random.choice(_IBANS)
    account = _digits(random, length)
    if country == "GB":
        account = "WEST" + account[:14]
    plain = "".join(str(int(one, 36)) for one in f"{account}{country}00")
    return f"{country}{98 - int(plain) % 97:02}{account}"


def _ssn(random: Random) -> str:
    area = random.choice([*range(1, 666), *range(667, 900)])
    return f"{area:03}-{random.randrange(1, 100):02}-{random.randrange(1, 10_000):04}"


def _phone(random: Random) -> str:
    return random.choice(
        (
            f"+49 {_digits(random, 3)} {_digits(random, 7)}",
            f"+1-{random.randrange(201, 989)}-555-{_digits(random, 4)}",
            f"+44 20 {_digits(random, 4)} {_digits(random, 4)}",
        )
    )


def _aws(random: Random) -> str:
    return "AKIA" + _text(random, string.ascii_uppercase + "234567", 16)


def _github(random: Random) -> str:
    return random.choice(("ghp_", "gho_", "ghs_")) + _text(random, _BASE62, 36)


def _gitlab(random: Random) -> str:
    return "glpat-" + _text(random, _BASE62, 20)


def _slack(random: Random) -> str:
    return f"xoxb-{_digits(random, 12)}-{_digits(random, 12)}-" + _text(
        random, _BASE62, 24
    )


def _jwt(random: Random) -> str:
    def part(text: str) -> str:
        return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()

    body = f'{{"sub":"{_digits(random, 10)}","iat":17{_digits(random, 8)}}}'
    head = part('{"alg":"HS256","typ":"JWT"}')
    return f"{head}.{part(body)}." + _text(random, _BASE62 + "-_", 43)


def _token(random: Random) -> str:
    return _text(random, _BASE62, random.randrange(24, 44))


def _password(random: Random) -> str:
    letters = _word(random).title() + _digits(random, 2)
    return letters + random.choice("!#?") + _text(random, _BASE62, 3)


def _serial(random: Random) -> str:
    letters = string.ascii_uppercase + string.digits
    made = random.choice(("C02", "PF", "5CG", "MXL", "S4EV", "CN-0"))
    return made + _digits(random, 2) + _text(random, letters, 7)


def _ssid(random: Random) -> str:
    name = _word(random, 2).title()
    return random.choice((f"{name}-Gast", f"WLAN-{name}", f"{name} Home 5G"))


def _place(random: Random) -> str:
    north, east = random.uniform(35, 59), random.uniform(3, 29)
    return f"{north:.5f},{east:.5f}"


def _national(random: Random) -> str:
    """Draw a Spanish DNI or a French NIR, whose check letters and digits are right."""
    if random.random() < 0.5:
        number = random.randrange(10_000_000, 99_999_999)
        return f"{number}{'TRWAGMYFPDXBNJZSQVHLCKE'[number % 23]}"
    body = (
        f"{random.randrange(1, 3)}{random.randrange(40, 99)}"
        f"{random.randrange(1, 13):02}{random.randrange(1, 96):02}"
        f"{random.randrange(1, 999):03}{random.randrange(1, 999):03}"
    )
    return f"{body}{97 - int(body) % 97:02}"


def _cookie(random: Random) -> str:
    return _text(random, _HEX, 32)


def _cloud_sid(random: Random) -> str:
    return "S-1-12-1-" + "-".join(_digits(random, 10).lstrip("0") for _ in range(4))


IDENTITIES: Mapping[str, Draw] = {
    "user": _user,
    "account": _plain_user,
    "path_user": _plain_user,
    "host": _host,
    "domain": lambda random: _word(random, 2).upper(),
    "fqdn": _fqdn,
    "ipv4": _ipv4,
    "ipv6": _ipv6,
    "mac": _mac,
    "colon_mac": lambda random: _mac(random).replace("-", ":"),
    "email": _email,
    "sid": _sid,
    "card": _card,
    "iban": _iban,
    "ssn": _ssn,
    "phone": _phone,
    "aws_key": _aws,
    "vcs_token": lambda random: random.choice((_github, _gitlab))(random),
    "slack_token": _slack,
    "jwt": _jwt,
    "api_key": _token,
    "password": _password,
    "serial": _serial,
    "ssid": _ssid,
    "place": _place,
    "national": _national,
    "cookie": _cookie,
    "guid_sid": _cloud_sid,
}
"""Classes of what is planted."""


def _time(random: Random) -> str:
    return f"{random.randrange(24):02}:{random.randrange(60):02}:{_two(random)}"


def _two(random: Random) -> str:
    return f"{random.randrange(60):02}"


def _day(random: Random) -> str:
    return f"{random.randrange(1, 29):2}"


def _iso(random: Random) -> str:
    month, day = random.randrange(1, 13), random.randrange(1, 29)
    return f"2026-{month:02}-{day:02}T{_time(random)}.{_digits(random, 3)}Z"


def _version(random: Random) -> str:
    parts = [random.randrange(1, 12), random.randrange(60), random.randrange(20_000)]
    return ".".join(map(str, parts))


OTHERS: Mapping[str, Draw] = {
    "time": _time,
    "day": _day,
    "iso": _iso,
    "month": lambda random: random.choice(["Jan", "Mar", "May", "Jul", "Sep", "Nov"]),
    "pid": lambda random: str(random.randrange(2, 99_999)),
    "port": lambda random: str(random.randrange(1024, 65_535)),
    "number": lambda random: str(random.randrange(1, 10 ** random.randrange(2, 8))),
    "version": _version,
    "build": lambda random: f"10.0.{random.randrange(17_000, 26_999)}.{_two(random)}",
    "uuid": lambda random: str(uuid.UUID(int=random.getrandbits(128), version=4)),
    "sha": lambda random: _text(random, _HEX, 64),
    "md5": lambda random: _text(random, _HEX, 32),
    "pointer": lambda random: "0x" + _text(random, _HEX, 16),
    "pci": lambda random: f"0000:{random.randrange(256):02x}:1f.{random.randrange(8)}",
    "seconds": lambda random: f"{random.randrange(9_999)}.{_digits(random, 6)}",
    "millis": lambda random: f"17{_digits(random, 11)}",
    "unit": lambda random: random.choice(
        ("cron.service", "nginx.service", "user@1000.service", "dev-sda1.device")
    ),
    "java": lambda random: random.choice(
        (
            "org.apache.hadoop.hdfs.DFSClient",
            "com.zaxxer.hikari.pool.HikariPool",
            "io.netty.channel.AbstractChannel",
        )
    ),
    "package": lambda random: f"libssl3_3.0.{random.randrange(20)}-1~deb12u2_amd64.deb",
}
"""Classes of what has to stay."""

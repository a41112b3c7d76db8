# SPDX-License-Identifier: Apache-2.0
"""Ten thousand hostile policy files: no crash, and no wider collection.

Rules: each file follows from the seed and its number alone, so a failure is repeated
by its number; whoever judges a compiled policy is not the compiler.
Not here: the words of single refusals (`tests/unit/policy`).
Source: TRAPS T18.
"""

import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from unit.policy.policy_oracle import widened
from unit.policy.policy_order import more

from policies import PRESETS, catalogue, preset
from wire import cbor, limits
from wire.narrowing import narrow, parse_restriction
from wire.policy import POLICY, ColumnRule, Policy, PurposeRules
from wire.policy_source import PolicySourceError, compile_policy
from wire.purposes import Purpose

SEED = "discreet-2026"
FILES = 10_000
REASON_CHARS = 512
CATALOGUE = catalogue()
DATASETS = tuple(CATALOGUE.datasets.values())
STANDARD = compile_policy(preset("standard"), CATALOGUE, "standard")
COLLECTING = "provision support administration security improvement".split()  # noqa: SIM905 - a row of words
CALLS = (
    *("keep", "drop", "default", "mask", "mask(4)", "pseudonymise", "scrub"),
    *("truncate(8)", "shorten_path", "shorten_path(1)", "shorten_path(3)"),
    *("shorten_address(24,48)", "shorten_address(32,128)", "shorten_address(16,48)"),
    *("vendor_only", "bucket(1)", "bucket(60)", "bucket(900)", "bucket(3600)"),
    *("launder", "keep()", "bucket(0)", "KEEP", "keep ", "bucket(99999999999999)"),
)
TOKENS = (
    *(b"\x00", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xff", b"\r", b"\x7f", b"\x1b[2J"),
    *(
        "\u202e".encode(),
        "\u200b".encode(),
        "\uff4beep".encode(),
        "\U000e0041".encode(),
    ),
    *(b'"', b"'", b'"""', b"'''", b"\\", b"#", b"[", b"]", b"[[", b"{", b"}", b"="),
    *(b"9" * 400, b"-1", b"1e999", b"nan", b"0x" + b"f" * 99, b"true", b"2026-13-01"),
    *(b"[" * 400, b"{a=" * 200, b"a." * 30, b"x" * 2_000, b"[\n" * 2_000, b"\n" * 999),
    *(b"1979-05-27T07:32:00Z", b"[1, 'a', {}]", b"{}", b"''", b'"\\ud800"', b"0"),
    *(b"communication", b"compliance", b"account", b"security", b"improvement"),
    *(b"user.full_name", b"sessions", b"keep", b"criterion = 'business-need'"),
)
_QUOTED = re.compile(rb'"[^"\n]*"')
_VALUE = re.compile(rb"(?m)(?<= = ).*$")
_HEADER = re.compile(rb"(?m)^\[[^\n]*\]$")

Mutation = Callable[[random.Random, bytes], bytes]


def _flip(rng: random.Random, source: bytes) -> bytes:
    found = bytearray(source or b" ")
    found[rng.randrange(len(found))] ^= 1 << rng.randrange(8)
    return bytes(found)


def _cut(rng: random.Random, source: bytes) -> bytes:
    start = rng.randrange(len(source) + 1)
    return source[:start] + source[start + rng.randrange(1, 60) :]


def _insert(rng: random.Random, source: bytes) -> bytes:
    at = rng.randrange(len(source) + 1)
    return source[:at] + rng.choice(TOKENS) + source[at:]


def _replace(pattern: re.Pattern[bytes], source: bytes, at: int, new: bytes) -> bytes:
    found = list(pattern.finditer(source))
    if not found:
        return source
    one = found[at % len(found)]
    return source[: one.start()] + new + source[one.end() :]


def _swap(rng: random.Random, source: bytes) -> bytes:
    """Put one quoted word of the file where another one stands."""
    words = _QUOTED.findall(source) or [b'""']
    return _replace(_QUOTED, source, rng.randrange(10_000), rng.choice(words))


def _call(rng: random.Random, source: bytes) -> bytes:
    new = b'"' + rng.choice(CALLS).encode() + b'"'
    return _replace(_QUOTED, source, rng.randrange(10_000), new)


def _confuse(rng: random.Random, source: bytes) -> bytes:
    return _replace(_VALUE, source, rng.randrange(10_000), rng.choice(TOKENS))


def _header(rng: random.Random, source: bytes) -> bytes:
    """Repeat a header, put one in the place of another, or make it an array."""
    found = _HEADER.findall(source) or [b"[x]"]
    new = rng.choice(found)
    new = rng.choice([new, b"[" + new + b"]", new + b"\n" + new])
    return _replace(_HEADER, source, rng.randrange(10_000), new)


def _purpose(rng: random.Random, source: bytes) -> bytes:
    """Let the data of one purpose be collected for another one."""
    old, new = (rng.choice(list(Purpose)).value.encode() for _ in range(2))
    return source.replace(b"[purpose." + old, b"[purpose." + new)


def _lines(rng: random.Random, source: bytes) -> bytes:
    lines = source.split(b"\n")
    one, two = (rng.randrange(len(lines)) for _ in range(2))
    lines[one], lines[two] = lines[two], lines[one]
    if rng.random() < 0.5:
        del lines[one]
    return b"\n".join(lines)


MUTATIONS: tuple[Mutation, ...] = (
    *(_flip, _cut, _insert, _swap, _call, _confuse, _header, _purpose, _lines),
)


def _mutated(rng: random.Random, source: bytes) -> bytes:
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        source = rng.choice(MUTATIONS)(rng, source)
    return source


def _columns(rng: random.Random) -> tuple[str, list[str]]:
    """Write some columns of a dataset, each with some transform."""
    dataset = rng.choice(DATASETS)
    found = rng.sample(dataset.columns, min(rng.randrange(1, 4), len(dataset.columns)))
    lines = []
    for column in found:
        text = rng.choice((rng.choice(CALLS), column.transform, "default"))
        lines.append(f'"{column.name}" = "{text}"')
    return dataset.name, lines


def _built(rng: random.Random) -> bytes:
    """Write a policy whose form is good and whose wishes are anything."""
    lines = ["format = 1", 'name = "fuzz"']
    purposes = rng.sample(COLLECTING, rng.randrange(1, 3))
    if rng.random() < 0.05:
        purposes.append(rng.choice(list(Purpose)).value)
    for purpose in dict.fromkeys(purposes):
        head = f"purpose.{purpose}"
        keep = rng.choice(("1d", "7d", "30d", "60d", "90d", "90d", "400d", "23h"))
        every = rng.choice(("1m", "15m", "6h", "12h", "1d", "1d", "30d", "59s"))
        aggregator = purpose == "improvement" and rng.random() < 0.9
        reader = "aggregator" if aggregator else "technician"
        lines += [f"[{head}]", 'instruction = "x"', f'readers = ["{reader}"]']
        if rng.random() < 0.1:
            lines.append('recipients = ["partner"]')
        lines += [f"[{head}.retention.one]", f'keep = "{keep}"']
        if rng.random() < 0.1:
            lines += ['criterion = "limitation"', 'citation = "x"']
            lines += ['jurisdiction = "DE"']
        dataset, columns = _columns(rng)
        where = f"{head}.dataset.{dataset}"
        lines += [f"[{where}]", 'retention = "one"', f'every = "{every}"']
        lines += [f"[{where}.columns]", *columns]
    return "\n".join(lines).encode()


def _restriction(rng: random.Random) -> bytes:
    dataset, columns = _columns(rng)
    denied = [
        f"dataset:{rng.choice(DATASETS).name}",
        f"purpose:{rng.choice(COLLECTING)}",
    ]
    narrowed = [f'"{dataset}.{line[1:]}' for line in columns]
    text = f"deny = {rng.sample(denied, rng.randrange(3))}\n[narrow]\n"
    return (text + "\n".join(narrowed)).encode()


def _noise(rng: random.Random) -> bytes:
    tokens = b"".join(rng.choice(TOKENS) for _ in range(rng.randrange(40)))
    return rng.choice((tokens, rng.randbytes(rng.randrange(400))))


KINDS: dict[Callable[[random.Random], bytes], int] = {
    _built: 40,
    lambda rng: _mutated(rng, _built(rng)): 25,
    lambda rng: _mutated(rng, preset("minimal")): 15,
    lambda rng: _mutated(rng, preset("standard")): 12,
    lambda rng: _mutated(rng, preset("full")): 4,
    _noise: 4,
}


def hostile(index: int) -> bytes:
    """Return the file of a number, always the same."""
    rng = random.Random(f"{SEED}-{index}")  # noqa: S311 - repeatable, not secret
    (kind,) = rng.choices(list(KINDS), list(KINDS.values()))
    return kind(rng)


def _judged(source: bytes) -> tuple[str, list[str]]:
    """Compile a file; say what became of it and what is wrong with that."""
    try:
        policy = compile_policy(source, CATALOGUE, "fuzz.toml")
    except PolicySourceError as error:
        return "refused", _untidy(source, error)
    wrong = widened(policy, CATALOGUE)
    octets = POLICY.encode(policy)
    if POLICY.read(cbor.decode(octets, limits.MESSAGE_BYTES)) != policy:
        wrong.append("does not survive its own message")
    return "compiled", wrong


def _untidy(source: bytes, error: PolicySourceError) -> list[str]:
    """Say which refusals a person could not read."""
    lines = source.count(b"\n") + 1
    return [
        f"unreadable refusal {problem!r}"
        for problem in error.problems or (None,)
        if problem is None
        or not 1 <= problem.line <= lines
        or not problem.reason.isprintable()
        or len(problem.reason) > REASON_CHARS
    ]


def _limited(source: bytes) -> tuple[str, list[str]]:
    """Narrow the standard policy by a file; say what it gives that was not there."""
    try:
        limit = parse_restriction(source, "local.toml", CATALOGUE)
    except PolicySourceError as error:
        return "restriction refused", _untidy(source, error)
    return "restricted", more(narrow(STANDARD, [limit]), STANDARD)


@pytest.mark.fault
@pytest.mark.slow
def test_hostile_files_neither_crash_nor_widen(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whatever a file holds, it is refused in words or allows nothing forbidden."""
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    for index in range(FILES):
        rng = random.Random(index)  # noqa: S311 - repeatable, not secret
        source = hostile(index)
        limit = _restriction(rng)
        limit = _mutated(rng, limit) if index % 2 else limit
        try:
            results = (_judged(source), _limited(limit) if index % 5 == 0 else ("", []))
        except Exception as error:
            error.add_note(f"file {index} of {SEED}")
            raise
        for outcome, found in results:
            counts[outcome] += 1
            wrong += [f"file {index}: {item}" for item in found]
    del counts[""]
    with capsys.disabled():
        shown = ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
        print(f"\n{FILES} hostile policies: {shown}, {len(wrong)} wrong")  # noqa: T201 - the count is the evidence
    assert wrong == []
    assert counts["compiled"] > FILES // 10
    assert counts["restricted"] > FILES // 50


def _widen(policy: Policy, purpose: Purpose, dataset: str, rule: ColumnRule) -> Policy:
    """Return the policy with one column rule in the place of others."""

    def changed(rules: PurposeRules) -> PurposeRules:
        datasets = tuple(
            replace(item, columns=(rule,)) if item.dataset == dataset else item
            for item in rules.datasets
        )
        return replace(rules, datasets=datasets)

    purposes = tuple(
        changed(rules) if rules.purpose is purpose else rules
        for rules in policy.purposes
    )
    return replace(policy, purposes=purposes)


@pytest.mark.parametrize(
    ("purpose", "dataset", "rule"),
    [
        (Purpose.SUPPORT, "event_logs", ColumnRule("message", "keep")),
        (Purpose.SUPPORT, "event_logs", ColumnRule("contents", "scrub")),
        (Purpose.SECURITY, "user_accounts", ColumnRule("user.full_name", "mask")),
        (Purpose.ADMINISTRATION, "network_interfaces", ColumnRule("host.ip", "keep")),
        (Purpose.IMPROVEMENT, "hardware", ColumnRule("host.name", "pseudonymise")),
        (Purpose.PROVISION, "operating_systems", ColumnRule("nothing", "keep")),
    ],
)
def test_the_judge_sees_a_wider_policy(
    purpose: Purpose, dataset: str, rule: ColumnRule
) -> None:
    """The judge is awake: it names what a policy may not allow."""
    assert widened(_widen(STANDARD, purpose, dataset, rule), CATALOGUE)


@pytest.mark.parametrize("name", PRESETS)
def test_the_judge_accepts_what_ships(name: str) -> None:
    """No shipped policy allows more than the requirements do."""
    assert widened(compile_policy(preset(name), CATALOGUE, name), CATALOGUE) == []

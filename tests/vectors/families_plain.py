# SPDX-License-Identifier: Apache-2.0
"""Vectors without a seal: CBOR, messages, ledgers, states.

Rules: each vector that fails has one thing wrong; the name says what.
Not here: names and tokens (`families_names.py`), envelopes (`families_sealed.py`),
who may sign (`families_trust.py`).
"""

from collections.abc import Callable
from dataclasses import replace

from tests.vectors import world
from wire import anchored, cbor, ledger, messages, trust
from wire.crypto.signing import identity
from wire.doing import DOING, Doing, OrderState
from wire.keys import KEY_STATEMENT
from wire.policy import POLICY_STATEMENT
from wire.queue_state import QUEUE_STATE, QUIET, QueueState

Family = list[dict[str, object]]
Keep = Callable[[str, Callable[[], bytes]], bytes]
MALFORMED, NOT_CANONICAL, SCHEMA = "malformed", "not-canonical", "schema"
_ANCHORED = (("tree", 32), ("keeper", 32), ("signature", 64))
LIMIT, BROKEN = "limit", "broken-chain"

_CBOR = (
    ("zero", "00", "ok"),
    ("one octet", "1818", "ok"),
    ("two octets", "190100", "ok"),
    ("four octets", "1a00010000", "ok"),
    ("greatest", "1b7fffffffffffffff", "ok"),
    ("least", "3b7fffffffffffffff", "ok"),
    ("octets", "43010203", "ok"),
    ("text", "62c3a9", "ok"),
    ("array", "82018102", "ok"),
    ("map of integers", "a20102181803", "ok"),
    ("map of text, shorter key first", "a261620162616102", "ok"),
    ("true, false, null", "83f5f4f6", "ok"),
    ("twelve deep", "81" * 11 + "80", "ok"),
    ("empty", "", MALFORMED),
    ("cut in its head", "19", MALFORMED),
    ("cut in its octets", "430102", MALFORMED),
    ("cut in an array", "8201", MALFORMED),
    ("reserved length", "1c", MALFORMED),
    ("lone break", "ff", MALFORMED),
    ("indefinite array", "9f00ff", MALFORMED),
    ("indefinite octets", "5f4100ff", MALFORMED),
    ("indefinite map", "bf0000ff", MALFORMED),
    ("tag", "c000", MALFORMED),
    ("bignum", "c24101", MALFORMED),
    ("self-described", "d9d9f700", MALFORMED),
    ("unknown tag", "da0001000000", MALFORMED),
    ("key twice", "a201000101", MALFORMED),
    ("thirteen deep", "81" * 12 + "80", MALFORMED),
    ("text not UTF-8", "61ff", MALFORMED),
    ("text with a surrogate", "63eda080", MALFORMED),
    ("length of exabytes", "5bffffffffffffffff", MALFORMED),
    ("two octets for a simple value below 32", "f818", MALFORMED),
    ("longer head than needed", "1817", NOT_CANONICAL),
    ("eight octets for one", "1b0000000000000001", NOT_CANONICAL),
    ("longer length than needed", "580101", NOT_CANONICAL),
    ("keys out of order", "a202000100", NOT_CANONICAL),
    ("longer key first", "a262616102616201", NOT_CANONICAL),
    ("a second item", "0000", NOT_CANONICAL),
    ("half float", "f93c00", SCHEMA),
    ("double", "fb3ff0000000000000", SCHEMA),
    ("undefined", "f7", SCHEMA),
    ("simple value", "f0", SCHEMA),
    ("simple value of two octets", "f820", SCHEMA),
    ("over 63 bits", "1b8000000000000000", SCHEMA),
    ("under 63 bits", "3b8000000000000000", SCHEMA),
    ("key of octets", "a1410000", MALFORMED),
    ("key below zero", "a12000", MALFORMED),
    ("key true", "a1f500", MALFORMED),
    ("key true beside key 1", "a20100f500", MALFORMED),
    ("key of a simple value beside its number", "a20300e300", MALFORMED),
    ("keys of two types", "a20100616100", SCHEMA),
)


def families(_keep: Keep) -> dict[str, Family]:
    """Return the vectors by file name."""
    return {
        "cbor": _cbor(),
        "messages": _messages(),
        "ledgers": _ledgers(),
        "states": _states(),
    }


def _cbor() -> Family:
    found: Family = [
        {"name": name, "kind": "cbor", "input": digits, "expect": expect}
        for name, digits, expect in _CBOR
    ]
    for name, parts, expect in (
        ("65,536 items", [["99ffff", 1], ["00", 65_535]], "ok"),
        ("65,537 items", [["9a00010000", 1], ["00", 65_536]], LIMIT),
        ("512 KiB", [["5a0007fffb", 1], ["00", 524_283]], "ok"),
        ("512 KiB and one", [["5a0007fffc", 1], ["00", 524_284]], LIMIT),
    ):
        long = {"name": name, "kind": "cbor", "input_parts": parts, "expect": expect}
        found.append(long)
    return found


def _message(name: str, rule: str, octets: bytes, expect: str) -> dict[str, object]:
    return {
        "name": name,
        "kind": "message",
        "rule": rule,
        "input": octets.hex(),
        "expect": expect,
    }


def _messages() -> Family:
    device = identity(world.signing("device").public)
    mark = messages.Mark(
        world.TENANT, device, world.INCARNATION, 7, world.octets("d", 32), world.NOW
    )
    results = (
        messages.Result(messages.Fate.STORED, ""),
        messages.Result(messages.Fate.DUPLICATE, ""),
        messages.Result(messages.Fate.REFUSED, "forked"),
    )
    receipt = messages.Receipt(
        world.TENANT, device, world.octets("m", 32), world.NOW, results, None
    )
    answer = messages.Answer(world.NONCE, world.NOW, None, None, b"mark")
    resyncs = (b"first", b"second")
    said = anchored.Anchored(7, *(world.octets(n, s) for n, s in _ANCHORED))
    asking = messages.Answer(world.NONCE, world.NOW, None, None, None, resyncs)
    poll = messages.Poll(
        world.TENANT,
        device,
        world.NOW,
        world.NONCE,
        "0.1.0",
        "Linux 6.1",
        bytes(32),
        bytes(32),
        world.INCARNATION,
        7,
        5,
        world.NOW - 60,
        420,
        QueueState(3, 9_000, 60, 12, 1, ("spool-full",)),
    )
    doing = Doing(world.octets("order", 16), OrderState.RUNNING, "", 3, 20)
    later = messages.Receipt(
        world.TENANT,
        device,
        world.octets("m", 32),
        world.NOW,
        (messages.Result(messages.Fate.RETRY, "over-quota"),),
        None,
    )
    encoded = {
        "mark": messages.MARK.encode(mark),
        "receipt": messages.RECEIPT.encode(receipt),
        "resync": world.resync(),
        "answer": messages.ANSWER.encode(answer),
        "answer with resyncs": messages.ANSWER.encode(asking),
        "answer with an anchor": messages.ANSWER.encode(
            replace(answer, anchor=anchored.ANCHORED.encode(said))
        ),
        "anchored": anchored.ANCHORED.encode(said),
        "answer with orders": messages.ANSWER.encode(
            replace(answer, orders=(b"first", b"second"), revocations=b"removed")
        ),
        "receipt that asks to send again": messages.RECEIPT.encode(later),
        "poll": messages.POLL.encode(poll),
        "poll of a quiet queue": messages.POLL.encode(
            replace(poll, accepted=0, queue=QUIET)
        ),
        "poll that tells of orders and waits": messages.POLL.encode(
            replace(poll, doing=(doing,), wait=50)
        ),
        "policy-statement": POLICY_STATEMENT.encode(world.policy()),
        "policy-statement for one site": POLICY_STATEMENT.encode(
            world.policy(policy=world.on_site())
        ),
        "policy-statement for some events": POLICY_STATEMENT.encode(
            world.policy(policy=world.of_events())
        ),
        "policy-statement for what is asked for": POLICY_STATEMENT.encode(
            world.policy(policy=world.on_request())
        ),
        "policy-statement with criteria": POLICY_STATEMENT.encode(
            world.policy(policy=world.of_criteria())
        ),
        "policy-statement with updates": POLICY_STATEMENT.encode(
            world.policy(policy=world.of_updates())
        ),
        "key-statement": KEY_STATEMENT.encode(world.keys()),
        "root": trust.ROOT.encode(world.root()),
    }
    found = [
        _message(name, name.partition(" ")[0], octets, "ok")
        for name, octets in encoded.items()
    ]
    return found + _false_messages(encoded)


def _false_messages(encoded: dict[str, bytes]) -> Family:
    mark = cbor.decode(encoded["mark"])
    receipt = cbor.decode(encoded["receipt"])
    answer = cbor.decode(encoded["answer"])
    resync = cbor.decode(encoded["resync"])
    poll = cbor.decode(encoded["poll"])
    if not (
        isinstance(mark, dict)
        and isinstance(receipt, dict)
        and isinstance(answer, dict)
        and isinstance(resync, dict)
        and isinstance(poll, dict)
    ):
        raise TypeError
    queue = QUEUE_STATE.plain(QUIET)
    if not isinstance(queue, dict):
        raise TypeError
    told = Doing(world.octets("order", 16), OrderState.RUNNING)
    doing = DOING.plain(told)
    wrong: tuple[tuple[str, str, cbor.Plain], ...] = (
        ("missing field", "mark", {k: v for k, v in mark.items() if k != 6}),
        ("unknown field", "mark", mark | {7: 0}),
        ("field of another type", "mark", mark | {4: "7"}),
        ("true for an integer", "mark", mark | {4: True}),
        ("below its least", "mark", mark | {4: 0}),
        ("negative", "mark", mark | {6: -1}),
        ("an octet too few", "mark", mark | {1: bytes(15)}),
        ("an octet too many", "mark", mark | {1: bytes(17)}),
        ("null for an absent field", "answer", answer | {3: None}),
        ("an array for a map", "mark", list(mark.values())),
        ("unknown choice", "receipt", receipt | {5: [{1: 4, 2: ""}]}),
        ("text for a choice", "receipt", receipt | {5: [{1: "0", 2: ""}]}),
        ("no item", "receipt", receipt | {5: []}),
        ("an item too many", "receipt", receipt | {5: [{1: 0, 2: ""}] * 65}),
        ("an octet of text too many", "receipt", receipt | {5: [{1: 2, 2: "é" * 33}]}),
        ("resyncs absent", "answer", {k: v for k, v in answer.items() if k != 6}),
        ("a resync too many", "answer", answer | {6: [b"x"] * 33}),
        ("an octet of a resync too many", "answer", answer | {6: [bytes(513)]}),
        ("an octet of an anchor too many", "answer", answer | {7: bytes(257)}),
        ("an empty anchor", "answer", answer | {7: b""}),
        ("an empty resync", "answer", answer | {6: [b""]}),
        ("no purpose of ours", "resync", resync | {4: "marketing"}),
        ("no dataset", "resync", resync | {5: ""}),
        ("a dataset's name too long", "resync", resync | {5: "s" * 65}),
        ("issued never", "resync", resync | {6: 0}),
        ("records accepted absent", "poll", {k: v for k, v in poll.items() if k != 13}),
        ("queue absent", "poll", {k: v for k, v in poll.items() if k != 14}),
        ("an alarm too many", "poll", poll | {14: queue | {6: ["a"] * 17}}),
        ("an octet of an alarm too many", "poll", poll | {14: queue | {6: ["a" * 65]}}),
        ("an empty alarm", "poll", poll | {14: queue | {6: [""]}}),
        ("orders absent", "answer", {k: v for k, v in answer.items() if k != 8}),
        ("an order too many", "answer", answer | {8: [b"x"] * 5}),
        ("an octet of an order too many", "answer", answer | {8: [bytes(11_265)]}),
        ("an empty order", "answer", answer | {8: [b""]}),
        ("an octet of removals too many", "answer", answer | {9: bytes(32_769)}),
        ("doing absent", "poll", {k: v for k, v in poll.items() if k != 15}),
        ("told of an order too many", "poll", poll | {15: [doing] * 9}),
        ("a second of waiting too many", "poll", poll | {16: 51}),
        ("text keys", "mark", {str(k): v for k, v in mark.items()}),
    )
    return [
        _message(f"{rule}: {name}", rule, cbor.encode(plain), SCHEMA)
        for name, rule, plain in wrong
    ]


def _ledgers() -> Family:
    head = ledger.EMPTY
    whole: list[list[str | None]] = []
    ends = [[head.index, head.digest.hex()]]
    for number, act in enumerate(("enrolled", "sealed", "sent"), 1):
        salt = world.octets(f"salt {number}", ledger.SALT_BYTES)
        head, entry, content = ledger.append(
            head, act, {"count": number}, salt, world.NOW + number
        )
        whole.append([entry.hex(), content.hex(), salt.hex()])
        ends.append([head.index, head.digest.hex()])
    erased = [whole[0], [whole[1][0], None, None], whole[2]]
    changed = [whole[0], [whole[1][0], cbor.encode({"count": 9}).hex(), whole[1][2]]]
    resalted = [[whole[0][0], whole[0][1], "00" * 16]]
    rewritten = ledger.ENTRY.decode(bytes.fromhex(str(whole[1][0])))
    forged = ledger.ENTRY.encode(
        ledger.Entry(2, rewritten.previous, rewritten.time + 1, "sent", rewritten.body)
    )
    rows = (
        ("empty", [], ends[0], "ok"),
        ("whole", whole, ends[3], "ok"),
        ("whole, its end not known", whole, None, "ok"),
        ("a body erased", erased, ends[3], "ok"),
        ("cut at its end", whole[:2], ends[3], BROKEN),
        ("cut at its start", whole[1:], ends[3], BROKEN),
        ("an entry missing", [whole[0], whole[2]], None, BROKEN),
        ("two entries swapped", [whole[1], whole[0]], None, BROKEN),
        ("an entry twice", [whole[0], whole[0]], None, BROKEN),
        ("a body altered", changed, None, BROKEN),
        ("a salt altered", resalted, None, BROKEN),
        ("an entry altered", [whole[0], [forged.hex(), None, None]], ends[2], BROKEN),
        ("not an entry", [["a0", None, None]], None, SCHEMA),
    )
    return [
        {
            "name": name,
            "kind": "ledger",
            "entries": entries,
            "head": end,
            "expect": expect,
        }
        for name, entries, end, expect in rows
    ]


def _states() -> Family:
    rows: list[list[object]] = [["b", 2, True, 0.5], ["a", -1, False, None]]
    columns = ["name", "size", "signed", "share"]
    cases: tuple[tuple[str, list[str], list[list[object]]], ...] = (
        ("two rows", columns, rows),
        ("the same rows in another order", columns, rows[::-1]),
        ("no row", columns, []),
        ("a row twice", columns, [rows[0], rows[0]]),
        ("another column", ["title", *columns[1:]], rows),
        ("absent is not empty", ["name"], [[None], [""]]),
        ("whole is not double", ["size"], [[1], [1.0]]),
    )
    return [
        {
            "name": name,
            "kind": "state",
            "columns": names,
            "rows": values,
            "expect": "ok",
        }
        for name, names, values in cases
    ]

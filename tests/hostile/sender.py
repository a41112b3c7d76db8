# SPDX-License-Identifier: Apache-2.0
"""An agent in hostile hands: it enrols as any does, and says what it likes.

Rules: it goes the whole real way: token, gate, envelopes that are rightly signed and
sealed; what no agent of ours would send it makes itself; what was sent is known, by
purpose and dataset.
Not here: the texts (`corpus.py`), what became of them (`looking.py`).
"""

import http.client
import itertools
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from collector_process import Collector
from reader_fixture import CATALOGUE, Speaker, table, with_state
from stranger_fixture import Stranger

from tests.hostile.corpus import cut
from wire import limits, messages, signed
from wire.body import Mode, Table
from wire.catalogue import Kind, ValueType
from wire.doing import Doing
from wire.keys import KEY_STATEMENT, PurposeKey
from wire.order_state import OrderState
from wire.orders import open_order, read_order
from wire.policy import POLICY_STATEMENT, PolicyStatement
from wire.purposes import Purpose
from wire.queue_state import QueueState
from wire.signed import SignedKind
from wire.ticket_key import TICKET_KEY
from wire.token import parse_token
from wire.trust import BUNDLE
from wire.values import Value

READ = (Purpose.PROVISION, Purpose.SUPPORT, Purpose.ADMINISTRATION, Purpose.SECURITY)
"""For which people read tables."""
Place = tuple[Purpose, str]


@dataclass
class Hostile:
    """The agent.

    Attributes:
        port: of the gate, on this machine.
        stranger: its keys.
        told: what it calls itself: its release and its system.
        bundle: as it came.
        sent: the rows that it has said, by purpose and dataset.
    """

    port: int
    stranger: Stranger
    told: tuple[str, str]
    bundle: bytes = b""
    sent: dict[Place, list[dict[str, Value]]] = field(default_factory=dict)

    columns: int = 0
    """Into how many columns it has said something."""

    def ask(self, path: str, body: bytes) -> bytes:
        """Send the gate a message; return the answer."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        line = http.client.HTTPSConnection("127.0.0.1", self.port, context=context)
        line.request("POST", path, body, {"Content-Type": "application/cbor"})
        answer = line.getresponse()
        octets = answer.read()
        line.close()
        if answer.status == 429:
            time.sleep(int(answer.headers["Retry-After"]))
            return self.ask(path, body)
        assert answer.status == 200, octets
        return octets

    def enrol(self, secret: bytes) -> None:
        """Become a device, under these names."""
        who = self.stranger
        asked = messages.ENROL.decode(
            signed.read(who.enrol(secret), SignedKind.ENROL).payload
        )
        asked = replace(asked, agent=self.told[0], system=self.told[1])
        body = who.sign(SignedKind.ENROL, messages.ENROL.encode(asked))
        told = signed.read(self.ask("/v1/enrol", body), SignedKind.ENROLLED)
        self.bundle = messages.ENROLLED.decode(told.payload).bundle

    def poll(self, *doing: Doing, alarms: tuple[str, ...] = ()) -> list[bytes]:
        """Say hello, under these names; return the orders that are handed."""
        asked = replace(
            self.stranger.asks(self.bundle),
            agent=self.told[0],
            system=self.told[1],
            doing=doing,
            queue=QueueState(alarms=alarms),
        )
        body = self.stranger.sign(SignedKind.POLL, messages.POLL.encode(asked))
        told = signed.read(self.ask("/v1/poll", body), SignedKind.ANSWER)
        return [*messages.ANSWER.decode(told.payload).orders]

    def handed(self) -> dict[bytes, PurposeKey]:
        """Return the orders that wait for it, each with the key of its ticket."""
        who, found = self.stranger, {}
        for sealed in self.poll():
            opened = open_order(sealed, who.opening, who.tenant, who.device)
            order, request = read_order(opened)
            assert order.key is not None
            told = signed.read(order.key, SignedKind.TICKET_KEY)
            found[request.id] = TICKET_KEY.decode(told.payload).key
        return found

    def answer(self, key: PurposeKey, name: str, rows: list[dict[str, Value]]) -> None:
        """Seal what a diagnostic found, and ship it."""
        self.say(key, [table(name, rows, key.purpose)])

    def say(self, key: PurposeKey, tables: Sequence[Table]) -> None:
        """Seal tables and ship them; every envelope is to be taken."""
        who = self.stranger
        speaker = Speaker(who.tenant, "", who.key, who.opening, who.incarnation)
        speaker.sequence, speaker.previous = who.sequence, who.previous
        octets = speaker.seal(key, tables, who.now())
        who.sequence, who.previous = speaker.sequence, speaker.previous
        told = signed.read(
            self.ask("/v1/shipments", who.ship([octets])), SignedKind.RECEIPT
        )
        (result,) = messages.RECEIPT.decode(told.payload).results
        assert result.fate is messages.Fate.STORED, result

    def say_all(self, texts: Iterator[str], large: str) -> int:
        """Say these texts in every column of text that the policy lets leave.

        Args:
            texts: go round the columns until there are no more.
            large: said once, in one column.

        Returns:
            How many rows that were.
        """
        places = list(self._places())
        rows: dict[Place, list[dict[str, Value]]] = {place: [] for place, *_ in places}
        for place, names, _ in itertools.cycle(places):
            cells = dict(zip(names, itertools.islice(texts, len(names)), strict=False))
            if cells:
                rows[place].append(dict(cells))
            if len(cells) < len(names):
                break
        self.columns = len(
            {(k, c) for k, said in rows.items() for r in said for c in r}
        )
        self.sent = {place: said for place, said in rows.items() if said}
        keys = {key.id: key for _, _, key in places}
        for name, key in keys.items():
            here = [place for place, _, one in places if one.id == name]
            tables = [_table(place, rows[place]) for place in here if rows[place]]
            if tables:
                self.say(key, tables)
        place, names, key = next(one for one in places if one[0][1] == "event_logs")
        self.say(key, [table(place[1], [{names[0]: large}], place[0])])
        return sum(map(len, rows.values()))

    def _places(self) -> Iterator[tuple[Place, list[str], PurposeKey]]:
        """Yield each dataset of each purpose, with its columns of text and its key."""
        held = BUNDLE.decode(self.bundle)
        keys = KEY_STATEMENT.decode(
            signed.read(held.keys, SignedKind.KEYS).payload
        ).keys
        statement: PolicyStatement = POLICY_STATEMENT.decode(
            signed.read(held.policy, SignedKind.POLICY).payload
        )
        now = int(time.time())
        for rules in statement.policy.purposes:
            for rule in rules.datasets if rules.purpose in READ else ():
                leaving = {o.column for o in rule.columns if o.transform != "drop"}
                names = [name for name in texts_of(rule.dataset) if name in leaving]
                key = next(
                    one
                    for one in keys
                    if (one.purpose, one.retention) == (rules.purpose, rule.retention)
                    and one.start <= now < one.end
                )
                if names:
                    yield (rules.purpose, rule.dataset), names, key


def texts_of(dataset: str) -> list[str]:
    """Return the columns of text of a dataset."""
    columns = CATALOGUE.datasets[dataset].columns
    return [column.name for column in columns if column.type is ValueType.TEXT]


def _table(place: Place, rows: Sequence[Mapping[str, Value]]) -> Table:
    purpose, dataset = place
    if CATALOGUE.datasets[dataset].kind is not Kind.SNAPSHOT:
        return table(dataset, rows, purpose)
    return with_state(table(dataset, rows, purpose, Mode.FULL), rows)


def hostile(collector: Collector, texts: Iterator[str]) -> Hostile:
    """Enrol a hostile agent with a collector that runs.

    Args:
        collector: it.
        texts: of which it takes names for itself.
    """
    token = parse_token(collector.token())
    names = (cut(one, limits.TEXT_CHARS) for one in texts)
    made = Hostile(collector.port, Stranger(token.tenant), (next(names), next(names)))
    made.enrol(token.secret)
    made.poll(Doing(bytes(16), OrderState.FAILED, "reason", 0, 0))
    return made

# SPDX-License-Identifier: Apache-2.0
"""Which table of SQLite's file becomes which of a PostgreSQL store, row for row.

Rules: rows are read in an order that the other store keeps, so that what came first is
found first there too; of what is spent the file has less than a row there, and the rest
is nothing.
Not here: copying and comparing (`copying.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from server.store.device_rows import TOLD

Row = tuple[Any, ...]
_TEXTS = frozenset({"purpose", "retention", "dataset", "gate", "reason"})
_CHAIN = ("tenant", "device", "incarnation")
_FILED = (*_CHAIN, "sequence")
_INSTEAD = (
    "(SELECT g.instead FROM gaps g WHERE x.kind <> 0 AND g.tenant = x.tenant AND"
    " g.device = x.device AND g.incarnation = x.incarnation AND"
    " g.sequence = x.sequence)"
)
_PLACE = (
    *(*_FILED, "previous", "digest", "instead", "kind", "purpose", "retention"),
    *("key_id", "bucket", "created", "records", "size", "received"),
)
_OF_ENVELOPE = {"instead": _INSTEAD, "size": "length(x.octets)"}
_OF_SPENT = {
    "instead": _INSTEAD,
    "previous": "x''",
    "key_id": "zeroblob(16)",
    **dict.fromkeys(("bucket", "created", "size", "received", "period"), "0"),
    "spent": "1",
}


@dataclass(frozen=True, slots=True)
class Copied:
    """A table of the file, and where its rows are in PostgreSQL.

    Attributes:
        name: for people.
        source: the table of the file.
        reads: what is read of it; `x` is a row.
        order: in which rows are read.
        target: the table that they are copied into.
        columns: of that table, in the order of what is read.
        found: where they are afterwards, as after FROM.
        shows: what is read there to compare.
        place: in which order.
        sealed: whether the last that is read are octets that lie apart.
    """

    name: str
    source: str
    reads: str
    order: str
    target: str
    columns: Sequence[str]
    found: str
    shows: str
    place: str
    sealed: bool = False

    @property
    def read(self) -> str:
        """Return the query of the file's rows."""
        return f"SELECT {self.reads} FROM {self.source} x ORDER BY {self.order}"  # noqa: S608 - constant names

    @property
    def counted(self) -> str:
        """Return the query of how many the file has."""
        return f"SELECT count(*) FROM {self.source}"  # noqa: S608 - constant names

    @property
    def shown(self) -> str:
        """Return the query of the database's rows."""
        return f"SELECT {self.shows} FROM {self.found} ORDER BY {self.place}"  # noqa: S608 - constant names

    @property
    def counted_there(self) -> str:
        """Return the query of how many the database has."""
        return f"SELECT count(*) FROM {self.found}"  # noqa: S608 - constant names


def _plain(name: str, key: Sequence[str], *more: str, order: str = "") -> Copied:
    """Return a table that is the same in both; `order` is the file's own."""
    columns = (*key, *more)
    names = ", ".join(columns)
    sorted_there = ", ".join(
        f'{one} COLLATE "C"' if one in _TEXTS else one for one in key
    )
    return Copied(
        *(name, name, names, order or ", ".join(key), name, columns, name, names),
        "number" if order else sorted_there,
    )


def _of_tenant(name: str) -> Copied:
    return _plain(name, ("tenant",), "octets")


_ORDER = (
    *("tenant", "device", "id", "held", "expires", "octets", "state", "reason"),
    *("done", "steps", "changed", "withdrawn", "noted", "ticket"),
)
TABLES = (
    _plain(
        *("devices", ("tenant", "device"), "public", "sealing", "state", "enrolled"),
        *("seen", "agent", "system", "label", "queue", "site", "tags"),
        *TOLD,
    ),
    _plain("tokens", ("tenant", "secret"), "not_after", "uses", "site", "tags"),
    _of_tenant("bundles"),
    _of_tenant("anchors"),
    _of_tenant("revocations"),
    _plain("pseudonyms", ("tenant", "device"), "octets"),
    _plain("policies", ("tenant", "version"), "octets"),
    _plain("placements", ("tenant", "device"), "version", "serial", "issued", "octets"),
    _plain("usage", ("tenant", "day", "device"), "octets"),
    _plain(
        *("chains", _CHAIN, "sequence", "digest", "highest", "marked", "mark", "said"),
        *("said_accepted", "said_marked", "said_at", "said_first", "doubted"),
        order="rowid",
    ),
    _plain("lost", (*_CHAIN, "first"), "last", "noticed"),
    _plain(
        *("gaps", _FILED, "kind", "purpose", "retention", "records", "since"),
        *("until", "reason"),
    ),
    Copied(
        "places of what was deleted",
        "spent",
        ", ".join(
            _OF_SPENT.get(one, f"x.{one}") for one in (*_PLACE, "period", "spent")
        ),
        ", ".join(f"x.{one}" for one in _FILED),
        "places",
        (*_PLACE, "period", "spent"),
        "places WHERE spent",
        ", ".join((*_PLACE, "period", "spent::integer")),
        "number",
    ),
    Copied(
        "envelopes",
        "envelopes",
        ", ".join(_OF_ENVELOPE.get(one, f"x.{one}") for one in _PLACE) + ", x.octets",
        "x.rowid",
        "places",
        _PLACE,
        "places JOIN envelopes USING (tenant, device, incarnation, sequence, period)"
        " WHERE NOT spent",
        ", ".join((*_PLACE, "octets")),
        "number",
        sealed=True,
    ),
    _plain(
        *("resyncs", ("tenant", "device", "purpose", "dataset"), "incarnation"),
        *("issued", "octets"),
    ),
    _plain(
        *("blocks", ("tenant", "device", "purpose", "key_id", "incarnation"), "last"),
        *("sources", "octets"),
    ),
    _plain(
        *("remainders", _FILED, "purpose", "retention", "key_id", "source", "created"),
        *("records", "erased", "octets"),
    ),
    _plain(
        *("extracts", ("tenant", "holder", *_CHAIN[1:], "sequence"), "purpose"),
        *("key_id", "source", "created", "records", "octets"),
    ),
    _plain("ended", ("tenant", "key_id"), "noticed"),
    Copied(
        *("orders", "orders", ", ".join(_ORDER), "tenant, device, id", "orders"),
        *(_ORDER, "orders", ", ".join(_ORDER).replace("noted", "noted::integer")),
        "tenant, device, id",
    ),
    _plain("calls", ("tenant", "number"), "device", "made"),
    _plain("refusals", ("tenant", "hour", "gate", "reason"), "count"),
    _plain(
        *("refused", ("tenant", "device", "reason"), "gate", "count", "since", "last"),
    ),
)

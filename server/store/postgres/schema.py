# SPDX-License-Identifier: Apache-2.0
"""Tables of the PostgreSQL store, version by version, forwards and backwards.

Rules: every key starts with the tenant, so that tables distribute by it; sealed octets
of envelopes lie apart from what is known of them, in partitions by the day on which
their epoch's key ends; no table has a place for opened data; a version that was
released is never changed, another follows.
Not here: applying them (`migrating.py`), who may do what
(`roles.py`).
"""

from dataclasses import dataclass

SCHEMA = "discreet"
UNPLANNED = 0
"""Period of what is sealed to a key of which the store was not told when it ends."""
_CHAIN = "tenant bytea NOT NULL, device bytea NOT NULL, incarnation bytea NOT NULL"
_OF_TENANT = "tenant bytea PRIMARY KEY, octets bytea NOT NULL"
_DEVICES = (
    """CREATE TABLE devices (
    tenant bytea NOT NULL, device bytea NOT NULL, public bytea NOT NULL,
    sealing bytea NOT NULL, state text NOT NULL, enrolled bigint NOT NULL,
    seen bigint NOT NULL, agent text NOT NULL, system text NOT NULL,
    label text NOT NULL, queue bytea, PRIMARY KEY (tenant, device))""",
    """CREATE TABLE tokens (
    tenant bytea NOT NULL, secret bytea NOT NULL, not_after bigint NOT NULL,
    uses bigint NOT NULL, PRIMARY KEY (tenant, secret))""",
    f"CREATE TABLE bundles ({_OF_TENANT})",
    f"CREATE TABLE anchors ({_OF_TENANT})",
    f"CREATE TABLE revocations ({_OF_TENANT})",
    """CREATE TABLE pseudonyms (
    tenant bytea NOT NULL, device bytea NOT NULL, octets bytea NOT NULL,
    PRIMARY KEY (tenant, device))""",
    """CREATE TABLE usage (
    tenant bytea NOT NULL, day bigint NOT NULL, device bytea NOT NULL,
    octets bigint NOT NULL, PRIMARY KEY (tenant, day, device))""",
)
_CHAINS = (
    f"""CREATE TABLE chains ({_CHAIN}, sequence bigint NOT NULL, digest bytea NOT NULL,
    highest bigint NOT NULL DEFAULT 0, marked bigint NOT NULL DEFAULT 0, mark bytea,
    said bigint NOT NULL DEFAULT 0, said_accepted bigint,
    said_marked bigint NOT NULL DEFAULT 0, said_at bigint NOT NULL DEFAULT 0,
    said_first bigint, doubted bigint, number bigint GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (tenant, device, incarnation))""",
    """CREATE INDEX unmarked ON chains (tenant, device, incarnation)
    WHERE sequence > marked""",
    "CREATE INDEX doubted ON chains (tenant, doubted) WHERE doubted IS NOT NULL",
    f"""CREATE TABLE lost ({_CHAIN}, first bigint NOT NULL, last bigint NOT NULL,
    noticed bigint NOT NULL, PRIMARY KEY (tenant, device, incarnation, first))""",
    f"""CREATE TABLE gaps ({_CHAIN}, sequence bigint NOT NULL, kind smallint NOT NULL,
    purpose text NOT NULL, retention text NOT NULL, records bigint,
    since bigint NOT NULL, until bigint NOT NULL, reason text NOT NULL,
    PRIMARY KEY (tenant, device, incarnation, sequence))""",
)
_PLACES = (
    f"""CREATE TABLE places ({_CHAIN}, sequence bigint NOT NULL,
    previous bytea NOT NULL, digest bytea NOT NULL, instead bytea,
    kind smallint NOT NULL, purpose text NOT NULL, retention text NOT NULL,
    key_id bytea NOT NULL, bucket bigint NOT NULL, created bigint NOT NULL,
    records bigint NOT NULL, size bigint NOT NULL, received bigint NOT NULL,
    period integer NOT NULL, spent boolean NOT NULL,
    number bigint GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (tenant, device, incarnation, sequence))""",
    "CREATE INDEX by_number ON places (tenant, number)",
    """CREATE INDEX by_previous ON places (tenant, device, previous)
    WHERE NOT spent""",
    "CREATE INDEX by_key ON places (tenant, key_id) WHERE NOT spent",
    """CREATE INDEX by_purpose
    ON places (tenant, purpose, device, incarnation, sequence) WHERE NOT spent""",
    """CREATE INDEX by_age ON places (tenant, purpose, retention, created)
    WHERE kind <> 0 AND NOT spent""",
    f"""CREATE TABLE envelopes ({_CHAIN}, sequence bigint NOT NULL,
    period integer NOT NULL, octets bytea NOT NULL,
    PRIMARY KEY (tenant, device, incarnation, sequence, period))
    PARTITION BY LIST (period)""",
    "ALTER TABLE envelopes ALTER COLUMN octets SET STORAGE EXTERNAL",
    f"""CREATE TABLE envelopes_unplanned PARTITION OF envelopes
    FOR VALUES IN ({UNPLANNED})""",
)
"""What is known of an envelope stays when it is spent: so it cannot come back."""
_SEALED = (
    """CREATE TABLE resyncs (
    tenant bytea NOT NULL, device bytea NOT NULL, purpose text NOT NULL,
    dataset text NOT NULL, incarnation bytea NOT NULL, issued bigint NOT NULL,
    octets bytea NOT NULL, PRIMARY KEY (tenant, device, purpose, dataset))""",
    """CREATE TABLE blocks (
    tenant bytea NOT NULL, device bytea NOT NULL, purpose text NOT NULL,
    key_id bytea NOT NULL, incarnation bytea NOT NULL, last bigint NOT NULL,
    sources bigint NOT NULL, octets bytea NOT NULL,
    PRIMARY KEY (tenant, device, purpose, key_id, incarnation))""",
    f"""CREATE TABLE remainders ({_CHAIN}, sequence bigint NOT NULL,
    purpose text NOT NULL, retention text NOT NULL, key_id bytea NOT NULL,
    source bytea NOT NULL, created bigint NOT NULL, records bigint NOT NULL,
    erased bigint NOT NULL, octets bytea NOT NULL,
    PRIMARY KEY (tenant, device, incarnation, sequence))""",
    """CREATE TABLE extracts (
    tenant bytea NOT NULL, holder bytea NOT NULL, device bytea NOT NULL,
    incarnation bytea NOT NULL, sequence bigint NOT NULL, purpose text NOT NULL,
    key_id bytea NOT NULL, source bytea NOT NULL, created bigint NOT NULL,
    records bigint NOT NULL, octets bytea NOT NULL,
    PRIMARY KEY (tenant, holder, device, incarnation, sequence))""",
    *(
        f"CREATE INDEX {table}_by_key ON {table} (tenant, key_id)"
        for table in ("blocks", "remainders", "extracts")
    ),
    """CREATE TABLE ended (
    tenant bytea NOT NULL, key_id bytea NOT NULL, noticed bigint NOT NULL,
    PRIMARY KEY (tenant, key_id))""",
)
_ASKED = (
    """CREATE TABLE orders (
    tenant bytea NOT NULL, device bytea NOT NULL, id bytea NOT NULL,
    held bigint NOT NULL, expires bigint NOT NULL, octets bytea NOT NULL,
    state text NOT NULL, reason text NOT NULL, done bigint NOT NULL,
    steps bigint NOT NULL, changed bigint NOT NULL, withdrawn bigint NOT NULL,
    noted boolean NOT NULL, ticket bytea NOT NULL,
    PRIMARY KEY (tenant, device, id))""",
    """CREATE TABLE calls (
    tenant bytea NOT NULL, number bigint NOT NULL, device bytea NOT NULL,
    made bigint NOT NULL, PRIMARY KEY (tenant, number))""",
    "CREATE SEQUENCE call_numbers",
)
_PERIODS = (
    """CREATE TABLE epochs (
    tenant bytea NOT NULL, key_id bytea NOT NULL, period integer NOT NULL,
    PRIMARY KEY (tenant, key_id))""",
    "CREATE INDEX epochs_by_period ON epochs (period)",
    "CREATE TABLE worn (name text PRIMARY KEY)",
    f"""CREATE FUNCTION make_period(day integer) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = {SCHEMA}, pg_temp AS $$ BEGIN
        IF day <= {UNPLANNED} THEN RAISE 'a period is a day'; END IF;
        IF to_regclass('envelopes_' || day) IS NOT NULL THEN RETURN; END IF;
        EXECUTE format('CREATE TABLE envelopes_%s (LIKE envelopes INCLUDING ALL)', day);
        EXECUTE format('ALTER TABLE envelopes ATTACH PARTITION envelopes_%s
            FOR VALUES IN (%s)', day, day);
    END $$""",
    f"""CREATE FUNCTION drop_period(day integer) RETURNS boolean LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = {SCHEMA}, pg_temp AS $$ BEGIN
        IF day <= {UNPLANNED} OR EXISTS (
            SELECT 1 FROM epochs e WHERE e.period = day AND NOT EXISTS (
                SELECT 1 FROM ended d
                WHERE d.tenant = e.tenant AND d.key_id = e.key_id))
        THEN RETURN false; END IF;
        EXECUTE format('DROP TABLE IF EXISTS envelopes_%s', day);
        DELETE FROM epochs e WHERE e.period = day;
        RETURN true;
    END $$""",  # noqa: S608 - constant names
    f"""CREATE FUNCTION renew(name text) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = {SCHEMA}, pg_temp AS $$ BEGIN
        IF name !~ '^(envelopes_[a-z0-9]+|blocks|remainders|extracts)$'
        THEN RAISE 'not a table of sealed octets'; END IF;
        IF to_regclass(name) IS NOT NULL THEN
            EXECUTE format('CLUSTER %I USING %I', name, name || '_pkey');
        END IF;
    END $$""",
    *(
        f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC"
        for name in ("make_period(integer)", "drop_period(integer)", "renew(text)")
    ),
)
"""What whoever ends data may do to tables without owning them, and nothing else."""


@dataclass(frozen=True, slots=True)
class Migration:
    """From one version to the next, and back.

    Attributes:
        forwards: statements, run in one transaction.
        backwards: the same.
        unless: tables that have to be empty for the way back: rows would be lost.
        where: which of their rows would.
    """

    forwards: tuple[str, ...]
    backwards: tuple[str, ...]
    unless: tuple[str, ...]
    where: str = "true"


_SPOTS = tuple(
    (table, name) for table in ("devices", "tokens") for name in ("site", "tags")
)
"""Names of tags are parted by a space."""
_OBEYED = (
    """CREATE TABLE policies (
    tenant bytea NOT NULL, version bigint NOT NULL, octets bytea NOT NULL,
    PRIMARY KEY (tenant, version))""",
    """CREATE TABLE placements (
    tenant bytea NOT NULL, device bytea NOT NULL, version bigint NOT NULL,
    serial bigint NOT NULL, issued bigint NOT NULL, octets bytea NOT NULL,
    PRIMARY KEY (tenant, device))""",
)
_REFUSED = (
    """CREATE TABLE refusals (
    tenant bytea NOT NULL, hour bigint NOT NULL, gate text NOT NULL,
    reason text NOT NULL, count bigint NOT NULL,
    PRIMARY KEY (tenant, hour, gate, reason))""",
    """CREATE TABLE refused (
    tenant bytea NOT NULL, device bytea NOT NULL, reason text NOT NULL,
    gate text NOT NULL, count bigint NOT NULL, since bigint NOT NULL,
    last bigint NOT NULL, PRIMARY KEY (tenant, device, reason))""",
)
_FLEET = (
    *((name, "text", "''") for name in ("name", "said", "alarms")),
    *((name, "bigint", "0") for name in ("lossy", "waiting", "waited")),
)
_NAMES = (
    *("devices", "tokens", "bundles", "anchors", "revocations", "pseudonyms", "usage"),
    *("chains", "lost", "gaps", "places", "envelopes", "resyncs", "blocks"),
    *("remainders", "extracts", "ended", "orders", "calls"),
)
MIGRATIONS = (
    Migration(
        (*_DEVICES, *_CHAINS, *_PLACES, *_SEALED, *_ASKED),
        (
            *(f"DROP TABLE {name}" for name in _NAMES),
            "DROP SEQUENCE call_numbers",
        ),
        ("devices",),
    ),
    Migration(
        _PERIODS,
        (
            *("DROP FUNCTION make_period", "DROP FUNCTION drop_period"),
            *("DROP FUNCTION renew", "DROP TABLE worn", "DROP TABLE epochs"),
        ),
        ("epochs",),
    ),
    Migration(
        tuple(
            f"ALTER TABLE {table} ADD COLUMN {name} text NOT NULL DEFAULT ''"
            for table, name in _SPOTS
        ),
        tuple(f"ALTER TABLE {table} DROP COLUMN {name}" for table, name in _SPOTS),
        ("devices", "tokens"),
        "site <> '' OR tags <> ''",
    ),
    Migration(
        _OBEYED, ("DROP TABLE placements", "DROP TABLE policies"), ("placements",)
    ),
    Migration(_REFUSED, ("DROP TABLE refused", "DROP TABLE refusals"), ()),
    Migration(
        tuple(
            f"ALTER TABLE devices ADD COLUMN {name} {kind} NOT NULL DEFAULT {none}"
            for name, kind, none in _FLEET
        ),
        tuple(f"ALTER TABLE devices DROP COLUMN {name}" for name, *_ in _FLEET),
        (),
    ),
)
"""1: what an SQLite store has; 2: partitions that end with their keys; 3: sites and
tags; 4: what devices obey that are placed; 5: what gates did not take, without which an
older release does; 6: what is looked for in all devices, made of what is there."""
VERSION = len(MIGRATIONS)
FLEET_SINCE = 6

# SPDX-License-Identifier: Apache-2.0
"""Every bound of the wire format, with its reason.

Rules: a number that limits anything received from outside stands here and nowhere
else; both ends read the same constant.
Not here: CPU, memory and row budgets of the agent (`agent/budget.py`).
"""

KIB = 1024
MIB = 1024 * KIB

CBOR_DEPTH = 12
"""Nesting of any message: the deepest (policy) uses 8; the rest is head-room."""
MESSAGE_BYTES = 512 * KIB
"""One signed message: the largest is a policy bundle of some 60 keys of 1.2 kB."""
MESSAGE_ITEMS = 65_536
"""Values in one decoded message: stops a small message of many empty arrays."""
SIGNATURES = 8
"""Signatures on one message: a root threshold is rarely above five."""

RESYNCS = 32
"""Resyncs in one answer; what waits beyond them comes with the next."""
ANCHOR_BYTES = 256
"""An anchor in an answer: a number, a root, a key and a signature."""
ANCHOR_SECONDS = 3_600
"""A device writes one down an hour at most: the collector hands out one a day, and no
gate is to fill a ledger."""
RESYNC_BYTES = 512
"""One signed resync: a device, an incarnation and two names need 280 bytes."""
RESYNC_SECONDS = 3_600
"""Between two resyncs of one state: more often it could not be shipped and read."""

ORDERS = 4
"""Orders in one answer: a person starts one at a time; the rest comes with the next."""
REQUEST_BYTES = 4 * KIB
"""One request: ids, names and a reason of 512 are 900, parameters 2,600."""
PROOFS = 2
"""Who asks, and who approves."""
AUTHENTICATOR_BYTES = 37
"""Authenticator data of an assertion without extensions: hash, flags, counter."""
CLIENT_DATA_BYTES = 1 * KIB
"""Client data of an assertion: 130 octets and an origin; browsers add a few members."""
EC_SIGNATURE_BYTES = 72
"""Longest DER form of two numbers of 256 bits."""
TICKET_KEY_BYTES = 2 * KIB
"""The signed key of a ticket: 1,216 octets of key, names, times and signatures."""
ORDER_BYTES = REQUEST_BYTES + PROOFS * (CLIENT_DATA_BYTES + 256) + TICKET_KEY_BYTES + 64
"""A request, its proofs, each with its client data and 150 octets of others, and the
key of its ticket."""
SEALED_ORDER_BYTES = 11 * KIB
"""An order in its frame (up to 9.2 kB) with its encapsulated key and tag."""
ORDER_SECONDS = 24 * 3_600
"""A request is good for a day at most: a machine that was off over night hears it."""
TICKET_SECONDS = 30 * 24 * 3_600
"""For which a ticket may be open: what takes longer is opened again, and looked at."""
TICKET_LATE_SECONDS = 3_600
"""After a ticket's end a diagnostic may still come to its own: ten minutes until its
device must know that it was taken back, two in which it runs, and clocks."""
TICKET_KEY_SECONDS = TICKET_SECONDS + TICKET_LATE_SECONDS
"""The period of a ticket's key: longer, and it would be no ticket's."""
ORIGIN_CHARS = 268
"""A scheme, the longest name of the DNS and a port."""
DOING = 8
"""Orders that a poll speaks of: those of two answers."""
POLL_WAIT_SECONDS = 50
"""How long a poll may ask to be kept: less than proxies cut a silent connection at."""
REVOCATION_SECONDS = 600
"""A list of removals older than this does not show that a technician is still one."""
CANCELLED = 256
"""Orders cancelled in one list: those that have not expired."""
REVOCATIONS_BYTES = 32 * KIB
"""One signed list: 1,024 keys and 256 orders of 17 octets, and a signature."""

HEADER_BYTES = 1_024
"""Envelope header: 15 fields need about 350 bytes, a gap record 450, a void 485."""
ENVELOPE_BYTES = 1 * MIB
"""Ciphertext of one envelope: larger passes are split by rows."""
SHIPMENT_ENVELOPES = 64
"""Envelopes of one POST: one signature is spread over them; 64 keeps a retry small."""
SHIPMENT_BYTES = 4 * MIB
"""One POST body: four of the largest envelopes, and what a gate buffers a request."""
MANIFEST_BYTES = 8 * KIB
"""A signed manifest: 64 digests of 34 bytes, ids and a signature are 2.4 kB; and what
a gate holds for whom it does not know yet."""
ALARMS = 16
"""Alarms in one poll: there are about half as many kinds."""
ANSWER_BYTES = 1 * MIB
"""What an agent reads of any answer: a bundle with its roots is below 512 KiB."""

BODY_BYTES = 8 * MIB
"""One opened body: what a reader must hold in memory for one envelope."""
BODY_RATIO = 200
"""Decompressed / compressed: real inventories reach 60, logs 20, bombs 30,000."""
BODY_RATIO_FLOOR = 64 * KIB
"""Below this output the ratio is not looked at: tiny bodies compress oddly well."""
BODY_TABLES = 64
"""Datasets in one envelope: the catalogue has about 40."""
BODY_COLUMNS = 64
"""Columns of one dataset: the widest has 25."""
BODY_ROWS = 65_536
"""Rows of one dataset in one envelope: 16 times a large package list."""
ROW_NUMBER = 2**31 - 1
"""Greatest number of a row: signed 32 bits, like Arrow's offsets; then a full state."""
HEAD_BYTES = 256 * KIB
"""Description of a body: 64 tables of 64 columns at 50 bytes each."""
BLOCK_SOURCES = 65_536
"""Envelopes that one block replaces: an epoch of a month at one a minute is 43,200."""
NOTE_COUNT = 1_024
"""Withholding notes in one body: one for each column of each dataset is below."""
PAD_MINIMUM = 256
"""Smallest frame: a heartbeat and a short inventory look alike."""

PLACEMENT_BYTES = 512
"""A signed placement with two signatures, and room."""

REASON_CHARS = 40
"""A kebab-case slug, such as "maximum-age"."""
SPOT_CHARS = 40
"""Of a site or a tag: a column of a list."""
TAGS = 16
"""Of one device: more is a register of another kind."""
NAME_CHARS = 64
"""Dataset, column, class and reader names."""
TEXT_CHARS = 512
"""Any descriptive text in a signed message."""
PURPOSES = 8
"""The statement names eight purposes."""
CLASSES = 16
"""Retention classes of one purpose."""
NETWORKS = 64
"""Networks named for one dataset: the sites of one client."""
EVENTS = 128
"""Kinds of events named for one dataset: what a technician looks at, by name."""
TECHNICIANS = 1_024
"""Technicians' keys in one root."""
PARAMETERS = 8
"""Parameters of one diagnostic: a technician reads all of them before signing."""
PARAMETER_CHARS = 253
"""One parameter's text: as long as a name of the DNS, the longest there is."""
DIAGNOSTIC_SECONDS = 120
"""Longest run of a diagnostic: what somebody at a telephone waits for."""
DIAGNOSTIC_ROWS = 4_096
"""Rows of one result: more is no answer to a question, but an inventory."""
DIAGNOSTIC_OCTETS = 768 * MIB
"""What one run may go through: all lists of packages, three of the largest size."""
ROOTS = 64
"""Roots from the pinned one to the newest: one a year outlives the installation."""
SCOPE_DEVICES = 1_024
"""Devices that a scope names: the clients of a large provider; none means all."""
RULES = 16
"""Conditions on the rows of one dataset: more is a matter that nobody can read."""
RULE_VALUES = 64
"""Values that one condition names."""
TERMS = 32
"""Terms of one matter: the longest kind has about a dozen."""
DECISION_BYTES = 2 * KIB
"""One signed decision: ids, names, a reason of 512 and a signature."""
DECISIONS = 16
"""Decisions that another paper carries: one asks, two approve, some are withdrawn."""
CERTIFICATE_KEYS = 1_024
"""Keys that one certificate ends: 16 classes of 8 purposes for eight epochs."""
JOURNAL_TABLES = 1_024
"""Tables of one line of the journal of what ended: longer erasures take more."""
JOURNAL_ROWS_BYTES = 400 * KIB
"""Of these tables: the largest takes 256 KiB, and a line is one message."""
CHECKS = 32
"""Checks, or claims not made, of one certificate: there are about ten of each."""
COPIES = 256
"""Backups that one certificate waits for: one a day for eight months."""
KEPT = 256
"""Cases for which a part was kept of what one certificate ends."""
LAW_RULES = 128
"""Rules of all packs in force: half of what a certificate can name as kept."""
LAW_DAYS = 11_000
"""Thirty years: no limitation is longer, and a wrong digit shows."""
JURISDICTION_CHARS = 6
"""ISO 3166-2: a country of two letters and a part of three."""
COUNTRY_CHARS = 2
"""ISO 3166-1."""
HOST_CHARS = 253
"""Longest name of the DNS."""
RECEIVER_PATH_CHARS = 128
"""Of a receiver of OTLP: those that people run have at most three short words."""
PART_BYTES = 8 * MIB
"""One sealed part of a release: what who makes or opens it holds in memory."""
RELEASE_PARTS = 512
"""Parts of one release: 4 GiB; their digests are 20 kB of its head."""
RELEASE_BYTES = RELEASE_PARTS * (PART_BYTES - 16)
"""Of the files of one release: its parts, less a tag of 16 octets each."""
RELEASE_COLUMNS = BODY_COLUMNS + 8
"""Columns of one file: a dataset's, and who sent the row and when."""
RECIPIENT_BYTES = 2 * KIB
"""One signed request or receipt: ids, a name and a signature are below 400 octets; a
question with sixteen stand-ins and a reason is below 1,900."""
RESOLVED_AT_ONCE = 16
"""Stand-ins that one question of a recipient names: what an alert is about; each is
shown to who approves, and more is the wish for a table."""
RESOLVED_BYTES = 12 * KIB
"""Their meanings, sealed: sixteen of a name and a text, and what HPKE adds."""
EVIDENCE_FILES = 4_096
"""In one package: two for each of its newest certificates, and some thirty."""
EVIDENCE_BYTES = 64 * MIB
"""One file of a package: thousands of releases in JSON are a few MB."""
EVIDENCE_PACKAGE_BYTES = 256 * MIB
"""All of its files: 2,000 certificates with their proofs are below 100 MB."""
LEDGER_LINE_BYTES = 64 * KIB
"""Entry or body: one that names a thousand keys or devices is below 20 kB."""
TREE_DEPTH = 48
"""Steps from an entry to the root: more entries than any disk holds."""
PROOF_BYTES = 4 * MIB
"""A paper with its roots, which are 2 kB each, and the keeper's statement."""
KEYS = 256
"""Purpose keys in one bundle: 8 purposes x 16 classes x 2 epochs."""
SEQUENCE = 2**63 - 1
"""Sequence numbers and times fit a signed 64-bit integer of every language."""

POLICY_SOURCE_BYTES = 256 * KIB
"""A policy written by people; `full` is below 30 kB."""
TOKEN_CHARS = 512
"""An enrolment token pasted by a person."""
LOG_N_MINIMUM = 14
"""Base-2 logarithm of scrypt's cost: 16 MiB, the least that is worth the name."""
LOG_N_MAXIMUM = 20
"""1 GiB: more, and a file could be a way to exhaust who opens it."""
LOCKED_BYTES = 16 * MIB
"""A keyring backup of ten years: 40,000 tombstones and a few hundred keys."""
NOTE_CHARS = 16 * KIB
"""A signed checkpoint (origin, size, root and one signature need 260) with the
signatures of some sixty witnesses."""
CLOCK_SKEW_SECONDS = 900
"""A device's stated time may differ this much from the gate's before it is told."""
EPOCH_SECONDS_MINIMUM = 86_400
"""Shortest key epoch: one day."""
EPOCHS_PER_AGE = 12
"""An epoch is at most a twelfth of the maximum age (over-retention is stated)."""

# SPDX-License-Identifier: Apache-2.0
"""Every bound of what the agent may cost a machine, with its reason.

Rules: a number that limits rows, seconds or bytes on the endpoint stands here and
nowhere else, but for updates (`agent/update_budget.py`) and disks that refuse to be
read (`agent/disk_budget.py`); at a bound a reader stops and says so, it never guesses.
Not here: bounds of the wire format (`wire/limits.py`) and of the Host's primitives
(`agent/host/interface.py`).
"""

from wire import limits

ROWS = limits.BODY_ROWS
"""Rows one reader may return: what one envelope can carry of one dataset."""
COLLECTOR_SECONDS = 20.0
"""Time of one reader: the slowest on a sound machine (rpm) needs about 3 seconds."""
COLLECTOR_PROCESSOR_SECONDS = 10.0
"""Processor time of one reader, without its programs: half of its time; the dearest
needs 2 seconds on a machine of 8,000 packages."""
COLLECTOR_OCTETS = 64 * limits.MIB
"""Bytes one reader may take: twice the largest source that is read whole."""
COM_SECONDS = 15.0
"""A service of Windows that is asked over COM: less than its reader's time."""
QUICK_SECONDS = 120
"""Metrics that come as often are read by a quick pass: what is kept in memory for it
costs 2 MiB, which a whole pass every quarter of an hour does not."""
PREPARED_SECONDS = 300
"""What comes as often is planned once, before the fork, and what reads it stays loaded:
half a MiB, and a third of the time of each such pass."""
METRIC_SECONDS = 2.0
"""Time of the resident metrics reader: 20 reads of /proc need 2 ms."""

TEXT_BYTES = 4 * limits.KIB
"""One text value of an inventory: the longest seen (group lists) is below 1 KiB."""
LINE_BYTES = 16 * limits.KIB
"""One log line: rsyslog cuts at 8 KiB, journald at 48; what is over is cut."""
SMALL_FILE_BYTES = 64 * limits.KIB
"""A file of one value or a few lines under /sys, /proc or /etc."""
UNIT_FILE_BYTES = 64 * limits.KIB
"""A systemd unit file: the longest of Debian has 9 kB."""

SMBIOS_BYTES = 1 * limits.MIB
"""The firmware's table: 3 kB of a laptop, 60 kB of a server with 64 modules."""

BLOCK_LAYERS = 16
"""Block devices on top of each other: encryption, volumes and RAID make four."""

SMART_DISKS = 64
"""Disks asked for their health: at 0.2 seconds each they fit a reader's time."""

PRINTERS_BYTES = 1 * limits.MIB
"""CUPS's list of printers: 600 bytes each, thousands on a print server."""

CRONTAB_BYTES = 256 * limits.KIB
"""One table of cron: a job a line, a thousand lines of 256 bytes."""
CRONTABS = 4_096
"""Tables of people and jobs of at that are looked at: a server of many accounts."""
GROUP_BYTES = 8 * limits.MIB
"""/etc/group of a machine whose groups have thousands of members each."""

APT_LIST_CHUNK_BYTES = 256 * limits.KIB
"""One read of a package list: a larger one is slower, for it leaves all caches."""
APT_STANZA_BYTES = 1 * limits.MIB
"""One package of a list: 800 bytes, or 100 KiB where it provides thousands of names."""
UNPACK_PIECE_BYTES = 64 * limits.KIB
"""What a packed list gives at once: a block of lz4, which fits a processor's cache."""
UNPACK_MEMORY_BYTES = 80 * limits.MIB
"""What unpacking xz may take: its highest preset wants 65 MiB."""
APT_LIST_BYTES = 256 * limits.MIB
"""One package list: all of Debian's main archive has 50 MB, Ubuntu's universe 70."""
APT_RELEASE_BYTES = 4 * limits.KIB
"""Head of a Release file: the fields stand before its lists of digests."""
UPGRADE_LOG_BYTES = 256 * limits.KIB
"""End of a package manager's log: 2,500 lines, a month of a desktop."""

LOG_FIRST_BYTES = 1 * limits.MIB
"""What the first pass over a log file goes back: about a day of a quiet server."""
LOG_PASS_BYTES = 4 * limits.MIB
"""Bytes of one log file in one pass: 40,000 lines, redacted in about a second."""
LOG_FINGERPRINT_BYTES = 512
"""Start of a log file that tells it from its successor: some lines, or a record."""
LOG_CURSOR_BYTES = 16 * limits.KIB
"""A cursor of ours: ten files at about 120 bytes each, and the journal's."""
BOOKMARK_BYTES = limits.KIB
"""Windows' mark of one event: 130 bytes and the name of its log, of which the longest
has 75; three logs of them fit a cursor."""
FAILED_SIGN_INS = 8_192
"""Failures the root side answers at once: an hour of two guesses a second, 3 MB."""
WTMPDB_BYTES = 16 * limits.MIB
"""wtmpdb's database: 100,000 sign-ins; it is rotated after 60 days."""
SIGN_INS_FIRST = 1_024
"""Sign-ins that a first pass over wtmpdb goes back: a month of a quiet server."""
PASSWD_BYTES = 1 * limits.MIB
"""The list of accounts: 60 bytes each, some thousands where students work."""

APPORT_BYTES = 4 * limits.KIB
"""Head of one of apport's reports: what is read of it is in its first 1 kB."""
CRASH_FILES = 256
"""Crashes told of one folder in one pass: systemd-coredump keeps some dozens."""

EVENT_NAMES = 64
"""Users, machines and addresses that one event names: an audit's has twenty."""
LOG_ALIKE_ROWS = 512
"""Events of one kind that carry text in one pass: a boot's kernel messages fit, and
what is over is a flood, of which the number says as much as the text."""
COUNT_ENTRIES = 16_384
"""Entries without text of one journalctl run: at 400 bytes each within its output."""
COUNT_RUNS = 8
"""Runs of one counting pass: 130,000 entries, or 32 MiB of a file, in 5 seconds."""
JOURNAL_ROWS = 4_096
"""Entries of one journalctl run: at 500 bytes each a quarter of the output bound."""
JOURNAL_RETRY_ROWS = 128
"""Entries of the second try, when the first was over the output bound."""
SSHD_FILES = 64
"""Files of the SSH server's settings: distributions ship two or three."""
SSHD_DEPTH = 16
"""Includes within includes: where sshd itself stops."""
APT_FILES = 256
"""Files of apt's settings: a crowded machine has thirty."""

CERTIFICATE_BYTES = 64 * limits.KIB
"""A file of certificates: a chain of four has 8 kB; bundles of all authorities, which
are not wanted, begin at 200."""
CERTIFICATE_FILES = 1_024
"""Files of certificates, or certificates of one store of Windows: busy proxies have
some hundred."""

SOCKET_OWNER_LINKS = 65_536
"""Descriptors looked at to find who listens: stops on a machine of many sockets."""

ORDERS_SHOWN = 100
"""Ended orders that are remembered for people, at most 8 KiB each."""
ORDERS_HELD = 512
"""Orders remembered at once: beyond, none is heard, so that no gate fills the disk."""
ASK_SECONDS = 300
"""How long a person at the machine has to say yes: as long as a call waits."""
ASK_LOOK_SECONDS = 2
"""Between two looks while a person is asked: what they say comes from another
process."""
ASK_POLL_SECONDS = 10
"""Between its polls meanwhile: other orders come, and this one may be taken back."""
ORDER_LOOK_SECONDS = 2.0
"""Between its polls while an order runs: who waits sees how far it is, and one that is
taken back ends within seconds; most orders are over before the first."""
ORDER_MEMORY_BYTES = 256 * limits.MIB
"""Memory of a diagnostic's child: as of a pass, which reads more."""
ORDER_GRACE_SECONDS = 20
"""Beyond its own time, for loading, redacting and sealing on a slow machine."""
TELLING_SECONDS = 12
"""Beyond that, for its notice: 8 for people's sessions and 4 for terminals, or 10 until
a window stands on a slow Windows."""
NOTICE_SHOWN_SECONDS = 60
"""After which one that wants no yes goes away: its few sentences are read by then."""

SPOOL_BYTES = 256 * limits.MIB
"""Sealed bytes kept while the collector is away: months of an ordinary machine."""
SPOOL_SHARES = {"EVENT": 0.60, "SNAPSHOT": 0.20, "METRIC": 0.15, "CONTROL": 0.05}
"""Of SPOOL_BYTES, for each class: events cannot be read again, a state can; what tells
of losses must never wait for the others, and needs a tenth of a percent."""
FOLD_SHARE = 0.75
"""Of its quota that metrics may take before readings are left out: a week is left."""
FOLD_EVERY = 4
"""Then every fourth slot is read: a quarter of an hour becomes an hour."""
RESERVE_BYTES = 4 * limits.MIB
"""Held back from the disk: a delete writes as much as it frees, twice, and its log."""
TRIM_BYTES = 1 * limits.MIB
"""Deleted in one transaction, so that its log fits what is held back."""
SPOOL_MINIMUM_BYTES = 8 * limits.MIB
"""Of a class's quota that a pass needs free: one body of the largest kind."""
SPOOL_MAPPED_BYTES = 128 * limits.KIB
"""Free on the disk before the database maps its index of the log, 32 KiB for 16 MiB."""
SPOOL_METRICS_BYTES = 1 * limits.MIB
"""Of metrics that a pass needs free; their oldest make room: a pass has 10 KiB."""
MANY_VOIDS = limits.SHIPMENT_ENVELOPES
"""Voids and gap records that wait before an alarm says so: a shipment of them."""
ASIDE_SECONDS = 30 * 86_400
"""A spool that was set aside is kept so long for a person to look at."""
SPOOL_BUSY_SECONDS = 30.0
"""How long a writer waits for the other one (parent and child share the spool)."""
OVERWRITE_BYTES = limits.MIB
"""A file of secrets that is overwritten: keys of all epochs have some hundred kB."""
PASS_SECONDS = 300.0
"""A pass in its child is killed after that: 16 readers at 20 seconds, less overlap."""
PASS_PROCESSOR_SECONDS = 120
"""Processor time of a pass, at which it is killed: twenty times that of a full one."""
PASS_MEMORY_BYTES = 256 * limits.MIB
"""Memory of a pass's own: three times what the fullest policy needs (80 MiB)."""
CHILD_REPORT_BYTES = 1 * limits.MIB
"""A child's report to its parent: counts and outcomes, and of a quick pass what it
sealed; no values."""

STILL_SECONDS = 1_800.0
"""What waits so long without a reason is stuck: six polls, and each tries a backlog."""

STRIKES = 2
"""Kills after which a dataset is not read: one can be the machine's own doing."""
STRUCK_SECONDS = 86_400
"""How long it is not read then: a day, in which the machine may have been mended."""
STRUCK_AGAIN_SECONDS = 604_800
"""After each further kill: a week, so that it costs a machine four passes a month."""
STRIKES_BYTES = 64 * limits.KIB
"""The file of strikes: 50 bytes for each of 50 datasets, and room."""

CONNECT_SECONDS = 15.0
"""One attempt to connect, and one TLS handshake: three retransmissions of a SYN."""
CONNECT_STAGGER_SECONDS = 0.25
"""Before the next address is tried beside the one before: RFC 8305's own figure, two
ways round the world."""
CONNECT_ADDRESSES = 8
"""Addresses of one name that are tried: four of each family, begun within 2 seconds."""
REMEMBER_SECONDS = 120
"""A time told this soon after the last one is not written down for itself: a machine
that loses it is not further off than any clock may be."""
LINE_SECONDS = 5.0
"""A connection is used again within this: less than any gate or firewall keeps one."""
EXCHANGE_SECONDS = 90.0
"""One question and its answer: 4 MiB at half a megabit, and some patience."""
ANSWER_WHOLE_BYTES = 2 * limits.ANSWER_BYTES
"""All bytes of one answer: its body, and as much again for head and chunks' marks."""
PROXY_ANSWER_BYTES = 16 * limits.KIB
"""Head of a proxy's answer to CONNECT: what common servers take of headers."""
PROBLEM_BYTES = 16 * limits.KIB
"""A problem document: a few sentences."""
ALARM_SECONDS = 86_400
"""What is over in a moment is told in every poll of a day, so that a person sees it."""
RETRY_AFTER_SECONDS = 3_600
"""Longest that an unsigned Retry-After keeps the agent away: an hour's maintenance."""

POLL_SECONDS = 300
"""Between polls: half of the ten minutes that a revocation list may be old."""
STOPPED_SECONDS = 86_400
"""Between polls of a device that was refused for good: a day, in case it is undone."""
START_SECONDS = 30.0
"""The first poll falls somewhere in here: a site's machines start together."""
BACKOFF_FIRST_SECONDS = 4.0
"""Most before the second try: a restart of the gate takes about that long."""
BACKOFF_MOST_SECONDS = 600.0
"""Most between tries, for ever: an hour-long outage costs six to twelve requests."""
BACKLOG_SECONDS = 4.0
"""Most between shipments that follow each other: 64 envelopes every two seconds."""
DISK_SECONDS = 30.0
"""Most between tries of a disk that refuses: who freed space looks a minute later."""
LOOK_SHARE = 0.003
"""Of a processor, which looks at a whole spool may take while its disk refuses."""
OUTAGE_SECONDS = 900.0
"""Without an answer for so long what waits is a backlog: three polls."""
OUTAGE_FAILURES = 2
"""Failures in a row that make an outage: one alone is a connection that broke."""
PACE_SHARE = 0.08
"""A backlog is gone within this part of the outage: under a tenth, with the requests'
own time beside."""
PACE_MINIMUM_RATE = 64 * limits.KIB
"""Bytes a second that a backlog takes at least: half a megabit of an office's line."""
STUBBORN_FAILURES = 8
"""In a row, after which what no second try mends is tried hourly, as an old gate."""
STUBBORN_SECONDS = 3_600
"""Between tries of what needs a newer release on one side."""
SEALED_BYTES = limits.MIB - limits.MANIFEST_BYTES
"""An envelope that rows can be split of: a shipment of it alone is under 1 MiB, which
is what a proxy lets through that nobody told otherwise (`client_max_body_size`)."""
SHIPMENT_BODY_BYTES = limits.SHIPMENT_BYTES - 16 * limits.KIB
"""Envelopes of one shipment: the rest is the manifest of 64 digests (3 kB)."""
MARK_SECONDS = 600
"""After a receipt, a mark is awaited this long before the data is sent again."""
MARK_MOST_SECONDS = 21_600
"""The wait doubles up to here: a mark that is stuck costs four sendings a day."""
CLOCK_JITTER_SECONDS = 2
"""Two clocks this close are equal: it is the whole second and the way there."""
FLOOR_ANSWERS = 12
"""Answers in a row that agree on an earlier time before it is believed: an hour of
polls, so that one gate that is set wrong for a moment changes nothing."""
FLOOR_SECONDS = 21_600
"""And the time that they span: a quarter of a day, in which people notice a clock."""

FAREWELL_SECONDS = 15.0
"""For which what waits is sent before a farewell: an uninstaller waits for 30."""
FAREWELL_DAYS_SECONDS = 30 * 86_400
"""A farewell that a forget was killed behind is still sent by the next one."""
DOCTOR_SECONDS = 20.0
"""For one question of the doctor's: a person waits."""
DOCTOR_PROBE_BYTES = 64 * limits.KIB
"""Written and removed to see whether a disk takes it: more than a file of one block."""
TOKEN_SECONDS = 3_600
"""Between tries of an enrolment token that was refused, and of a collector that is not
the pinned one: a person has to act, and who looks in `status` sees why at once."""
REST_SECONDS = 60
"""Longest rest of the resident agent: a slot or a decision is usually nearer."""
SETTLE_SECONDS = 120.0
"""A starting agent waits this long for pseudonym keys before it collects without."""
NAMES_SECONDS = 5.0
"""Between its polls while a device that was just enrolled waits for the first of them:
the collector makes them within a second or two."""
START_PASS_SECONDS = 300.0
"""A starting agent's first pass falls somewhere in here: a site's machines start
together, and have enough to do then."""
BURDENED_FACTOR = 4
"""On battery or a busy machine: a quarter of the passes, an hour for a quarter hour."""
LATE_SECONDS = 21_600
"""Most that reading is put off: a working day's battery still has two inventories."""
PROCESSOR_SHARE = 0.01
"""Of one processor, which passes take on average: after more they wait, and after the
dearest, of PASS_PROCESSOR_SECONDS, three hours and twenty minutes."""
PROCESSOR_SHARE_SECONDS = 3_600
"""An hour of it is saved up, so that a large inventory comes at once: 36 seconds."""
BUSY_PRESSURE = 50.0
"""Percent of the last minute in which something waited for a processor, or everything
for a disk: then what waits is more than half of the work."""
BUSY_MEMORY_PRESSURE = 10.0
"""Percent of the last minute in which something waited for memory: it is short."""
BUSY_LOAD = 2.0
"""Runnable processes for each processor, where the kernel does not count waiting."""
BUSY_UTILISATION = 0.8
"""Share of all processors' time: Windows tells no waiting, at this there is some."""
BUSY_WINDOW_SECONDS = 10.0
"""Processor time over which that is told at least: a short burst is no burden."""
PASS_AGAIN_SECONDS = 900.0
"""After a pass that crashed or hung: the next regular slot of the shortest cadence."""
DISK_AGAIN_SECONDS = 45.0
"""After a pass that the disk kept from reading: with the pass and a shipment the agent
goes on within the minute, and such passes cost half a percent of a processor."""
FIRST_KEYS_SECONDS = 10.0
"""After enrolment `once` polls so long for pseudonym keys; they take half a second."""

SCAN_ADDRESSES = 1_022
"""Most addresses of one scan, a /22: the largest office network that is usual; asked
once at the rate below it takes 85 seconds."""
SCAN_RATE = 12
"""Questions a second: switches that inspect ARP close a port at more than 15 (the
default of Cisco's Dynamic ARP Inspection)."""
SCAN_ROUNDS = 2
"""A sleeping telephone misses one question; who misses two is away."""
SCAN_SECONDS = 90.0
"""Of a scan: one round of a /22; a /24 is asked twice in 43 seconds."""
SCAN_WAIT_SECONDS = 2.0
"""After the last question: machines that wake up answer within a second."""
LISTEN_SECONDS = 32.0
"""Switches speak LLDP every 30 seconds, CDP every 60: at worst it is the next pass."""
CAPTURE_SECONDS = 60.0
"""Longest capture: what a technician waits for."""
CAPTURE_PACKETS = 2_048
"""Most packets of a capture: at 14 columns each they fit the items of an answer."""
CAPTURE_BYTES = 128
"""Start of a packet that is looked at: all headers of TCP over IPv6 and two VLANs."""
SIDECAR_LINKS = 16
"""Interfaces of one question: a machine has one or two with a gateway."""
SIDECAR_PACKETS = 65_536
"""Frames looked at for one question: a flood ends it, and the outcome says so."""
SIDECAR_ROWS = 4_096
"""Rows of one answer: four for each address of a scan, a packet of a capture each."""
SIDECAR_ANSWER_BYTES = 4 * limits.MIB
"""Bytes of one answer: its rows at a kilobyte each."""
SIDECAR_MEMORY_BYTES = 256 * limits.MIB
"""Address space of a sidecar: three times what scapy's link layer needs (64 to 80)."""
SIDECAR_PROCESSOR_SECONDS = 20
"""Processor time of a sidecar: a second to start, and a flood at full speed."""
SIDECAR_START_SECONDS = 10.0
"""Until a sidecar listens: scapy's link layer loads in 0.3 s, on a busy machine 3."""

FOLDER_SECONDS = 40.0
"""Of a walk over folders: two million entries of a warm disk, a tenth of a cold one."""
FOLDER_ENTRIES = 2_000_000
"""Entries of a walk over folders: a large file server has more, and is told in part."""
FOLDER_DEPTH = 128
"""Steps that a walk over folders goes down: the deepest trees seen have forty."""
FOLDER_ROWS = 200
"""Folders of an answer: the largest; nobody reads more."""
PROBE_SECONDS = 60.0
"""Of a probe: thirty steps of a way at a second each, a name before, and some room."""
PROBE_CONNECT_SECONDS = 5.0
"""Of one connection or handshake: two retransmissions of a SYN."""
PROBE_DNS_SECONDS = 2.0
"""For a resolver's answer; what a resolver of the machine itself would wait is 5."""
PROBE_SERVERS = 3
"""Resolvers that are asked: as many as the C library asks."""
PROBE_ADDRESSES = 2
"""Addresses of each family that are tried of one name."""
PROBE_PACKETS = 30
"""Steps of a way: the longest seen in the Internet have 25."""
PROBE_MEMORY_BYTES = 256 * limits.MIB
"""Address space of a probe: this interpreter, TLS and a resolver's plug-ins (90)."""
PROBE_PROCESSOR_SECONDS = 10
"""Processor time of a probe: half a second to start, and handshakes."""
PROBE_FILES = 16
"""Open files of a probe: its sockets, and the files of a resolver one by one."""

SLOW_SECONDS = {
    "discovered_hosts": SCAN_SECONDS + SIDECAR_START_SECONDS + 3.0,
    "link_neighbours": LISTEN_SECONDS + SIDECAR_START_SECONDS + 3.0,
}
"""Time of the readers that wait for others: more than COLLECTOR_SECONDS."""

LARGE_OCTETS = {
    "event_counts": 256 * limits.MIB,
    "event_logs": 256 * limits.MIB,
    "event_templates": 256 * limits.MIB,
    "patches": 768 * limits.MIB,
    "update_status": 768 * limits.MIB,
}
"""Bytes of the readers that go through more: runs of 32 MiB of a log, each bounded by
itself (what is over is never caught up with), and three of the longest lists."""

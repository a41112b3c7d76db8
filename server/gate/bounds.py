# SPDX-License-Identifier: Apache-2.0
"""The gate's own bounds, each with its reason.

Rules: a number that limits what strangers can make the gate hold or do stands here.
Not here: bounds that both ends share (`wire/limits.py`).
"""

from wire.limits import (
    CLOCK_SKEW_SECONDS,
    KIB,
    MANIFEST_BYTES,
    MIB,
    SHIPMENT_BYTES,
)

NONCE_SECONDS = 2 * CLOCK_SKEW_SECONDS
"""A message stays acceptable from one skew before its time to one skew after it."""
NONCES = 524_288
"""Remembered nonces: 8 MiB; 10,000 devices whose polls wait, 36 times in it, and ship
fourteen times."""
NONCES_OF_ONE = 2_048
"""Nonces of one device in the window: its pace allows it 1,860."""

CONNECTIONS = 768
"""Open connections: an idle one costs 50 KiB, one that fills every buffer 160 KiB, so
all together 120 MiB; an agent has its own for a second, every five minutes."""
ADDRESS_CONNECTIONS = 128
"""Connections from one address on which no device has signed yet: an office has one for
each machine that is about to speak."""
ADDRESS_WAITING_PART = 2
"""Of these one in so many may wait for its handshake: for six seconds at most, so that
who was let in has as long to be heard before it is the oldest."""
DEVICE_CONNECTIONS = 4
"""Connections of one device: the one in use, one that it gave up on, one that is just
being closed, and one to spare; the oldest goes."""
DEVICE_ARRIVALS = 8
"""Connections of a device that is known by its admission that are never put off."""
DEVICE_ARRIVALS_A_SECOND = 1.0
"""And then so many a second: as many as it may make requests."""
ADMISSIONS = 32_768
"""Devices that are known at the door: 12 MiB; three times the polls that may wait."""
HELLO_SECONDS = 1.0
"""For so long who comes from a crowded address may take to say who it is."""
HELLOS = 64
"""Connections that are waited for so at a time: those that came last. One octet brings
somebody here (TCP_DEFER_ACCEPT), so it may be all a flood's but for the one whose next
segment is on its way."""
SESSIONS = 2_048
"""Handshakes of one TLS context: OpenSSL keeps a session of each that was ended in good
form, 1.2 KiB, and Python cannot tell it not to; in all 2.4 MiB."""
CONTEXTS = 4
"""Earlier ones that connections still hold: 10 MiB of sessions. Where there are so many
the newest goes on, to OpenSSL's own 20,480 sessions of two hours: 25 MiB."""
ADDRESS_ACTS = 8
"""Handshakes and requests of nobody known that an address is never put off for: what
a few machines do at once, and no more than a hundredth of a second."""
ADDRESS_ACTS_A_SECOND = 10.0
"""And then so many a second: an office of 3,000 machines, a poll each in 5 minutes."""

WAITING_PART = 2
"""Of the connections one in so many may be a poll that waits: the others are for work.
A device whose poll finds no place asks again when it would have without waiting."""
LOOK_SECONDS = 0.1
"""Between two looks for calls: a look takes microseconds, and nobody sees a tenth of a
second."""
RUNG_SECONDS = 1.0
"""The same where the store rings: a ring that was missed costs a device so long."""
READY_SECONDS = 1.0
"""For so long after the store was reached nobody who asks has it reached again."""
TOLD = 65_536
"""Devices of which it is remembered what they said and were told: 20 MiB."""
CALLS_MISSED = 1_024
"""Devices that were called between two waits: an order, or a mark of tens at once."""
SAME_SECONDS = 240
"""A device that says the same again is not written down before: of one whose polls wait
one in five is, of one that polls each five minutes each; silence is told in hours."""

REQUESTS = 512
"""Requests of devices under way at once: as many as may wait for a commit."""
BODY_BYTES_UNDER_WAY = 32 * MIB
"""Bytes of bodies that arrive, are judged or wait for a commit, over all requests."""
BODY_BYTES_BUFFERED = 4 * KIB
"""Of a body that nobody reads, before the connection is left to fill."""
BODY_BYTES_AT_ONCE = 64 * KIB
"""Of a body that are read as they come, in a millisecond; then the others are heard."""
BODY_PAUSE_SECONDS = 0.005
"""And so long: 10 MiB of one body a second take an eighth of a processor; all of them
at once took two thirds of it, for as long as they came."""
RECEIVE_BYTES = 16 * KIB
"""What the kernel keeps for a connection (it doubles it): TLS reads as much ahead in
three places, and a body of 4 MiB still comes in time over 200 ms."""
STRANGER_BYTES = MANIFEST_BYTES + 8
"""Read of a body before it is known who speaks: a manifest and what frames it."""
DEVICE_REQUESTS = 2
"""Requests of one device under way: it needs one, and one that it gave up on."""
DEVICE_BYTES = SHIPMENT_BYTES
"""Bytes of bodies of one device under way: the largest shipment."""
DEVICE_REQUESTS_SAVED = 20.0
"""Requests that a quiet device may make at once: a poll, and a backlog's first."""
DEVICE_REQUESTS_A_SECOND = 1.0
"""And then so many: a backlog is shipped with pauses of two seconds."""
DEVICE_BYTES_SAVED = 4.0 * MIB
"""Bytes that a quiet device may send at once: the largest shipment, and one more is
begun with the rest."""
DEVICE_BYTES_A_SECOND = 128.0 * KIB
"""And then so many: twice what an agent sends of a backlog of its own accord."""
DEVICE_REFUSALS = 4
"""Refusals of a device that are told at once: of what it asks over its share."""
DEVICE_REFUSALS_A_SECOND = 2.0
"""And then so many a second, the others wait."""
DELAY_SECONDS = 10.0
"""The longest that anything is put off: less than an agent's patience of 15 s."""
TENANT_SECONDS = 60.0
"""For so long after it was heard a tenant counts as one beside the others."""

QUEUED_REQUESTS = 512
"""Shipments that wait for a commit: at 1,000 commits a second, half a second."""
QUEUED_BYTES = BODY_BYTES_UNDER_WAY
"""Envelopes that wait for a commit; bodies under way are their bound already."""
GATHER_SECONDS = 0.02
"""Between the beginnings of two commits, where the first was of several requests: a row
among 32 costs some three fourths of one among eight."""
BATCH_ENVELOPES = 2_048
"""Envelopes in one commit: more would only lengthen the wait of the first."""
BATCH_BYTES = 16 * MIB
"""Bytes in one commit."""
PART_BYTES = 1 * MIB
"""Of a shipment that wait for a commit at a time: the others get in between."""
BATCH_PARTS = 4
"""One device has at most this part of a commit, so a wait is for the others' too."""

LENGTH_DIGITS = 15
"""Of a stated length: more than any has, and fewer than Python refuses to read."""
BODY_SECONDS = 60.0
"""A body arrives within this time: 4 MiB at 70 kB/s; a slower one is cut off."""
JUDGES = 2
"""Threads that verify what is large, or what a store far away is asked for."""
JUDGED_HERE_BYTES = 256 * KIB
"""The largest shipment that is judged between two others: in half a millisecond."""
RETRY_SECONDS = 30
"""What a device is asked to wait when the gate is full; it adds its own jitter."""
BACKLOG = 1_024
"""Connections that wait to be accepted."""
CONNECTIONS_MOST = 65_536
"""What a larger machine may be told to take: 10 GiB at the worst."""
OTHER_DESCRIPTORS = 256
"""Open files beside connections: the store, and what is being refused."""
ACCEPTS = 32
"""Connections taken at a time, before those inside are heard: some two milliseconds."""
ACCEPT_SECONDS = 0.1
"""Before the next try to take a connection where the last one failed."""
HEADER_SECONDS = 5.0
"""For which a balancer may take to say whom it brings: it does so at once."""
HEADERS = 256
"""Connections of balancers that did not say it yet."""
HEAD_BYTES = 16 * KIB
"""Request line and header fields: an agent sends 300 bytes."""
HEAD_SECONDS = 20.0
"""They arrive within this time after the connection or the request begins."""
LINGER_BYTES = SHIPMENT_BYTES + 64 * KIB
"""Thrown away after an answer: an agent sends all before it reads, and TLS adds 22
bytes to each 16 KiB."""
LINGER_SECONDS = 5.0
"""And for so long: 4 MiB at 7 megabits a second; who is slower finds the connection
broken, keeps its data and tries again."""
FAREWELL_SECONDS = 1.0
"""For so long the other side may take to say TLS's farewell."""
IDLE_SECONDS = 15
"""A connection without a request is closed after this."""
CERTIFICATE_SECONDS = 10
"""How often the certificate's file is looked at: it is renewed weeks before its end."""
GRACE_SECONDS = 10
"""Requests under way get this long when the gate ends."""

UPDATE_FILES = 32
"""Files of the update repository sent at once: a package of 40 MB in a piece each costs
no memory to speak of, and the others ask again."""
UPDATE_PIECE_BYTES = 64 * KIB
"""What is read of such a file at once."""
UPDATE_BYTES_A_SECOND = 44.0 * KIB
"""Whoever takes less of a file loses its place to who waits for one: 40 MB take as long
as a file may. To hold all places takes 1.4 MB a second."""
UPDATE_SLOW_SECONDS = 10.0
"""But not before so long, in which a line may have stood still."""
UPDATE_SECONDS = 900.0
"""For which one may take: an agent gives up then, too."""

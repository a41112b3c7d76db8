# SPDX-License-Identifier: Apache-2.0
"""The keeper's bounds, each with its reason.

Rules: no number of the keeper stands anywhere else.
Not here: what a message may hold (`wire/limits.py`).
"""

ROUND_SECONDS = 60
"""What is due is ended this soon: far below the day within which it must be."""
ENDED_SECONDS = 86_400
"""Within which a key is destroyed from its end on; then the deletion is late."""
TICK_SECONDS = 0.2
"""How often the keeper looks whether a round is due, or it is to end."""
ANSWERS = 4
"""At a time: an answer may hold a dataset in memory, and the rounds go on beside it."""
CLOCK_BEHIND_SECONDS = 12 * 3_600
"""Half of the day within which what is due must be ended: time for a person to look."""
KEYS_OF_A_JOB = 256
"""Ended by one destruction: destroying many costs as much as one, and a certificate
has room for four times as many."""
COMPACT_SHARE = 0.5
"""Of the store's file that may be free: below it, devices will fill it again."""
SAMPLES = 16
"""Pieces of deleted octets that are looked for: each costs a pass over the store, at
about a second for two gigabytes."""
SCRUB_SECONDS = 7 * 86_400
"""Within which deleted octets must be out of the store's log; then somebody hears."""
ARREARS_SECONDS = 3_600
"""How often the keeper looks for what died elsewhere: after a restore, at its start."""
CERTIFICATES_SECONDS = 86_400
"""How often certificates that are over are looked for: they end in ten years."""
PENDING_SECONDS = 600
"""How often pending certificates are looked at: their ends are told in days."""
PURGE_SHARE = 0.25
"""Of the live keys, ended early at once: a wrong line in a policy or a contract's end
reaches more; what the calendar ends in a day is a twelfth of each class."""
PURGE_ENVELOPES = 1_000_000
"""Envelopes ended early at once: a week of a thousand machines; no everyday change."""
PURGE_SECONDS = 86_400
"""Over which ends before their time are counted together: a purge in slices is one."""
WINDOW_DAYS_LEAST = 1
"""Of off-boarding: a client that takes its data has a day at the least."""
WINDOW_DAYS_MOST = 400
"""Longer than anything is kept, a window would promise what is not there."""
CASE_LAPSE_SECONDS = 14 * 86_400
"""What nobody approves in two weeks is asked anew: by then it is another matter."""
CASE_KEEP_SECONDS = 1_096 * 86_400
"""Three years from the end of a case its words are kept, for claims; then they end."""
CASES_SECONDS = 60
"""How often the keeper looks for cases that lapsed, or that it did not finish."""
HOLD_REVIEW_SECONDS = 366 * 86_400
"""A hold is looked at again within a year: what nobody needs is released."""
ROTATED_SECONDS = 30 * 86_400
"""A copy of the keys that nobody knows of opens what is added for a month at most."""
HOLD_COUNTED = 10_000
"""Envelopes with something in scope that are counted before a hold is approved: seconds
of opening; a person who reads "more than" knows enough."""
EXTRACTS = 64
"""Stored in one commit: one each would cost ten times what opening and sealing do; an
extract has at most a mebibyte."""
HOLD_ALARM_SECONDS = 86_400
"""How often somebody hears of a hold whose review is past."""
DEVICE_SECONDS = 31 * 86_400
"""For which a device that is over is still shown: people ask what became of it."""
DEVICES_SECONDS = 3_600
"""How often devices that are over are looked for: they end in months."""
TOKEN_KEEP_SECONDS = 7 * 86_400
"""So long whoever enrols too late reads that the token has ended, not that there is
none."""
TOKENS_SECONDS = 3_600
"""How often tokens that are over are looked for: they end in days."""
REFUSALS_SECONDS = 3_600
"""How often counts of what gates did not take are looked for that are a week old."""
REFUSALS_KEPT_SECONDS = 7 * 86_400
"""Who asks on a Monday why a device is silent finds what the weekend refused."""
REFUSALS_AHEAD_SECONDS = 86_400
"""That a gate's clock may be ahead; what is later would be kept for ever."""
DEVICE_LINES = 1_000
"""Entries among which a device's end is looked for before it is written again."""
TICKET_KEEP_SECONDS = 30 * 86_400
"""So long a ticket is known after its end, for who asks what was read under it."""
NEED_ALARM_SECONDS = 30 * 86_400
"""Before a business need lapses: time for its owner to look and to publish."""
NEEDS_SECONDS = 86_400
"""How often somebody hears of needs that are about to lapse."""
DEVICES_NAMED = 64
"""Device ids in one line of the ledger: 1 KiB; of more it says how many."""
SUBJECT_DUE_SECONDS = 30 * 86_400
"""Within a month a person is answered (GDPR, article 12(3))."""
SUBJECT_MORE_SECONDS = 60 * 86_400
"""Two months more, once, with a reason that the person is told (the same)."""
EXPORT_BYTES = 512 * 1024 * 1024
"""Of one person's export, compressed and in memory: tens of millions of rows."""
EXPORT_KEEP_SECONDS = 7 * 86_400
"""So long a person's export waits to be fetched: what is in it may be due meanwhile."""
RIGHT_ALARM_SECONDS = 7 * 86_400
"""Before a right is due: time to look, to decide and to send it."""
RIGHTS_SECONDS = 86_400
"""How often somebody hears of rights that are about to be late."""
EXPORTS_SECONDS = 3_600
"""How often archives that waited too long are looked for."""
EPSILON_YEAR = 4
"""Of noise, paid for in a year over all releases: what they tell of a device adds
up."""
EPSILON_SECONDS = 365 * 86_400
"""The year."""
LEND_SECONDS = 30
"""Longer than usual, until another installation's keeper says whether it takes part."""
AGGREGATE_BEFORE_SECONDS = 2 * 86_400
"""Before a key's last second its period is counted: all has arrived that will, and a
keeper that was down for a day has another."""
AGGREGATES_SECONDS = 3_600
"""How often the keeper looks for periods that are about to end."""
SIEM_LINES = 1_000
"""Entries that go to a SIEM in one turn: some 300 kB, and a year of acts in a day."""
ERASED_AT_ONCE = 256
"""Tables with rows to erase noted in one commit: a search goes on from there."""
ERASURES_AN_HOUR = 20
"""Asked for with one approval each: more may be a script, and two people look."""
HOUR_SECONDS = 3_600
"""Over which erasures are counted."""
ERASURES_SECONDS = 60
"""How often erasures go on: what was approved is gone within minutes."""
NOTICE_BYTES = 64 * 1_024
"""Of a notice's text: a letter of a few pages; what is longer nobody reads."""
NOTICES_SECONDS = 86_400
"""How often somebody hears of notices that are overdue."""
NOTICE_KEEP_SECONDS = 30 * 86_400
"""So long a delivered notice's text is kept: then digest and proof are enough."""
NOTICE_DELAY_SECONDS = 366 * 86_400
"""A notice is held back for a year at most; then people decide again."""
RECIPIENTS_SECONDS = 86_400
"""How often grants and recipients that are over are looked for: they end in years."""
RELEASES_SECONDS = 600
"""How often releases that are over are looked for: they end on days that people say."""
FETCH_SKEW_SECONDS = 3_600
"""A request may be this far ahead of the keeper's clock: a recipient's own is no
device's, and what is refused has to be signed and brought again."""
RECEIVERS_SECONDS = 7 * 86_400
"""Within which who was given rows of an erased person is told: without undue delay."""
DISCLOSURE_NOTICE_SECONDS = 3 * 86_400
"""After data was given away the client hears of it: days in which it can still act."""
OWNERSHIP_NOTICE_SECONDS = 7 * 86_400
"""After it was written, a notice of another owner is delivered at the latest, where
the day of the change does not leave more."""
TRANSFER_WINDOW_SECONDS = 30 * 86_400
"""From the delivery of the notice until anything goes to an acquirer: a month, as the
law gives for an answer (GDPR, article 12(3)), to object or to end the contract."""
TRANSFER_SECONDS = 92 * 86_400
"""For which a transfer may be asked: machines move in weeks, and then people decide
again."""
TRANSFER_ROWS = 500_000
"""In one release of a transfer: some 300 MB of files, and 40 seconds in which nothing
else ends; who asks for that meanwhile waits for two minutes."""
GRANT_SECONDS = 31_622_400
"""A grant is asked for anew after a year at most, as agreements are looked at."""
DISCLOSURE_COUNT_SECONDS = 7 * 86_400
"""So long what people were told of a disclosure's size stands: in a week devices send,
and keys end, and what they approve is another set than they saw."""
PUSH_ROWS = 1_000
"""Pushed at a time: one line of the ledger stands for so many, and after a break so
many may come twice; an envelope is not cut, whatever it has."""
PUSH_WAIT_SECONDS = 60
"""For another push to take its batch: two timers may go off in the same second."""
PUSH_SECONDS = 900
"""Longer than usual, until a receiver took one batch: a request that it is too busy
for is tried four times, and each waits for a minute."""
RESOLVED_OF_A_GRANT = 256
"""Stand-ins whose meaning is told under one grant: the alerts of a year; somebody who
must know more of them needs other columns, and people who decide on that."""
DISCLOSURE_FETCH_SECONDS = 30 * 86_400
"""Within which an authority asks for the key of what was sealed to it."""
FINDING_DUE_SECONDS = 366 * 86_400
"""A finding ends within a year: what stays longer is a risk that somebody bears."""
FINDINGS_SECONDS = 86_400
"""How often somebody hears of findings that are overdue."""
INCIDENT_KNOWN_SECONDS = 366 * 86_400
"""An incident that became known longer ago is a typing error in its year."""
INCIDENT_TEXT_BYTES = 64 * 1_024
"""Of facts, effects or action: pages; what is longer is attached to the letter."""
INCIDENTS_SECONDS = 3_600
"""How often somebody hears of who is to be told: the shortest clock is a day."""
INCIDENT_ALARM_SECONDS = 86_400
"""Before a duty to tell is over: a day to write and to send."""
RISKS_SECONDS = 86_400
"""How often somebody hears of risks whose day of review is past."""
COUNTS_SECONDS = 3_600
"""How often days that are over are counted: a day's number is there within the hour."""
COUNT_DAYS = 28
"""So far back a day is still counted: a device that is over is known for 30 days."""
BILLING_DAYS = 366
"""Told at once: a year."""
REVIEWS_SECONDS = 86_400
"""How often somebody hears of uses that nobody looked at in time."""
OWED_SECONDS = 86_400
"""How often somebody hears of what recipients owe."""
ALERTS_SECONDS = 10
"""Between two turns of sending: an alert is a minute old when it is written."""
EVIDENCE_SECONDS = 1
"""How often somebody's wish for a package is looked for: a person waits at a page."""
EVIDENCE_KEEP_SECONDS = 30 * 86_400
"""A package is of a day: after a month an auditor has it, or wants a new one."""
EVIDENCE_ROW_SECONDS = 1_096 * 86_400
"""Three years it is known who asked for one, and what its digest was; then the ledger's
own lines end too."""
EVIDENCE_KEPT = 16
"""At a time: one each other day of its month; of the largest 4 GiB of the disk."""
EVIDENCE_TRIES = 2
"""A keeper that was killed, and the memory that was short, may be chance once."""
EVIDENCE_PIECE_BYTES = 1_048_576
"""Of one message: a third more in base64, well under a frame."""

# SPDX-License-Identifier: Apache-2.0
"""Every bound of what the agent may cost a machine, with its reason.

Rules: a number that limits rows, seconds or bytes on the endpoint stands here and
nowhere else; at a bound a reader stops and says so, it never guesses on.
Not here: bounds of the wire format (`wire/limits.py`) and of the Host's primitives
(`agent/host/interface.py`).
"""

from wire import limits

ROWS = limits.BODY_ROWS
"""Rows one reader may return: what one envelope can carry of one dataset."""
COLLECTOR_SECONDS = 20.0
"""Time of one reader: the slowest on a sound machine (rpm) needs about 3 seconds."""
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

LOG_FIRST_BYTES = 1 * limits.MIB
"""What the first pass over a log file goes back: about a day of a quiet server."""
LOG_PASS_BYTES = 4 * limits.MIB
"""Bytes of one log file in one pass: 40,000 lines, redacted in about a second."""
LOG_FINGERPRINT_BYTES = 256
"""Start of a log file that tells it from its successor: two or three lines."""
LOG_CURSOR_BYTES = 16 * limits.KIB
"""A cursor of ours: ten files at about 120 bytes each, and the journal's."""
JOURNAL_ROWS = 4_096
"""Entries of one journalctl run: at 500 bytes each a quarter of the output bound."""
JOURNAL_RETRY_ROWS = 128
"""Entries of the second try, when the first was over the output bound."""

SOCKET_OWNER_LINKS = 65_536
"""Descriptors looked at to find who listens: stops on a machine of many sockets."""

SPOOL_BYTES = 256 * limits.MIB
"""Sealed bytes kept while the collector is away: months of an ordinary machine."""
SPOOL_BUSY_SECONDS = 30.0
"""How long a writer waits for the other one (parent and child share the spool)."""
PASS_SECONDS = 300.0
"""A pass in its child is killed after that: 16 readers at 20 seconds, less overlap."""
CHILD_REPORT_BYTES = 1 * limits.MIB
"""A child's report to its parent: counts and outcomes, no values."""

# SPDX-License-Identifier: Apache-2.0
"""Bounds of the buffer before the store, each with its reason.

Rules: a number that limits what is held of it, or how long is waited, stands here.
Not here: the gate's other bounds (`../bounds.py`).
"""

from wire.limits import KIB, SHIPMENT_BYTES

MESSAGE_BYTES = SHIPMENT_BYTES + KIB
"""A shipment, and the head that the cluster counts with it."""
REMEMBERED = 65_536
"""Devices whose key is known without the store: those heard last, in 30 MiB."""
CONNECT_SECONDS = 5.0
"""For one server to answer."""
REACH_SECONDS = 20.0
"""For any of them to let us in: two that do not answer are passed over in ten."""
PEERS_SECONDS = 10.0
"""For servers that have just started to know of each other: a stream of three copies is
made by three."""
PUBLISH_SECONDS = 10.0
"""Until a majority has a message: servers choose another leader in half of it, and an
agent waits for thirty, of which a store that goes away has taken fifteen."""
PAUSE_SECONDS = 0.25
"""Before it is tried again within these."""
GONE_SECONDS = 2.0
"""For which a lost connection is waited for: to another server it takes less."""
FAILURES = 5
"""In a row, after which the connection is made anew and the stream looked at."""
ASK_SECONDS = 5.0
"""For what is asked of a stream."""
AWAY_SECONDS = 1.0
"""Between two looks whether what was away is there again."""
LISTEN_SECONDS = 5.0
"""For which the cluster holds a question back that it has no message for: one that a
killed server forgot costs so long."""
RETURNS = 1
"""How often each server is tried again before a new connection is made and the stream
is looked at anew."""
TAKEN = 8
"""Messages that are put into the store at once: 32 MiB at the worst."""
HELD_SECONDS = 45
"""After which the cluster gives a message to another gate that no answer came for: a
commit waits for a database's standby for fifteen."""
LATER_SECONDS = 5
"""Before a message is given out again that the store had no room for."""
SAME_SECONDS = 120
"""For so long the cluster takes a message that is repeated for the one it has."""
ROOM_PARTS = 4
"""Gates leave the fourth part of a stream free, and each looks anew how much is there
before it may put more than the fourth part of that, or one message: of four that do so
at once three do not see each other, in a stream of the least size too."""
ROOM_SECONDS = 0.25
"""Between two looks at how much is in the stream, while something is put there."""
RECORD_BYTES = 512
"""What a message takes beside its octets: its subject, its head, what servers add."""
SHOWN_SECONDS = 15.0
"""Between two looks at how much waits, for the figures."""

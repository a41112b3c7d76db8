# SPDX-License-Identifier: Apache-2.0
"""Bounds of alerts, each with its reason.

Not here: the rules' own thresholds (`policies/alerts.toml`).
"""

CLASS = "alerts"
"""The retention class of `administration` that the job opens, and no other."""
RULES = 64
"""In one file: a person has to know each."""
EVERY_SECONDS = 60.0
"""How often the job looks for what is new: a minute is soon for a disk or a service."""
BATCH = 64
"""Devices opened in one look: so one line in the ledger for about that many."""
LOOK_SECONDS = 86_400
"""A device that sent nothing new is looked at this often: certificates end by time."""
WATCH_GAP_SECONDS = 600
"""Looks further apart than this watched nothing meanwhile: the collector was down or
its clock was set, and no device is silent for that."""
SILENT_LEAST_SECONDS = 3_600
"""A rule may call a device silent after this: it polls every quarter of an hour."""
EACH_A_MINUTE = 10
"""Messages of one rule and channel a minute; what is more is one that counts them."""
MINUTE = 60
WAITING = 1_000
"""Messages that wait for a channel that is down; what is more is counted in one."""
ATTEMPTS_A_TURN = 20
"""Messages of a channel that one turn sends: the keeper has other rounds."""
BACKOFF_SECONDS = 60
BACKOFF_MOST_SECONDS = 3_600
"""Between tries: a channel is back within an hour of being up."""
GIVE_UP_SECONDS = 3 * 86_400
"""A message that nobody took for a weekend is put aside, where people see it."""
SENT_KEEP_SECONDS = 7 * 86_400
"""How long it is remembered that a message was sent or put aside."""
KEEP_SECONDS = 30 * 86_400
"""How long an alert that is over is kept, where the policy does not say less."""
SNOOZE_LEAST_SECONDS = 600
SNOOZE_MOST_SECONDS = 30 * 86_400
"""A snooze of a month is a decision to look away: then change the rule."""
SECRET_LEAST_BYTES = 24
SECRET_MOST_BYTES = 64
"""Of a webhook's secret, as Standard Webhooks has it."""
RECEIVERS = 8
"""Addresses of one mail: a list of the mail server has more."""

# SPDX-License-Identifier: Apache-2.0
"""What goes out of alerts: ids and links, by webhook and by mail.

Rules: a message is made of a row of `server/register/alert_messages.py` and of
config.toml, so nothing that was opened can be in it.
Not here: when an alert begins (`server/alerts`), rounds (`server/keeper/rounds`).
"""

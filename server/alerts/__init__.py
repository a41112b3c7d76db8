# SPDX-License-Identifier: Apache-2.0
"""Alerts: rules over what arrives, what stands of them, and who is told.

Rules: an alert is a rule and a device; no value of any row is in it, nor in what is
sent of it.
Not here: opening rows (`server/reader/alerting.py`), sending (`server/keeper/alarms`).
"""

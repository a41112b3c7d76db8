# SPDX-License-Identifier: Apache-2.0
"""The program `discreet-open`, with which a recipient opens what it was given.

Rules: it imports `wire` and nothing of agent or server; it needs no network and no
configuration, and trusts nothing but the root digest that it is told.
Not here: making releases (`server/keeper/sharing`).
"""

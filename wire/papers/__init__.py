# SPDX-License-Identifier: Apache-2.0
"""Papers: signed documents of the keeper that anyone verifies without the collector.

Rules: whoever has a paper, the roots and the pinned root digest needs nothing else; a
paper is never changed, another one replaces it.
Not here: making and keeping them (`server/keeper`), who may decide
(`server/keeper/people.py`).
Source: docs/spec/keeper.md.
"""

# SPDX-License-Identifier: Apache-2.0
"""Log lines with planted identities, made by a grammar: what redaction is tried on.

Rules: every value is drawn at random and names nobody; the same seed gives the same
lines; the templates say what a line of some program looks like, not what is found.
Not here: the detectors' own examples (`agent/redaction/detectors`).
"""

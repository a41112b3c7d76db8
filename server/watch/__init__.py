# SPDX-License-Identifier: Apache-2.0
"""Looks up the figures of a fleet, and shows them to whoever watches."""

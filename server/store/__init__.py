# SPDX-License-Identifier: Apache-2.0
"""The sealed store: envelopes, devices, tokens and what devices are to be told."""

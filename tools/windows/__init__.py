# SPDX-License-Identifier: Apache-2.0
"""Builds the Windows package of the agent, on Linux."""

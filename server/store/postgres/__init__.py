# SPDX-License-Identifier: Apache-2.0
"""The sealed store on PostgreSQL."""

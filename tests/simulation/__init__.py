# SPDX-License-Identifier: Apache-2.0
"""A small world in which the real spool, shipping and gate meet every fault."""

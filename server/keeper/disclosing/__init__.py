# SPDX-License-Identifier: Apache-2.0
"""Disclosures: what a matter names, which records that is, and handing them over."""

# SPDX-License-Identifier: Apache-2.0
"""What anchors find of an intruder who has the ledger and every key."""

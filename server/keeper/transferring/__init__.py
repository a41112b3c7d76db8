# SPDX-License-Identifier: Apache-2.0
"""The transfer of a business: all live records of a tenant go to an acquirer.

Rules: nothing moves before the client was told, and had its time to answer; what goes
is what the notice and the policy in force both name.
Not here: asking and deciding (`server/keeper/matters/transfer.py`), files, their key
and receipts (`server/keeper/sharing`).
Source: the privacy statement, 4.2; docs/adr/0032-a-transfer-waits-for-the-client.md.
"""

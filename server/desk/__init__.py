# SPDX-License-Identifier: Apache-2.0
"""A process behind a local socket, as reader and keeper are: who asks, who answers."""

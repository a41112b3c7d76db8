# SPDX-License-Identifier: Apache-2.0
"""What a recipient gets: permitted, projected, under stand-ins of its own.

Rules: what a grant does not name is not in a release; no stand-in of ours leaves.
Not here: registering recipients, papers (`wire/papers`).
"""

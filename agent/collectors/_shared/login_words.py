# SPDX-License-Identifier: Apache-2.0
"""Words of the dataset `logins` that its readers share.

Rules: one spelling for each outcome on every system.
Not here: the declaration (`logins.py`).
"""

SUCCESS, FAILURE, LOGOUT = "success", "failure", "logout"
"""Values of `outcome`."""
ALIKE = ("user.name", "type", "terminal", "client.address", "service.name")
"""What failures that fold into one row have in common."""
COUNT = "failed_count"
"""The column with the number of failures that a row stands for."""

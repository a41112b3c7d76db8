# SPDX-License-Identifier: Apache-2.0
"""A person's SQL, run in a locked child process over tables already projected."""

# SPDX-License-Identifier: Apache-2.0
"""What a person is told of updates: what a look found, and how an update ended.

Rules: one sentence for each slug; none of these is an error.
Not here: why an update is refused (`agent/errors.py`).
"""

CURRENT = "current"
DENIED = "not-by-policy"
NOT_IN_STAGE = "not-in-stage"
NOTHING_OFFERED = "nothing-offered"
STRUCK_OUT = "struck-out"
REASONS = {
    CURRENT: "the newest release that the policy names runs here",
    DENIED: "no update: the policy names none, or local.toml denies them",
    NOT_IN_STAGE: "no update yet: the policy's stage leaves this device out for now",
    NOTHING_OFFERED: "no update: the policy's channel has no package for this machine",
    STRUCK_OUT: "no update: that release was tried here and did not work; it is tried "
    "once more after a day, and then a newer one is waited for",
}
"""Why a look takes nothing."""
READY = "ready"
AVAILABLE = "available"
NEWS = {
    READY: "release {version} is verified and waits for the installer",
    AVAILABLE: "release {version} is offered and verified; nothing is fetched with "
    "--check",
}
"""What a look can find."""
UPDATED = "updated"
ROLLED_BACK = "rolled-back"
NOT_INSTALLED = "not-installed"
NOTHING = "nothing-handed-over"
LAST = {
    NOT_INSTALLED: "the package manager did not take it, and nothing has changed; it "
    "is tried again after the next look",
    ROLLED_BACK: "it did not work here, so the one before is installed again",
    UPDATED: "it is installed and works",
}
"""How an update may end."""
INSTALLER = {
    CURRENT: "the release that was handed over, or a newer one, is installed",
    NOTHING: "no release waits to be installed",
    STRUCK_OUT: REASONS[STRUCK_OUT],
    **{
        slug: f"of the release that was handed over: {text}"
        for slug, text in LAST.items()
    },
}
"""How the installer's work may end."""

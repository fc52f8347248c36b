"""A first draft of a feed from a sample file: how it is written, and which column fills which."""

from include.onboard.draft import draft_feed

__all__ = ["draft_feed"]

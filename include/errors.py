"""The errors that a person is meant to read."""


class SchoolhouseError(Exception):
    """Something a person can put right: the message says what, where and how; no traceback is shown."""

"""The errors that a person is meant to read."""


class SchoolhouseError(Exception):
    """Something a person can put right: the message says what, where and how; no traceback is shown."""


class UnreachableError(SchoolhouseError):
    """A source did not answer although it was asked several times: an hour later it may."""

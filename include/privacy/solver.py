"""HiGHS without a word."""

import highspy


class Solver(highspy.Highs):
    """A solver that prints nothing: its first one in a process would greet on standard output."""

    def enableCallbacks(self) -> None:
        """None are wanted, and enabling them is what greets."""
        self.silent()

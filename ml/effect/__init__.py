"""What extended learning time was worth: estimated where the seats were cut, never before and after."""

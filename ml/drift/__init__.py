"""Whether data and risks are like last year's at the same time, and so whether a list may be released."""

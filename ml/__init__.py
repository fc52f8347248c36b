"""The ML jobs: who may need extended learning time, and whether a list may be released."""

"""Decide which cells of a release may be shown, and attack the release to prove it.

`tables` describes linked tables, `suppress` withholds cells, `coding` writes percentages, `figures` puts a release
together, `gate` answers one more question beside a release, and `attack` judges what came out. The attack knows
`release`, which is what a reader sees, and nothing of how it was decided. docs/privacy.md says what that means.
"""

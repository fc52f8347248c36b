"""The release: what leaders read. docs/privacy.md says what they get, how a release is made and what blocks it.

`released` declares the tables, `codes` says which dimension each column is, `parts` reads the marts, `decide` protects
and attacks one part, `state` keeps what the next release must know, `publish` swaps the tables in, `job` does it all.
`printed` reads back what is printed and `outside` attacks it as a role; `metrics` says which metric is which column,
and `question` answers others beside the release.
"""

"""Who may see what: the policy, who holds which role, pseudonyms, retention, and the log of what was seen."""

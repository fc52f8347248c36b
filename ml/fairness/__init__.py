"""The audit by group. Groups are read here and nowhere else: never by features, training or scoring."""

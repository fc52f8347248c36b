"""Fitting: the rule, the baselines, the calibrated models, and the artifact that scoring loads."""

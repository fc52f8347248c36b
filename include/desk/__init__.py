"""The desk: where intervention teams work their lists."""

"""The desk: the web pages on which intervention teams work their lists."""

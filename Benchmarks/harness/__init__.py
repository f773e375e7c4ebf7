"""Runs ours and a peer in turn; see ../README.md."""

"""The JavaScript platform below the official Workers SDK, written in Python."""

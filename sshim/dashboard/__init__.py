"""The account's dashboard."""

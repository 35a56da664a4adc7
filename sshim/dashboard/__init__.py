"""The account's dashboard: one page, and what it asks for beyond the published API."""

"""Tests of the account's services."""

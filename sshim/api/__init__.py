"""The account's REST control plane."""

"""The AI Gateway with stored provider keys."""

"""Our programs against the official clients and the real platform."""

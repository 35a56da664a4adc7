"""Reading a Worker's configuration exactly as wrangler reads it."""

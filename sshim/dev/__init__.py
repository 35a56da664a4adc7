"""The `sshim dev` program: supervisor, reload, hot keys."""

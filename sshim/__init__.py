"""sshim: Cloudflare Secrets Store bindings for Python Workers, on your own machine."""

__version__ = "0.1.0"

"""The account: the one door through which its stores, secrets, tokens and gateways are changed."""

from sshim.control.plane import ControlPlane

__all__ = ["ControlPlane"]

"""Gateways and provider keys as the API's own objects, ready for JSON. Source: the published OpenAPI."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sshim.control.gateway_keys import KeyState
from sshim.model import Gateway, rfc3339

DEFAULTS: Mapping[str, Any] = {
    "authentication": True,
    "cache_invalidate_on_update": False,
    "cache_ttl": 0,
    "collect_logs": True,
    "rate_limiting_interval": 0,
    "rate_limiting_limit": 0,
    "rate_limiting_technique": "fixed",
    "retry_backoff": None,
    "retry_delay": None,
    "retry_max_attempts": None,
}
"""Settings of a gateway made without them. Authentication, rate limits and retries have an effect here."""


def gateway_result(gateway: Gateway) -> dict[str, Any]:
    """The gateway object."""
    return {
        **DEFAULTS,
        **gateway.settings,
        "id": gateway.id,
        "store_id": gateway.store_id,
        "is_default": gateway.id == "default",
        "created_at": rfc3339(gateway.created),
        "modified_at": rfc3339(gateway.modified),
    }


def provider_key_result(state: KeyState) -> dict[str, Any]:
    """The provider config object, with `status` and `last_used_at` besides. The preview shows the last four
    characters of a long key at the most."""
    key = state.key
    return {
        "id": key.id,
        "gateway_id": key.gateway_id,
        "provider_slug": key.provider,
        "alias": key.alias,
        "default_config": bool(key.settings.get("default_config", key.alias == "default")),
        "secret_id": key.secret_id or "",
        "secret_preview": state.preview,
        **{name: key.settings[name] for name in ("rate_limit", "rate_limit_period") if name in key.settings},
        "modified_at": rfc3339(key.modified),
        "status": "active" if state.active else "invalid",
        "last_used_at": rfc3339(state.last_used) if state.last_used else None,
    }

"""Which flags are in force, by date and by name."""

from __future__ import annotations

import pytest

from sshim.platform.compatibility import (
    DATED_FLAGS,
    NEW_PYODIDE,
    OLD_PYODIDE,
    CompatibilityFlags,
    flags_in_force,
    pyodide_version,
)


@pytest.mark.parametrize("flag", sorted(DATED_FLAGS))
def test_a_flag_is_on_from_its_date_unless_switched_off(flag: str) -> None:
    since, off = DATED_FLAGS[flag]
    assert flag in flags_in_force(since, [])
    assert flag not in flags_in_force("2024-01-01", [])
    assert flag in flags_in_force("2024-01-01", [flag])
    assert flag not in flags_in_force("2099-01-01", [off])


def test_no_date_is_the_newest() -> None:
    assert flags_in_force(None, []) >= set(DATED_FLAGS)


def test_a_dated_flag_belongs_to_the_pyodide_of_its_time() -> None:
    assert pyodide_version(flags_in_force("2025-09-28", [])) == OLD_PYODIDE
    assert pyodide_version(flags_in_force("2025-09-29", [])) == NEW_PYODIDE


def test_every_flag_is_an_attribute() -> None:
    flags = CompatibilityFlags(flags_in_force("2025-01-01", ["nodejs_compat"]))
    assert flags.nodejs_compat is True
    assert flags.python_no_global_handlers is False
    assert not hasattr(flags, "__wrapped__")


def test_the_dates_of_the_websocket_flags() -> None:
    assert "websocket_standard_binary_type" not in flags_in_force("2026-03-16", [])
    assert "websocket_standard_binary_type" in flags_in_force("2026-03-17", [])
    assert "web_socket_auto_reply_to_close" not in flags_in_force("2026-04-06", [])
    assert "web_socket_auto_reply_to_close" in flags_in_force("2026-04-07", [])
    assert "web_socket_auto_reply_to_close" not in flags_in_force(None, ["web_socket_manual_reply_to_close"])

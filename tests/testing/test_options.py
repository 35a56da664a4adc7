"""The options of a test's Worker."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sshim.errors import UsageError
from sshim.testing.options import Options, merged


def test_later_options_win_and_mappings_are_merged() -> None:
    made = merged(
        Options(),
        [{"secrets": {"A": "1", "B": "2"}, "strict": True}, {"secrets": {"B": "3"}, "env": "staging"}],
    )
    assert made.secrets == {"A": "1", "B": "3"}
    assert made.strict is True and made.env == "staging"


@pytest.mark.parametrize(
    ("given", "expected"), [(".env", (".env",)), (["a", "b"], ("a", "b")), (Path("c"), (Path("c"),))]
)
def test_files_are_given_one_or_many(given: Any, expected: tuple[Any, ...]) -> None:
    assert Options().updated({"env_files": given}).env_files == expected


@pytest.mark.parametrize(
    ("given", "message", "hint"),
    [
        ({"secret": {}}, "pytest.mark.sshim has no option 'secret'", "did you mean secrets=?"),
        ({"zzz": 1}, "pytest.mark.sshim has no option 'zzz'", "use config, env, secrets"),
        ({"secrets": ["A"]}, "secrets= must be a dict, not list", None),
    ],
)
def test_a_wrong_option_is_named(given: dict[str, Any], message: str, hint: str | None) -> None:
    with pytest.raises(UsageError) as caught:
        Options().updated(given)
    assert caught.value.message == message
    assert (caught.value.hint or "").startswith(hint or "")


def test_seeded_values_do_not_show() -> None:
    assert "sk-1" not in repr(Options(secrets={"A": "sk-1"}, vars={"B": "sk-1"}))

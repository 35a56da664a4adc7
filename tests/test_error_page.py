"""Every error has a cause and a cure that a reader can look up."""

from __future__ import annotations

import pytest

from sshim.errors import SshimError
from tests.error_page import PAGE, classes, cure, page


def test_the_page_of_errors_is_what_errors_py_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "python -m tests.error_page"


@pytest.mark.parametrize("kind", list(classes()), ids=lambda kind: kind.code)
def test_every_error_has_a_cause_a_cure_and_a_code_of_its_own(kind: type[SshimError]) -> None:
    assert kind.__doc__ and cure(kind)
    assert [other.__name__ for other in classes() if other.code == kind.code] == [kind.__name__]

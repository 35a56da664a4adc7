"""What a fault test has done and found."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Tally:
    """`tries` of one test, and a sentence for each that failed; `notes` are figures worth reading."""

    name: str
    tries: int = 0
    failures: list[str] = field(default_factory=list)
    notes: dict[str, object] = field(default_factory=dict)

    def failed(self, what: str) -> None:
        self.failures.append(what)

    def count(self, note: str, by: int = 1) -> None:
        self.notes[note] = int(str(self.notes.get(note, 0))) + by

    def line(self) -> str:
        said = ", ".join(f"{name} {value}" for name, value in self.notes.items())
        done = f"{self.name}: {self.tries} tries, {len(self.failures)} failures"
        return done + (f" ({said})" if said else "")

"""What is measured: a figure with its samples and budget, or a curve over sizes."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Figure:
    """Samples of one quantity; the median counts. Without a budget it only informs."""

    name: str
    unit: str
    samples: list[float] = field(default_factory=list)
    budget: float | None = None
    at_most: bool = True
    note: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.samples)

    @property
    def holds(self) -> bool | None:
        """Whether the median keeps the budget; None without one."""
        if self.budget is None:
            return None
        return self.median <= self.budget if self.at_most else self.median >= self.budget

    def row(self) -> tuple[str, ...]:
        """Name, median, spread, budget and verdict as text."""
        spread = f"{min(self.samples):.3g} to {max(self.samples):.3g}"
        budget = "" if self.budget is None else f"{'<=' if self.at_most else '>='} {self.budget:g}"
        verdict = {True: "holds", False: "MISSED", None: ""}[self.holds]
        return self.name, f"{self.median:.3g} {self.unit}", spread, budget, verdict, self.note

    def as_json(self) -> dict[str, object]:
        """The figure for other programs."""
        return {
            "name": self.name,
            "unit": self.unit,
            "median": self.median,
            "samples": self.samples,
            "budget": self.budget,
            "at_most": self.at_most,
            "holds": self.holds,
            "note": self.note,
        }


@dataclass(frozen=True)
class Curve:
    """One quantity at several sizes: `points` are (size, value) pairs, `of` says what the sizes count."""

    name: str
    of: str
    unit: str
    points: list[tuple[int, float]]

    def row(self) -> tuple[str, ...]:
        """Name and values as text."""
        said = ", ".join(f"{size:,}: {value:.3g}" for size, value in self.points)
        return f"{self.name} by {self.of}", self.unit, said

    def as_json(self) -> dict[str, object]:
        """The curve for other programs."""
        return {"name": self.name, "of": self.of, "unit": self.unit, "points": self.points}

"""How many containers run, how large, where, and how fast new ones replace them."""

from __future__ import annotations

from sshim.config.checks import Path, Section, known_only, property_of, typed_list
from sshim.config.javascript import MISSING, keys, kind, read, text, to_number, truthy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

INSTANCE_TYPES = ("lite", "basic", "standard-1", "standard-2", "standard-3", "standard-4", "dev", "standard")
"""The sizes that have a name; the last two are older names of the first and third."""

_RENAMED = {"dev": "lite", "standard": "standard-1"}
_SINGLE_STEPS = (5, 10, 20, 25, 50, 100)
_REGIONS = ("ENAM", "WNAM", "EEUR", "WEUR", "APAC", "SAM", "ME", "OC", "AFR")


def rollout(section: Section, field: str, path: Path, entry: Any) -> None:
    """The steps in which new containers come, and the most there are; no more steps than containers."""
    steps, most = read(entry, "rollout_step_percentage"), read(entry, "max_instances")
    here = (*path, "rollout_step_percentage")
    if isinstance(steps, list):
        _steps(section, here, steps)
    elif kind(steps) == "number":
        if steps not in _SINGLE_STEPS:
            section.error(
                f'"containers.rollout_step_percentage" must be one of [5, 10, 20, 25, 50, 100], but got '
                f"{text(steps)}",
                here,
            )
    elif steps is not MISSING:
        section.error(
            f'"containers.rollout_step_percentage" must be a number or array of numbers, but got '
            f'"{text(steps)}"',
            here,
        )
    rollout_kind, choices = read(entry, "rollout_kind"), ("full_auto", "full_manual", "none")
    property_of(
        section, f"{field}.rollout_kind", rollout_kind, "string", (*path, "rollout_kind"), choices=choices
    )
    grace = read(entry, "rollout_active_grace_period")
    if grace is not MISSING and (kind(grace) != "number" or grace < 0):
        section.error(
            '"containers.rollout_active_grace_period" field should be a positive number but got '
            f'"{text(grace)}"',
            (*path, "rollout_active_grace_period"),
        )
    property_of(section, f"{field}.max_instances", most, "number", (*path, "max_instances"))
    if most is MISSING:
        return
    if to_number(most) < 0:
        section.error(
            f'"containers.max_instances" field should be a positive number, but got {text(most)}',
            (*path, "max_instances"),
        )
    if isinstance(steps, list) and len(steps) > to_number(most):
        section.error(
            f'"containers.rollout_step_percentage" cannot have more steps ({len(steps)}) than '
            f'"max_instances" ({text(most)})',
            here,
        )


def _steps(section: Section, path: Path, steps: list[Any]) -> None:
    """Numbers that do not fall, from 10 to 100, the last of them 100. As in wrangler, what is no number is
    not counted, so a step is compared with what stands at the count of numbers before it."""
    label = '"containers.rollout_step_percentage"'
    numbers = [step for step in steps if kind(step) == "number"]
    ascending = True
    for count, step in enumerate(numbers):
        if ascending and count > 0 and step < to_number(steps[count - 1]):
            section.error(f'{label} array elements must be in ascending order, but got "{text(steps)}"', path)
            ascending = False
        if count == len(steps) - 1 and step != 100:
            section.error(f'The final step in {label} must be 100, but got "{text(step)}"', path)
    for wrong, what in (
        ([step for step in steps if kind(step) != "number"], "numbers"),
        ([step for step in numbers if step < 10 or step > 100], "between 10 and 100"),
    ):
        if wrong:
            shown = ", ".join("" if step is None else text(step) for step in wrong)
            section.error(f'{label} array elements must be {what}, but got "{shown}"', path)


def constraints(section: Section, field: str, path: Path, entry: Any) -> None:
    """The tiers, the jurisdiction and the regions in which containers may run."""
    value, label, here = read(entry, "constraints"), f"{field}.constraints", (*path, "constraints")
    if not property_of(section, label, value, "object", here) or not truthy(value):
        return
    if "tier" in keys(value):
        section.warn(
            '"constraints.tier" has been deprecated in favor of "constraints.tiers". Please update your '
            'configuration to use "constraints.tiers" instead.',
            (*here, "tier"),
            key=True,
        )
        if "tiers" in keys(value):
            section.error(f"{label}.tier and {label}.tiers cannot both be set", (*here, "tier"))
    tiers, jurisdiction, regions = (read(value, key) for key in ("tiers", "jurisdiction", "regions"))
    if tiers is not MISSING:
        typed_list(section, f"{label}.tiers", tiers, "number", (*here, "tiers"))
    place = (*here, "jurisdiction")
    property_of(section, f"{label}.jurisdiction", jurisdiction, "string", place)
    if truthy(jurisdiction) and jurisdiction not in ("eu", "fedramp", "us"):
        section.error(f'{label}.jurisdiction must be one of: "eu", "fedramp", "us"', place)
    if regions is MISSING or not typed_list(
        section, f"{label}.regions", regions, "string", (*here, "regions")
    ):
        return
    for index, region in enumerate(regions):
        if region.upper() not in _REGIONS:
            section.error(
                f'{label}.regions contains invalid region "{region}". Valid regions are: '
                f"{', '.join(_REGIONS)}",
                (*here, "regions", index),
            )


def instance(section: Section, field: str, path: Path, entry: Any) -> None:
    """A size by its name, or by its parts."""
    value, label, here = read(entry, "instance_type"), f"{field}.instance_type", (*path, "instance_type")
    if isinstance(value, str):
        property_of(section, label, value, "string", here, choices=INSTANCE_TYPES)
        if value in _RENAMED:
            section.warn(
                f'The "{value}" instance_type has been renamed to "{_RENAMED[value]}" and will be removed in '
                f'a subsequent version. Please update your configuration to use "{_RENAMED[value]}" instead.',
                here,
            )
        return
    if not property_of(section, label, value, "object", here) or not truthy(value):
        return
    parts = ("vcpu", "memory_mib", "disk_mb")
    for part in parts:
        if kind(read(value, part)) not in ("undefined", "number"):
            section.error(
                f'"containers.instance_type.{part}", when present, should be a number.', (*here, part)
            )
    known_only(section, label, keys(value), parts, here)

"""Judges as a command line spells them: `refusal`, `path.py:Class`, or a panel, `coherence+refusal`."""

from __future__ import annotations

from collections.abc import Sequence

from holdfast.domain import JudgeContext, PluginError
from holdfast.judges import Panel, build_judges


def panels_for(spellings: Sequence[str], context: JudgeContext) -> tuple[Panel, ...]:
    """Build one panel a spelling; a judge of its own is a panel of one.

    Args:
        spellings: Names of judges, or names joined by `+`, whose verdicts are combined into one outcome.
        context: What the judges may know.

    Returns:
        The panels in the same order, named as findings name them.

    Raises:
        PluginError: If a judge cannot be found, imported or built, or two panels have one name.
    """
    panels: list[Panel] = []
    for spelling in spellings:
        members = build_judges(members_of(spelling), context)
        panel = Panel("+".join(judge.name for judge in members), members)
        if panel.name in {other.name for other in panels}:
            raise PluginError(
                f"judge {spelling!r} is called {panel.name!r}, as another one asked for is",
                next_step="give each --judge once, or give the plug-in another `name`",
            )
        panels.append(panel)
    return tuple(panels)


def members_of(spelling: str) -> list[str]:
    """Return the judges that a spelling joins; a `+` in a file's folder belongs to its path."""
    members: list[str] = []
    for part in spelling.split("+"):
        if members and "/" in members[-1] and ".py:" not in members[-1]:
            members[-1] += "+" + part
        else:
            members.append(part)
    return members

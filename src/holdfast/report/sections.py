"""Sections of the page that are made of several views and figures."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.report.charts.access import AccessFigure, access_figures
from holdfast.report.charts.claims import ClaimFigure, claim_figures
from holdfast.report.charts.figures import Figure, dose_figure
from holdfast.report.charts.search import search_figure
from holdfast.report.views.access import UNIT_NAMES, UNIT_TITLES, access_map
from holdfast.report.views.access_table import AccessRows, RatingRow, access_rows, rating_rows
from holdfast.report.views.concordance import ConcordanceRow, concordance_rows
from holdfast.report.views.doses import dose_panels
from holdfast.report.views.evidence import Evidence
from holdfast.report.views.joint import Joint, joint_pathways
from holdfast.report.views.multiverse import claim_views, why_no_claims
from holdfast.report.views.search import search_panels
from holdfast.report.views.search_table import SearchRow, search_rows


@dataclass(frozen=True, slots=True)
class AccessSection:
    """Who can break it, and at what price.

    Attributes:
        unit: What prices are drawn in, in words.
        short: The same in short, such as `device time`.
        figures: One map a model.
        tables: The same in figures, cheapest break first.
        joint: Pathways made of others.
        doses: Pathways alike in all but the rows they train on.
        ratings: Why techniques are rated as they are.
    """

    unit: str
    short: str
    figures: tuple[AccessFigure, ...]
    tables: tuple[AccessRows, ...]
    joint: tuple[Joint, ...]
    doses: tuple[Figure, ...]
    ratings: tuple[RatingRow, ...]


@dataclass(frozen=True, slots=True)
class SearchSection:
    """What trying more than once is worth.

    Attributes:
        rows: One a search; empty where none was planned.
        figures: The best so far, try by try, one a searched pathway and model.
    """

    rows: tuple[SearchRow, ...]
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class MultiverseSection:
    """The multiverse.

    Attributes:
        claims: Every claim, with its specification curve.
        concordance: Whether the cells rank the arms alike.
        why_empty: Why there is no claim; empty if there is one.
    """

    claims: tuple[ClaimFigure, ...]
    concordance: tuple[ConcordanceRow, ...]
    why_empty: str


def access_section(evidence: Evidence) -> AccessSection:
    """Return who can break the models of a record, and at what price.

    Raises:
        DrawingError: If a drawing did not come out as plain SVG.
    """
    view = access_map(evidence)
    return AccessSection(
        unit=UNIT_TITLES[view.unit],
        short=UNIT_NAMES[view.unit],
        figures=access_figures(view),
        tables=access_rows(view),
        joint=joint_pathways(evidence),
        doses=tuple(
            dose_figure(panel, f"dose-{index}", evidence.harm_word)
            for index, panel in enumerate(dose_panels(evidence))
        ),
        ratings=rating_rows(view),
    )


def search_section(evidence: Evidence) -> SearchSection:
    """Return what the searches of a record found.

    Raises:
        DrawingError: If a drawing did not come out as plain SVG.
    """
    panels = search_panels(evidence.record)
    figures = tuple(search_figure(panel, f"search-{index}") for index, panel in enumerate(panels))
    return SearchSection(search_rows(evidence), figures)


def multiverse_section(evidence: Evidence) -> MultiverseSection:
    """Return whether conclusions depend on what was chosen.

    Raises:
        DrawingError: If a drawing did not come out as plain SVG.
    """
    claims = claim_views(evidence)
    return MultiverseSection(
        claims=claim_figures(claims),
        concordance=concordance_rows(evidence),
        why_empty="" if claims else why_no_claims(evidence),
    )

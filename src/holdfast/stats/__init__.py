"""Statistics of audits: pure functions, arrays in, frozen dataclasses out. No I/O, no torch."""

from holdfast.stats.agreement import Agreement, cohen_kappa, krippendorff_alpha
from holdfast.stats.anchored import Trail, anchored_difference, anchored_rate
from holdfast.stats.anchoring import (
    MATCHED,
    TOLERANCE,
    Passage,
    Relative,
    first_passage,
    matched,
    next_probe,
    resolve_target,
)
from holdfast.stats.bounds import Bounds, coherent_bounds, harm_bounds, worst_case
from holdfast.stats.breaking import (
    BreakSample,
    CheckpointState,
    CheckpointVerdict,
    break_interval,
    checkpoint_verdict,
)
from holdfast.stats.composition import Composition, composition
from holdfast.stats.concordance import (
    Coefficient,
    PairTau,
    RankConcordance,
    kendall_tau,
    kendall_w,
    rank_concordance,
)
from holdfast.stats.corrected import MOST_UNKNOWN, Corrected
from holdfast.stats.correction import (
    FEWEST_LABELS,
    ErrorRates,
    error_rates,
    rogan_gladen,
    unidentifiable,
)
from holdfast.stats.crossed import CrossedVariance, cell_sums, crossed_variance
from holdfast.stats.differences import added_difference
from holdfast.stats.events import EventInterval, EventStatus
from holdfast.stats.grouped import EffectiveSize, effective_size, grouped_bounds, grouped_rate
from holdfast.stats.intervals import Interval, Sided, clopper_pearson, wilson
from holdfast.stats.labels import LabelPlan, allocate, expected_deviation, labels_needed
from holdfast.stats.log_rank import LogRankTest, log_rank
from holdfast.stats.multiple import holm
from holdfast.stats.multiverse import LevelLeftOut, MultiverseSummary, UniverseValue, multiverse_shares
from holdfast.stats.paired import Flip, PairedDifference, paired_difference, sign_flip_p
from holdfast.stats.power import (
    SEEDS_FOR_RANK,
    DesignPower,
    design_power,
    smallest_confident_share,
    smallest_detectable_difference,
    smallest_sign_flip_p,
)
from holdfast.stats.ppi import LabelDesign, ppi_mean, ppi_shares
from holdfast.stats.ranked import RankedCell
from holdfast.stats.samples import SampleError
from holdfast.stats.seeds import SEEDS_FOR_INTERVAL, SeedRate, rate_over_seeds
from holdfast.stats.selection import Selection, Try, best_of
from holdfast.stats.sequential import sequential_share, sequential_verdict
from holdfast.stats.stratified import rogan_gladen_strata
from holdfast.stats.summaries import (
    SEEDS_FOR_BOUND,
    EventRange,
    EventSummary,
    event_estimate,
    event_summary,
)
from holdfast.stats.survival import SurvivalCurve, turnbull
from holdfast.stats.weighted import weighted_rate

__all__ = [
    "FEWEST_LABELS",
    "MATCHED",
    "MOST_UNKNOWN",
    "SEEDS_FOR_BOUND",
    "SEEDS_FOR_INTERVAL",
    "SEEDS_FOR_RANK",
    "TOLERANCE",
    "Agreement",
    "Bounds",
    "BreakSample",
    "CheckpointState",
    "CheckpointVerdict",
    "Coefficient",
    "Composition",
    "Corrected",
    "CrossedVariance",
    "DesignPower",
    "EffectiveSize",
    "ErrorRates",
    "EventInterval",
    "EventRange",
    "EventStatus",
    "EventSummary",
    "Flip",
    "Interval",
    "LabelDesign",
    "LabelPlan",
    "LevelLeftOut",
    "LogRankTest",
    "MultiverseSummary",
    "PairTau",
    "PairedDifference",
    "Passage",
    "RankConcordance",
    "RankedCell",
    "Relative",
    "SampleError",
    "SeedRate",
    "Selection",
    "Sided",
    "SurvivalCurve",
    "Trail",
    "Try",
    "UniverseValue",
    "added_difference",
    "allocate",
    "anchored_difference",
    "anchored_rate",
    "best_of",
    "break_interval",
    "cell_sums",
    "checkpoint_verdict",
    "clopper_pearson",
    "cohen_kappa",
    "coherent_bounds",
    "composition",
    "crossed_variance",
    "design_power",
    "effective_size",
    "error_rates",
    "event_estimate",
    "event_summary",
    "expected_deviation",
    "first_passage",
    "grouped_bounds",
    "grouped_rate",
    "harm_bounds",
    "holm",
    "kendall_tau",
    "kendall_w",
    "krippendorff_alpha",
    "labels_needed",
    "log_rank",
    "matched",
    "multiverse_shares",
    "next_probe",
    "paired_difference",
    "ppi_mean",
    "ppi_shares",
    "rank_concordance",
    "rate_over_seeds",
    "resolve_target",
    "rogan_gladen",
    "rogan_gladen_strata",
    "sequential_share",
    "sequential_verdict",
    "sign_flip_p",
    "smallest_confident_share",
    "smallest_detectable_difference",
    "smallest_sign_flip_p",
    "turnbull",
    "unidentifiable",
    "weighted_rate",
    "wilson",
    "worst_case",
]

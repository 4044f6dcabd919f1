"""Whether there is an edge: one judgement over all trials of a strategy on a data set.

Three questions, and the answer is EDGE only where none of them says no:

1. Is the best trial better than the best of as many trials without skill (DSR)? Trials that hang together count as if
   each stood alone, and the variance of their Sharpe ratios as no less than what chance gives each of them, 1/(T − 1):
   many near-equal trials make the hurdle no lower. Periods that hang together count as fewer (`count_independent`).
2. Does the trial that was chosen stay above the median where it was not chosen (PBO)? Where all trials earn alike,
   their order is chance and PBO near ½ though nothing is overfitted: then the chosen must hardly ever lose there.
3. Does choosing on the past earn in the future (walk-forward, PSR against 0)?
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from pipelines.microstructure.series import Floats
from pipelines.research.overfitting import BLOCK_COUNT, Overfitting, measure_overfitting
from pipelines.research.returns import check_trials, sharpe_ratios
from pipelines.research.sharpe import (
    Moments,
    count_independent,
    expected_best_sharpe,
    measure_moments,
    probabilistic_sharpe,
)
from pipelines.research.walk_forward import (
    Observations,
    Scheme,
    check_observations,
    observe_periods,
    split_walk_forward,
    walk_forward,
)
from schemas.errors import ResearchError

EDGE, NO_EDGE, TOO_LITTLE_DATA = "EDGE", "NO_EDGE", "TOO_LITTLE_DATA"


@dataclass(frozen=True)
class Criteria:
    """Where the lines are drawn. Counts are of periods, probabilities in [0, 1].

    `test_fraction` of the periods judge in walk-forward, in `split_count` tests.
    """

    least_periods: float = 100
    least_dsr: float = 0.95
    most_pbo: float = 0.2
    most_loss: float = 0.05
    least_psr: float = 0.95
    block_count: int = BLOCK_COUNT
    split_count: int = 5
    test_fraction: float = 0.625
    embargo_ns: int = 0


@dataclass(frozen=True)
class Verdict:
    """The decision and what it was made of; None where a number is undefined. Sharpe ratios are a period.

    `walk_forward_return` is the sum of the net returns out of sample, a fraction of the capital.
    """

    decision: str
    sentence: str
    trial_count: int
    lifetime_trial_count: int
    period_count: int
    best_trial: int | None = None
    independent_period_count: float | None = None
    sharpe: float | None = None
    sr0: float | None = None
    dsr: float | None = None
    pbo: float | None = None
    loss_probability: float | None = None
    walk_forward_return: float | None = None
    walk_forward_sharpe: float | None = None
    walk_forward_psr: float | None = None
    criteria: Criteria = field(default_factory=Criteria)


def judge_trials(
    returns: npt.ArrayLike,
    lifetime_trial_count: int,
    observations: Observations | None = None,
    criteria: Criteria | None = None,
) -> Verdict:
    """The verdict over net returns (T, N) a period, a fraction of the capital, one column a trial.

    `lifetime_trial_count` is how many trials this strategy ever had on this data set, those given included;
    `observations` (T) say when each period begins and when its return is known, for the purge of walk-forward: None,
    each is known at its end, and an embargo counts periods. Raises ResearchError for fewer lifetime trials than given
    ones, observations of another length or out of order, and returns that are no numbers.
    """
    trials, rules = check_trials(returns), criteria or Criteria()
    known = observe_periods(len(trials)) if observations is None else observations
    _check(trials, lifetime_trial_count, known)
    if rules.split_count < 1 or rules.embargo_ns < 0:
        raise ResearchError(
            f"{rules.split_count} splits with an embargo of {rules.embargo_ns} ns: from 1, and from 0 on."
        )
    counts = {"trial_count": trials.shape[1], "lifetime_trial_count": lifetime_trial_count, "period_count": len(trials)}
    numbers = _measure_best(trials, lifetime_trial_count)
    lacking = _find_lacking(len(trials), numbers, rules)
    if not lacking:
        numbers |= _measure_choice(trials, rules)
        try:
            numbers |= _measure_walk_forward(trials, known, rules)
        except ResearchError as error:
            lacking = f"walk-forward cannot be cut: {error}"
    decision, sentence = (TOO_LITTLE_DATA, f"Too little data: {lacking}") if lacking else _decide(numbers, rules)
    return Verdict(decision, sentence, **counts, **numbers, criteria=rules)  # type: ignore[arg-type]  # each field has its own type


def _check(trials: Floats, lifetime: int, observations: Observations) -> None:
    if lifetime < trials.shape[1]:
        raise ResearchError(
            f"{lifetime} trials in a lifetime cannot be fewer than the {trials.shape[1]} given: count all of them."
        )
    if len(observations) != len(trials):
        raise ResearchError(f"{len(observations)} observations do not belong to {len(trials)} periods: give one each.")
    check_observations(observations)


def _measure_best(trials: Floats, lifetime: int) -> dict[str, float | int | None]:
    """The best trial, its Sharpe ratio, and what it is worth among so many; nothing where no trial varies."""
    sharpes = sharpe_ratios(trials)
    if not np.isfinite(sharpes).any():
        return {}
    best = int(np.nanargmax(sharpes))
    independent = count_independent(trials[:, best])
    numbers: dict[str, float | int | None] = {
        "best_trial": best,
        "independent_period_count": independent,
        "sharpe": float(sharpes[best]),
    }
    if independent <= 1:
        return numbers
    alive = sharpes[np.isfinite(sharpes)]
    variance = max(float(alive.var(ddof=1)) if len(alive) > 1 else 0.0, 1 / (independent - 1))
    sr0 = expected_best_sharpe(lifetime, variance)
    return numbers | {"sr0": sr0, "dsr": _skill(trials[:, best], sr0)}


def _find_lacking(periods: int, numbers: dict[str, float | int | None], rules: Criteria) -> str:
    """What keeps the trials from being judged; an empty text for nothing."""
    independent = numbers.get("independent_period_count")
    if independent is None:
        return "no trial has returns that vary."
    if independent < rules.least_periods:
        return (
            f"the {periods} periods are worth {independent:.0f} independent ones, and at least "
            f"{rules.least_periods:.0f} are needed."
        )
    if periods < rules.block_count:
        return f"{periods} periods cannot be cut into {rules.block_count} blocks."
    return ""


def _measure_choice(trials: Floats, rules: Criteria) -> dict[str, float | int | None]:
    """PBO and the probability of loss; None for a single trial, which leaves no choice."""
    if trials.shape[1] < 2:
        return {}
    overfitting: Overfitting = measure_overfitting(trials, rules.block_count)
    return {"pbo": overfitting.probability, "loss_probability": overfitting.loss_probability}


def _measure_walk_forward(trials: Floats, known: Observations, rules: Criteria) -> dict[str, float | int | None]:
    size = int(len(trials) * rules.test_fraction / rules.split_count)
    splits = split_walk_forward(known, Scheme(rules.split_count, size, embargo_ns=rules.embargo_ns))
    forward = walk_forward(trials, splits).returns
    moments = measure_moments(forward)
    sharpe = None if moments is None else moments.sharpe
    return {
        "walk_forward_return": float(forward.sum()),
        "walk_forward_sharpe": sharpe,
        "walk_forward_psr": _skill(forward, 0.0),
    }


def _skill(returns: Floats, benchmark: float) -> float | None:
    """PSR of returns (T,) that count as independent ones."""
    moments = measure_moments(returns)
    if moments is None:
        return None
    counted = Moments(moments.sharpe, moments.skew, moments.kurtosis, count_independent(returns))
    return probabilistic_sharpe(counted, benchmark)


def _decide(numbers: dict[str, float | int | None], rules: Criteria) -> tuple[str, str]:
    """The decision and its sentence: all that failed, or that nothing did."""
    failed = [text for is_good, text in _questions(numbers, rules) if not is_good]
    if failed:
        return NO_EDGE, f"No edge: {'; '.join(failed)}."
    passed = [f"DSR is {numbers['dsr']:.3f}"]
    passed += [_praise(numbers.get("pbo"), numbers.get("loss_probability"), rules)]
    passed += [
        f"walk-forward earned {numbers['walk_forward_return']:+.2%} with a PSR of {numbers['walk_forward_psr']:.3f}"
    ]
    return EDGE, f"Edge: {', '.join(passed)}, and none of them fails."


def _praise(pbo: float | None, loss: float | None, rules: Criteria) -> str:
    if pbo is None:
        return "a single trial left no choice"
    alike = f" (the trials earn alike: the chosen loses in {loss:.0%} of the tests)" if pbo > rules.most_pbo else ""
    return f"PBO is {pbo:.2f}{alike}"


def _questions(numbers: dict[str, float | int | None], rules: Criteria) -> list[tuple[bool, str]]:
    """Whether each criterion is met, and what is to be said where it is not."""
    dsr, pbo, loss, psr = (numbers.get(name) for name in ("dsr", "pbo", "loss_probability", "walk_forward_psr"))
    worth = "DSR is undefined" if dsr is None else f"DSR is {dsr:.3f}, below {rules.least_dsr:.2f}"
    hurdle = f" (the best Sharpe ratio is {numbers['sharpe']:.4f} a period, luck alone gives {numbers['sr0']:.4f})"
    ahead = (
        "walk-forward's PSR is undefined"
        if psr is None
        else f"walk-forward's PSR is {psr:.3f}, below {rules.least_psr:.2f}"
    )
    chosen = pbo is None or pbo <= rules.most_pbo or (loss is not None and loss <= rules.most_loss)
    says = (
        ""
        if pbo is None
        else f"PBO is {pbo:.2f}, above {rules.most_pbo:.2f}, and the chosen loses in {loss:.0%} of the tests"
    )
    return [
        (dsr is not None and dsr >= rules.least_dsr, worth + hurdle),
        (chosen, says),
        (psr is not None and psr >= rules.least_psr, f"{ahead} (it earned {numbers['walk_forward_return']:+.2%})"),
    ]

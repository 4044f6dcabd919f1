"""The verdict on noise, on planted edges, and on too little of either."""

from collections import Counter

import numpy as np
import pytest

from pipelines.microstructure.series import Floats
from pipelines.research.verdict import EDGE, NO_EDGE, TOO_LITTLE_DATA, Criteria, Verdict, judge_trials
from pipelines.research.walk_forward import Observations, observe_periods
from schemas.errors import ResearchError

SEEDS = 200
SHAPES = [(60, 10), (120, 30), (250, 100), (500, 1), (500, 20), (1000, 10), (2000, 40)]


def gaussian(periods: int, trials: int, rng: np.random.Generator) -> Floats:
    return 1e-3 * rng.standard_normal((periods, trials))


def fat_tailed(periods: int, trials: int, rng: np.random.Generator) -> Floats:
    return 1e-3 * rng.standard_t(3, (periods, trials))


def alike(periods: int, trials: int, rng: np.random.Generator) -> Floats:
    """Parameter sets that nearly are one: their returns correlate by 0.95."""
    return 0.975 * gaussian(periods, 1, rng) + 0.224 * gaussian(periods, trials, rng)


def overlapping(periods: int, trials: int, rng: np.random.Generator) -> Floats:
    """The sign of the price's change over 1 to N periods on a random walk: neighbours hold nearly the same."""
    steps = 1e-3 * rng.standard_normal(periods + trials)
    price = np.concatenate([[0.0], np.cumsum(steps)])
    now = np.arange(trials, trials + periods)
    return np.stack([np.sign(price[now] - price[now - lag]) * steps[now] for lag in range(1, trials + 1)], axis=1)


def clinging(periods: int, trials: int, rng: np.random.Generator) -> Floats:
    """Returns of periods that hang together by 0.3."""
    noise = gaussian(periods + 1, trials, rng)
    return noise[1:] + 0.33 * noise[:-1]


NOISE = [gaussian, fat_tailed, alike, overlapping, clinging]


@pytest.mark.parametrize("draw", NOISE)
def test_judge_trials_of_noise_is_no_edge(draw) -> None:  # type: ignore[no-untyped-def]  # one of the functions above
    decisions: Counter[str] = Counter()
    for seed in range(SEEDS):
        periods, trials = SHAPES[seed % len(SHAPES)]
        verdict = judge_trials(draw(periods, trials, np.random.default_rng(seed)), trials)
        decisions[verdict.decision] += 1
        assert periods < 250 or verdict.decision != TOO_LITTLE_DATA
    assert decisions[EDGE] <= 0.05 * SEEDS


@pytest.mark.parametrize("draw", NOISE)
def test_judge_trials_of_noise_with_many_trials_is_no_edge(draw) -> None:  # type: ignore[no-untyped-def]  # as above
    verdicts = [judge_trials(draw(300, 500, np.random.default_rng(seed)), 500).decision for seed in range(5)]
    assert verdicts.count(NO_EDGE) == len(verdicts)


@pytest.mark.parametrize("draw", [gaussian, fat_tailed, alike])
def test_judge_trials_of_noise_over_many_periods_says_no_edge(draw) -> None:  # type: ignore[no-untyped-def]  # as above
    verdicts = [judge_trials(draw(600, 10, np.random.default_rng(seed)), 10).decision for seed in range(SEEDS)]
    assert verdicts.count(NO_EDGE) >= 0.95 * SEEDS


def test_judge_trials_finds_one_good_trial_among_many() -> None:
    found = []
    for seed in range(50):
        returns = gaussian(1000, 50, np.random.default_rng(seed))
        returns[:, 17] += 0.2e-3
        found.append(judge_trials(returns, 50))
    assert sum(v.decision == EDGE and v.best_trial == 17 for v in found) >= 45


def test_judge_trials_finds_an_edge_that_all_trials_share() -> None:
    found = [judge_trials(alike(1000, 50, np.random.default_rng(seed)) + 0.2e-3, 50) for seed in range(50)]
    assert sum(v.decision == EDGE for v in found) >= 45
    assert any(v.pbo is not None and v.pbo > v.criteria.most_pbo for v in found if v.decision == EDGE)


def edge(lifetime: int = 20, **criteria: float) -> Verdict:
    returns = gaussian(1000, 20, np.random.default_rng(5))
    returns[:, 3] += 0.18e-3
    return judge_trials(returns, lifetime, criteria=Criteria(**criteria))  # type: ignore[arg-type]  # by name


def test_judge_trials_counts_the_trials_of_a_lifetime() -> None:
    few, many = edge(), edge(lifetime=200_000)
    assert (few.decision, many.decision) == (EDGE, NO_EDGE)
    assert few.sr0 is not None and many.sr0 is not None and few.sr0 < many.sr0
    assert many.sentence.startswith("No edge: DSR is 0.")


def test_judge_trials_says_what_failed() -> None:
    verdict = edge(least_dsr=1.0, most_pbo=-1, most_loss=-1, least_psr=1.0)
    assert verdict.sentence == (
        f"No edge: DSR is {verdict.dsr:.3f}, below 1.00 (the best Sharpe ratio is {verdict.sharpe:.4f} a period, luck "
        f"alone gives {verdict.sr0:.4f}); PBO is {verdict.pbo:.2f}, above -1.00, and the chosen loses in "
        f"{verdict.loss_probability:.0%} of the tests; walk-forward's PSR is {verdict.walk_forward_psr:.3f}, below "
        f"1.00 (it earned {verdict.walk_forward_return:+.2%})."
    )


def test_judge_trials_says_what_holds() -> None:
    verdict = edge()
    assert verdict.sentence == (
        f"Edge: DSR is {verdict.dsr:.3f}, PBO is {verdict.pbo:.2f}, walk-forward earned "
        f"{verdict.walk_forward_return:+.2%} with a PSR of {verdict.walk_forward_psr:.3f}, and none of them fails."
    )


def test_judge_trials_of_a_single_trial() -> None:
    verdict = judge_trials(gaussian(1000, 1, np.random.default_rng(0)) + 0.2e-3, 1)
    assert (verdict.decision, verdict.pbo, verdict.sr0) == (EDGE, None, 0.0)
    assert "a single trial left no choice" in verdict.sentence


def test_judge_trials_that_never_traded() -> None:
    verdict = judge_trials(np.zeros((500, 4)), 4)
    assert (verdict.decision, verdict.sentence) == (
        TOO_LITTLE_DATA,
        "Too little data: no trial has returns that vary.",
    )
    assert (verdict.sharpe, verdict.dsr, verdict.best_trial) == (None, None, None)


def test_judge_trials_of_few_periods() -> None:
    verdict = judge_trials(gaussian(60, 3, np.random.default_rng(0)), 3)
    assert verdict.decision == TOO_LITTLE_DATA
    assert "independent ones, and at least 100 are needed." in verdict.sentence


def test_judge_trials_that_purge_leaves_untrained() -> None:
    returns = gaussian(200, 3, np.random.default_rng(0))
    verdict = judge_trials(returns, 3, observe_periods(200, 190))
    assert verdict.decision == TOO_LITTLE_DATA
    assert verdict.sentence.startswith("Too little data: walk-forward cannot be cut: Nothing is left to train")
    assert judge_trials(returns, 3, observe_periods(200, 5)).decision == NO_EDGE


def test_judge_trials_of_bad_input() -> None:
    with pytest.raises(ResearchError, match="2 trials in a lifetime cannot be fewer than the 3 given: count all of"):
        judge_trials(np.zeros((10, 3)), 2)
    with pytest.raises(ResearchError, match="9 observations do not belong to 10 periods: give one each"):
        judge_trials(np.zeros((10, 3)), 3, observe_periods(9))
    with pytest.raises(ResearchError, match="Observations must come in order of time"):
        judge_trials(np.zeros((10, 3)), 3, Observations(-np.arange(10), np.arange(10)))
    with pytest.raises(ResearchError, match="5 splits with an embargo of -1 ns: from 1, and from 0 on"):
        judge_trials(np.zeros((10, 3)), 3, criteria=Criteria(embargo_ns=-1))

"""How well fair prices foretell the next mid, on touches that come after those they were fitted on."""

import math
from dataclasses import dataclass

import numpy as np

from pipelines.microstructure.asof import asof_index
from pipelines.microstructure.flow import ofi_events
from pipelines.microstructure.micro_price import calibrate_micro_price, micro_price, micro_price_stoikov
from pipelines.microstructure.regression import fit_line
from pipelines.microstructure.series import Floats, Ints, Touches, require_order, require_positive, take_known
from schemas.errors import MeasureError


@dataclass(frozen=True)
class Trial:
    """What is compared: rows before `split` are for fitting, the others for scoring.

    `tick` in units of 1e-9; the target is the mid at the next change of mid, or `horizon_ns` later; OFI is summed
    over the last `ofi_ns`.
    """

    split: int
    tick: int
    horizon_ns: int | None = None
    ofi_ns: int = 1_000_000_000


@dataclass(frozen=True)
class Score:
    """Errors of a predictor in bps of mid, over `count` touches; NaN when there is none."""

    predictor: str
    rmse_bps: float
    mae_bps: float
    count: int


def score_predictors(touches: Touches, trial: Trial) -> tuple[Score, ...]:
    """Errors of the predictors of `predict_mids`, all on the same touches.

    Those are the touches at or after the split for which target and predictions are known. Raises MeasureError as
    `predict_mids`.
    """
    predictions = predict_mids(touches, trial)
    later = take_known(touches.mid, find_target(touches, trial.horizon_ns))
    scored = np.arange(len(touches)) >= trial.split
    is_known = scored & np.isfinite(later) & np.isfinite(list(predictions.values())).all(axis=0)
    mid = touches.mid[is_known]
    errors = {name: (price[is_known] - later[is_known]) / mid * 1e4 for name, price in predictions.items()}
    return tuple(_score(name, error) for name, error in errors.items())


def predict_mids(touches: Touches, trial: Trial) -> dict[str, Floats]:
    """What mid, micro_price, micro_price_stoikov and mid_ofi say at each touch (n,), prices in units of 1.

    mid_ofi is mid + intercept + slope · recent OFI. What is fitted (G*, and this line, to the target's distance from
    mid) sees touches before the split only, and targets that lie before it. Raises MeasureError when times decrease or
    the split leaves a part empty.
    """
    require_order(touches.ns, "touches")
    if not 0 < trial.split < len(touches):
        raise MeasureError(f"The split {trial.split} must leave some of {len(touches)} touches on either side.")
    fitted = touches[: trial.split]
    distance = take_known(fitted.mid, find_target(fitted, trial.horizon_ns)) - fitted.mid
    line = fit_line(sum_recent(fitted, trial.ofi_ns), distance)
    return {
        "mid": touches.mid,
        "micro_price": micro_price(touches),
        "micro_price_stoikov": micro_price_stoikov(touches, calibrate_micro_price(fitted, trial.tick)),
        "mid_ofi": touches.mid + line.intercept + line.slope * sum_recent(touches, trial.ofi_ns),
    }


def find_target(touches: Touches, horizon_ns: int | None) -> Ints:
    """The touch (n,) whose mid is to be foretold: the next with another mid, or the state `horizon_ns` later.

    −1 where the touches end before. A mid that is not known is no change; the touch after it is compared with the last
    known. Raises MeasureError when the horizon is not above 0.
    """
    if horizon_ns is None:
        return _next_change(touches.mid)
    require_positive(horizon_ns, "horizon in ns")
    then = touches.ns + horizon_ns
    return np.where(then <= touches.ns[-1:], asof_index(then, touches.ns, strict=False), -1)


def sum_recent(touches: Touches, width_ns: int) -> Floats:
    """OFI (n,) over the touches of the last `width_ns` until each, itself included; NaN where one is not known.

    Raises MeasureError when times decrease or the width is not above 0.
    """
    require_positive(width_ns, "width of recent OFI in ns")
    events = ofi_events(touches)
    total = np.concatenate(([0.0], np.cumsum(np.nan_to_num(events))))
    unknown = np.concatenate(([0], np.cumsum(np.isnan(events))))
    end = np.arange(1, len(touches) + 1)
    start = asof_index(touches.ns - width_ns, touches.ns, strict=False) + 1
    return np.where(unknown[end] == unknown[start], total[end] - total[start], np.nan)


def _next_change(mid: Floats) -> Ints:
    known = np.flatnonzero(np.isfinite(mid))
    changed = known[1:][np.diff(mid[known]) != 0]
    place = np.searchsorted(changed, np.arange(len(mid)), side="right")
    return np.append(changed, -1)[place]


def _score(name: str, error: Floats) -> Score:
    if not len(error):
        return Score(name, math.nan, math.nan, 0)
    return Score(name, float(np.sqrt(np.mean(error**2))), float(np.abs(error).mean()), len(error))

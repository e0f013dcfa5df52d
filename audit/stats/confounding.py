"""How strong something unmeasured would have to be to explain a difference away."""

from __future__ import annotations

import math

SMD = 0.91  # a standardised difference d corresponds to a risk ratio of about exp(0.91 d)


def e_value(ratio: float) -> float:
    """Least risk ratio that an unmeasured confounder needs with both the group and the outcome to explain `ratio` away; 1 and more.

    Source: VanderWeele & Ding (2017), Annals of Internal Medicine 167.

    >>> round(e_value(2.0), 2), round(e_value(0.5), 2), e_value(1.0)
    (3.41, 3.41, 1.0)
    """
    if not ratio > 0 or not math.isfinite(ratio):
        return math.nan
    more = max(ratio, 1 / ratio)
    return more + math.sqrt(more * (more - 1))


def of_difference(d: float) -> float:
    """The E-value of a difference of `d` standard deviations of single units.

    >>> round(of_difference(0.0), 2), round(of_difference(-0.5), 2)
    (1.0, 2.53)
    """
    return e_value(math.exp(SMD * d)) if math.isfinite(d) else math.nan

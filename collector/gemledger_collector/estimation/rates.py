"""From a sample to what it says about all answers: rates and means with their 95 % intervals; pure."""

import math
from dataclasses import dataclass

Z_95 = 1.959963984540054
_T_95 = (12.7062, 4.3027, 3.1824, 2.7764)
"""Student's t for 1 to 4 degrees of freedom, where the expansion below is too rough."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value and the interval that covers the truth in 95 of 100 such samples."""

    value: float
    low: float
    high: float


def rate(hits: int, total: int) -> Estimate | None:
    """A share with Wilson's interval, which stays inside 0..1 and is honest about few samples; None of none."""
    if total <= 0:
        return None
    share, z2 = hits / total, Z_95 * Z_95
    centre = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = (
        Z_95 / (1 + z2 / total) * math.sqrt(share * (1 - share) / total + z2 / (4 * total * total))
    )
    # Rounding may carry a bound past the point it encloses, at shares of exactly 0 and 1.
    return Estimate(share, min(share, max(0.0, centre - half)), max(share, min(1.0, centre + half)))


def mean(total: float, square_total: float, count: int) -> Estimate | None:
    """A mean of scores in 0..1 from their sum and sum of squares, with Student's interval; None of none."""
    if count <= 0:
        return None
    value = min(1.0, max(0.0, total / count))
    if count == 1:
        return Estimate(value, 0.0, 1.0)  # one score says nothing about the spread
    variance = max(0.0, square_total - count * value * value) / (count - 1)
    half = student_95(count - 1) * math.sqrt(variance / count)
    return Estimate(value, max(0.0, value - half), min(1.0, value + half))


def student_95(degrees: int) -> float:
    """The two-sided 95 % quantile of Student's t, within 0.2 %."""
    if degrees <= len(_T_95):
        return _T_95[degrees - 1]
    z = Z_95
    first = (z**3 + z) / (4 * degrees)
    second = (5 * z**5 + 16 * z**3 + 3 * z) / (96 * degrees**2)
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * degrees**3)
    return z + first + second + third

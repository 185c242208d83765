"""What is compared with on NAB: Windowed Gaussian, run here, and the scores published for it and for Random Cut Forest.

The published figures are the raw standard scores of single files (numenta/NAB, ``results/*/*_standard_scores.csv``),
at the threshold that was best for all 58 files together: 1.0 for Windowed Gaussian, 0.4539 for AWS's Random Cut Forest.
"""

import math
from collections.abc import Iterable

import numpy as np

from gemledger_collector.alerts.spikes.usual import Floats

WINDOW_POINTS, STEP_POINTS = 6400, 100
PUBLISHED_THRESHOLD = 1.0
PUBLISHED: dict[str, tuple[float, float]] = {
    "artificialNoAnomaly/art_daily_no_noise.csv": (0.0, 0.0),
    "artificialNoAnomaly/art_daily_perfect_square_wave.csv": (0.0, 0.0),
    "artificialNoAnomaly/art_daily_small_noise.csv": (0.0, 0.0),
    "artificialNoAnomaly/art_flatline.csv": (0.0, 0.0),
    "artificialNoAnomaly/art_noisy.csv": (0.0, 0.0),
    "artificialWithAnomaly/art_daily_flatmiddle.csv": (-1.0, -1.0),
    "artificialWithAnomaly/art_daily_jumpsdown.csv": (-1.0, -1.0),
    "artificialWithAnomaly/art_daily_jumpsup.csv": (-1.0, 0.86067182),
    "artificialWithAnomaly/art_daily_nojump.csv": (-1.0, -1.0),
    "artificialWithAnomaly/art_increase_spike_density.csv": (-1.0, -1.0),
    "artificialWithAnomaly/art_load_balancer_spikes.csv": (-0.69244461, -1.0),
    "realAWSCloudwatch/ec2_cpu_utilization_24ae8d.csv": (-1.26667876, 0.52454698),
    "realAWSCloudwatch/ec2_cpu_utilization_53ea38.csv": (-0.1414232, -0.69125492),
    "realAWSCloudwatch/ec2_cpu_utilization_5f5533.csv": (-2.0, 1.7231016),
    "realAWSCloudwatch/ec2_cpu_utilization_77c1ca.csv": (-1.0, -1.0),
    "realAWSCloudwatch/ec2_cpu_utilization_825cc2.csv": (-1.0, 0.95653784),
    "realAWSCloudwatch/ec2_cpu_utilization_ac20cd.csv": (0.86067182, 0.86067182),
    "realAWSCloudwatch/ec2_cpu_utilization_c6585a.csv": (-1.32, -1.43),
    "realAWSCloudwatch/ec2_cpu_utilization_fe7f93.csv": (0.63875779, -1.35759636),
    "realAWSCloudwatch/ec2_disk_write_bytes_1ef3de.csv": (-4.19089679, -1.95481815),
    "realAWSCloudwatch/ec2_disk_write_bytes_c0d644.csv": (-1.09599853, 0.32234252),
    "realAWSCloudwatch/ec2_network_in_257a54.csv": (0.86067182, 0.86067182),
    "realAWSCloudwatch/ec2_network_in_5abac7.csv": (-3.52193224, 1.06256985),
    "realAWSCloudwatch/elb_request_count_8c0756.csv": (-0.1384492, 1.60595613),
    "realAWSCloudwatch/grok_asg_anomaly.csv": (-1.24793096, 1.71945773),
    "realAWSCloudwatch/iio_us-east-1_i-a2eb1cd9_NetworkIn.csv": (-2.0, -2.0),
    "realAWSCloudwatch/rds_cpu_utilization_cc0c53.csv": (-0.1384492, 1.7231016),
    "realAWSCloudwatch/rds_cpu_utilization_e47b3b.csv": (-0.1384492, 1.6131016),
    "realKnownCause/ambient_temperature_system_failure.csv": (-2.0, 1.76216857),
    "realKnownCause/cpu_utilization_asg_misconfiguration.csv": (-1.11, 0.66643367),
    "realKnownCause/ec2_request_latency_system_failure.csv": (-0.06591012, 1.84632453),
    "realKnownCause/machine_temperature_system_failure.csv": (-4.0, -2.11856898),
    "realKnownCause/nyc_taxi.csv": (-5.0, -3.18463091),
    "realKnownCause/rogue_agent_key_hold.csv": (-2.44, -1.52739941),
    "realKnownCause/rogue_agent_key_updown.csv": (-1.3964909, -0.07420837),
}
"""Windowed Gaussian's and Random Cut Forest's raw score of each file at hand."""


def windowed_gaussian(values: Floats) -> Floats:
    """The chance of a smaller value under a normal distribution of the points before."""
    place = np.arange(len(values))
    stepped = WINDOW_POINTS + (place - WINDOW_POINTS) // STEP_POINTS * STEP_POINTS
    until = np.where(place <= WINDOW_POINTS, place, stepped)
    since = np.maximum(until - WINDOW_POINTS, 0)
    count = np.maximum(until - since, 1)
    centred = values - values.mean()
    sums = np.concatenate([[0.0], np.cumsum(centred)])
    squares = np.concatenate([[0.0], np.cumsum(centred**2)])
    mean = (sums[until] - sums[since]) / count
    deviation = np.sqrt(np.maximum((squares[until] - squares[since]) / count - mean**2, 0))
    z = (centred - mean) / np.where(deviation < 1e-9, 1e-6, deviation)
    chance = np.array([1 - 0.5 * math.erfc(abs(each) / math.sqrt(2)) for each in z.tolist()])
    chance[:1] = 0
    return chance


def published(names: Iterable[str], rival: int) -> float:
    """The sum of a rival's published raw scores: 0 is Windowed Gaussian, 1 Random Cut Forest."""
    return sum(PUBLISHED[name][rival] for name in names)

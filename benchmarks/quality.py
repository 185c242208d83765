"""How far judged quality can be trusted: changes, intervals, corrections. Exit code 1 when a bar is missed.

    python benchmarks/quality.py [detection weighted corrected story labels …]

Recorded answers are read from ../shared/data; without it only what is simulated is measured.
"""

import sys

import quality_coverage
import quality_detection
import quality_labels
import quality_story
from sections import Sections, run

SECTIONS: Sections = {
    "detection": (
        "how soon a change is seen, and how often wrongly",
        quality_detection.on_detection,
    ),
    "weighted": (
        "rates of samples in which answers weigh differently",
        quality_coverage.on_weighted,
    ),
    "corrected": ("rates corrected for the judge's errors", quality_coverage.on_corrected),
    "story": ("a worse prompt is caught within two hours", quality_story.on_story),
    "labels": ("the true rate of labelled answers is recovered", quality_labels.on_labels),
}


if __name__ == "__main__":
    sys.exit(run(SECTIONS, __doc__))

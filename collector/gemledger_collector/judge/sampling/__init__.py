"""Which answers a rule picks, and how likely each was to be picked: what every estimate is weighted by.

``picks`` asks the store what waits; ``SampleKeeper`` draws from the slots of time that are over.
"""

from gemledger_collector.judge.sampling.keeping import SampleKeeper
from gemledger_collector.judge.sampling.pick import Pick
from gemledger_collector.judge.sampling.picking import picks

__all__ = ["Pick", "SampleKeeper", "picks"]

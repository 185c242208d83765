"""Which answers a rule picks, and how likely each was to be picked: what every estimate is weighted by."""

from gemledger_collector.judge.sampling.pick import Pick
from gemledger_collector.judge.sampling.picking import picks

__all__ = ["Pick", "picks"]

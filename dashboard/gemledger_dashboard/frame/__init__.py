"""What every page stands in: the filter bar and its link, asking the collector, what is said without an answer."""

"""``processors.attribute`` of the configuration file: dated rules for who pays, where the app does not say."""

from gemledger_collector.alerts_config import Strict


class AttributeProcessor(Strict):
    """Rules that map service, feature, label or key digest to team and cost center."""

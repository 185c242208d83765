"""Where an answer lies among all: ``gemledger.sampling``, by which an app that captures a share draws as well."""

from gemledger.sampling import DIGITS, SALT, chosen, position, threshold, unit_position

__all__ = ["DIGITS", "SALT", "chosen", "position", "threshold", "unit_position"]

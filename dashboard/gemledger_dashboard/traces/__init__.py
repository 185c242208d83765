"""Single calls and their traces: searched, drawn as a waterfall, and how each was priced."""

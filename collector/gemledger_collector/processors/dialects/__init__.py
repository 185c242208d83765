"""Spans of other instrumentations, told in our columns: one module per dialect, all of one shape.

``translate`` finds them in a batch; each dialect says by which attributes it is known, which of them go where, what its
counts mean, and how what it dropped is repaired. ``docs/other-instrumentations.md`` is the same for people.
"""

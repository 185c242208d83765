"""The judge on answers whose labels are known, day after day: what changes there is the judge."""

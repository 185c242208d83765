"""Steps between the wire and the store; each turns one Arrow batch into another. Pure: no clock, no I/O."""

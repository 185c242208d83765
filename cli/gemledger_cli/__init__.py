"""The gemledger command: a table of commands, imported lazily."""

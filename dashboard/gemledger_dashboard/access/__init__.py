"""Who may look at what: the login, the roles, and the collector's token that goes with each."""

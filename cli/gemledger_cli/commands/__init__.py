"""One module per command: ``EXAMPLE``, ``configure(parser)`` and ``run(arguments) -> exit code``."""

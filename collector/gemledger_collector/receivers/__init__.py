"""Where spans come in: bytes in, status out. Receivers know nothing behind ``pipeline.Sink``."""

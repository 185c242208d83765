"""A Gemini that costs nothing: a fake API server, its traffic, and trace replay."""

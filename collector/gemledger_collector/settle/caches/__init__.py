"""Context caches: how long each lives, what it costs and saves; and what of prompts Gemini caches by itself."""

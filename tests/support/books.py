"""The smallest price book that is right."""

GOOD = """
platform = "gemini_api"
version = "1"
[[model]]
id = "m"
[[model.rate]]
from = 2026-10-01
usd_per_million_tokens = { input = 0.075, cache_read = 0.01875, output = 0.30 }
source = "s"
read_on = 2026-10-14
confidence = "published"
"""

"""The words a price book is written in: platforms, token cells, billed units, tiers. Imports nothing."""

PLATFORMS = ("gemini_api", "vertex_ai")
MODALITIES = ("text", "image", "audio", "video", "document")
CLASSES = ("input", "cache_read", "tool_use", "output", "thoughts")
CELLS = frozenset(CLASSES) | {
    f"{token_class}.{modality}" for token_class in CLASSES for modality in MODALITIES[1:]
}
"""What a price per million tokens can be given for; a class alone means its text tokens."""

FEE_FAMILIES = (("grounding_query", "grounded_prompt"), ("maps_query", "maps_prompt"))
"""Two ways of counting the same thing: a model is billed by one of them."""
UNITS = frozenset(unit for family in FEE_FAMILIES for unit in family) | {
    "enterprise_prompt",
    "image",
    "video_second",
    "song",
    "token_hour",
}
"""What is billed by the piece. ``token_hour`` is one cached token kept for one hour."""
RESOLVED_UNITS = ("image", "video_second")
RESOLUTIONS = ("512", "1k", "2k", "4k", "720p", "1080p")
"""In lower case, as on the span; ``image.4k`` and ``video_second.1080p`` are units of their own."""
UNIT_KEYS = (UNITS - {"token_hour"}) | {
    f"{unit}.{resolution}" for unit in RESOLVED_UNITS for resolution in RESOLUTIONS
}
"""What a price per unit can be given for. Token hours are given per million, like tokens."""

TIERS = ("standard", "flex", "priority", "batch", "tuning")
"""``tuning`` is of no answer: the tokens that a model was trained on. Google's rates of it are not in the book."""
CONTEXTS = ("base", "long")
REGIONS = ("global", "regional")
CONFIDENCES = ("published", "inferred")

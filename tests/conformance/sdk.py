"""What the google-genai at hand can do; a case that it cannot express is skipped with one of these reasons."""

import importlib.util
from importlib.metadata import version

import pytest
from google.genai import models, types

VERSION = tuple(int(part) for part in version("google-genai").split(".")[:3])

AIOHTTP = importlib.util.find_spec("aiohttp") is not None
"""Its async side then uses aiohttp."""

NO_READ_TIMEOUT_WITH_AIOHTTP = AIOHTTP and VERSION < (1, 40)

needs_continuation = pytest.mark.skipif(
    not hasattr(models.Models, "_generate_content_with_continuation"),
    reason="this google-genai has no automatic continuation",
)
needs_service_tier = pytest.mark.skipif(
    "service_tier" not in types.GenerateContentConfig.model_fields,
    reason="this google-genai cannot ask for a service tier",
)
needs_raw_response = pytest.mark.skipif(
    "should_return_http_response" not in types.GenerateContentConfig.model_fields,
    reason="this google-genai cannot return raw responses of generate_content",
)
needs_httpx_client = pytest.mark.skipif(
    "httpx_client" not in types.HttpOptions.model_fields,
    reason="this google-genai takes no HTTP client of the app's own",
)
needs_aiohttp = pytest.mark.skipif(not AIOHTTP, reason="aiohttp is not installed")

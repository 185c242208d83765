"""Every attribute name gemledger emits or reads. This module imports nothing.

Names under ``gen_ai.`` follow OpenTelemetry's GenAI conventions (home: open-telemetry/semantic-conventions-genai,
all of status Development; snapshot of 2026-11). Where they have no name for a fact that Gemini bills by, ours stands
under ``gemledger.``. Units are in the name; a token count has none.
"""

SCHEMA_URL = "https://opentelemetry.io/schemas/gen-ai/1.42.0"
SCOPE_NAME = "gemledger"

# Operation
OPERATION_NAME = "gen_ai.operation.name"
PROVIDER_NAME = "gen_ai.provider.name"
CONVERSATION_ID = "gen_ai.conversation.id"
SERVER_ADDRESS = "server.address"
SERVER_PORT = "server.port"
ERROR_TYPE = "error.type"
ERROR_KIND = "gemledger.error.kind"
"""What went wrong, in the words of those who must act: ``rate_limited_per_day``, ``unavailable``, ``safety``, …"""
QUOTA_ID = "gemledger.quota.id"
"""The limit that a 429 named, such as ``GenerateRequestsPerDayPerProjectPerModel-FreeTier``."""
QUOTA_METRIC = "gemledger.quota.metric"
QUOTA_LIMIT = "gemledger.quota.limit"
"""How much it allows: of ``gemledger.quota.unit`` in each ``gemledger.quota.window``."""
QUOTA_UNIT = "gemledger.quota.unit"
"""``requests`` or ``input_tokens``."""
QUOTA_WINDOW = "gemledger.quota.window"
"""``minute`` or ``day``."""
QUOTA_MODEL = "gemledger.quota.model"
"""The model whose limit it is, where Google names it: an alias has none of its own."""
QUOTA_HEADROOM = "gemledger.quota.headroom"
"""Share of the tightest known limit that was left after this call, as far as its own process knows; 0 to 1."""
RETRY_DELAY_SECONDS = "gemledger.retry_delay_seconds"
SERVICE_NAME = "service.name"

RATE_LIMITED_OPERATIONS = (
    "generate_content",
    "chat",  # the same, as other instrumentations call it
    "text_completion",
    "embeddings",
    "generate_images",
    "edit_image",
    "upscale_image",
    "recontext_image",
    "segment_image",
    "generate_videos",
    "interaction",
)
"""Operations whose requests count against a model's requests per minute and day. Looking after jobs, caches and files
does not, nor does counting tokens; batches and Live sessions have limits of their own kind."""

PROVIDER_GEMINI = "gcp.gemini"
PROVIDER_VERTEX_AI = "gcp.vertex_ai"

# Request
REQUEST_MODEL = "gen_ai.request.model"
REQUEST_STREAM = "gen_ai.request.stream"
REQUEST_TEMPERATURE = "gen_ai.request.temperature"
REQUEST_TOP_P = "gen_ai.request.top_p"
REQUEST_TOP_K = "gen_ai.request.top_k"
REQUEST_MAX_TOKENS = "gen_ai.request.max_tokens"
REQUEST_SEED = "gen_ai.request.seed"
REQUEST_CHOICE_COUNT = "gen_ai.request.choice.count"

# Response
RESPONSE_MODEL = "gen_ai.response.model"
RESPONSE_ID = "gen_ai.response.id"
RESPONSE_FINISH_REASONS = "gen_ai.response.finish_reasons"
TIME_TO_FIRST_CHUNK_SECONDS = "gen_ai.response.time_to_first_chunk"
RESPONSE_AVG_LOGPROBS = "gemledger.response.avg_logprobs"
"""Average log-probability of the answer's tokens, as the model says: 0 is certain. Of several candidates the lowest."""

# Usage. On the wire a total includes its parts: input includes cache_read and tool_use, output includes reasoning.
INPUT_TOKENS = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS = "gen_ai.usage.output_tokens"
CACHE_READ_INPUT_TOKENS = "gen_ai.usage.cache_read.input_tokens"
REASONING_OUTPUT_TOKENS = "gen_ai.usage.reasoning.output_tokens"
TOOL_USE_INPUT_TOKENS = "gemledger.usage.tool_use.input_tokens"
TOTAL_TOKENS = "gemledger.usage.total_tokens"
"""The server's own total: a checksum, never billed by."""

MODALITIES = ("text", "image", "audio", "video", "document")


def modality_tokens(modality: str, direction: str) -> str:
    """Name of a modality's token count.

    ``direction`` is ``input_tokens``, ``output_tokens`` or ``cache_read.input_tokens``.
    """
    namespace = "gen_ai" if modality in ("text", "image", "audio") else "gemledger"
    return f"{namespace}.usage.{modality}.{direction}"


# Whatever is billed that is not a token: without the quantities nothing can be re-priced.
GROUNDING_QUERIES = "gemledger.usage.grounding_queries"
"""Unique, non-empty web searches; billed so by Gemini 3 and later."""
GROUNDED_PROMPTS = "gemledger.usage.grounded_prompts"
"""Prompts whose answer rests on a web search; billed so by Gemini 2.5."""
MAPS_QUERIES = "gemledger.usage.maps_queries"
ENTERPRISE_PROMPTS = "gemledger.usage.enterprise_prompts"
"""Prompts grounded by Vertex AI's Web Grounding for Enterprise."""
IMAGES = "gemledger.usage.images"
VIDEO_SECONDS = "gemledger.usage.video_seconds"
AUDIO_SECONDS = "gemledger.usage.audio_seconds"
SONGS = "gemledger.usage.songs"
RESOLUTION = "gemledger.usage.resolution"
"""Of images and video, in lower case: ``1k``, ``720p``, ``4k``."""
BILLABLE_CHARACTERS = "gemledger.usage.billable_characters"
"""What Vertex AI counted beside the tokens of a text it embedded: told, not billed by."""
FILTERED = "gemledger.filtered"
"""Images or videos that were made and withheld; they are not billed."""
COUNTED_TOKENS = "gemledger.counted_tokens"
"""What a request that counts tokens found; nobody generated or billed them."""

# Cost
COST_PICO_USD = "gemledger.cost.pico_usd"
"""Exact total in 1e-12 USD; absent when unpriced."""
COST_UPPER_PICO_USD = "gemledger.cost.upper_pico_usd"
COST_AMOUNT = "gemledger.cost.amount"
COST_CURRENCY = "gemledger.cost.currency"
COST_STATUS = "gemledger.cost.status"
COST_REASONS = "gemledger.cost.reasons"
COST_LINES = (
    "input",
    "cache_read",
    "tool_use",
    "output",
    "thoughts",
    "grounding",  # web searches
    "maps",
    "media",  # images, seconds of video, songs
    "storage",  # explicit caches, by the token-hour
)
"""Disjoint; they sum to the total."""
PRICE_BOOK = "gemledger.price.book"
PRICE_ROW = "gemledger.price.row"


def cost_line(cell: str) -> str:
    """Name of one cost line in picoUSD, such as ``gemledger.cost.cache_read.pico_usd``."""
    return f"gemledger.cost.{cell}.pico_usd"


# How it was served
PLATFORM = "gemledger.platform"
SERVICE_TIER = "gemledger.service_tier"
TRAFFIC_TYPE = "gemledger.traffic_type"
CLOUD_REGION = "cloud.region"
ACCOUNT_PROJECT = "gemledger.account.project"
ACCOUNT_LOCATION = "gemledger.account.location"
ACCOUNT_KEY_DIGEST = "gemledger.account.key_digest"
EXCHANGES = "gemledger.exchanges"
ATTEMPTS = "gemledger.attempts"
RETRY_STATUSES = "gemledger.retry_statuses"
STREAM_STATE = "gemledger.stream.state"
STREAM_CHUNKS = "gemledger.stream.chunks"
STREAM_MAX_GAP_SECONDS = "gemledger.stream.max_gap_seconds"
"""Longest wait between two chunks."""
PROMPT_BLOCK_REASON = "gemledger.prompt.block_reason"

EXCHANGE_EVENT = "gemledger.exchange"
"""Span event, one per exchange, on calls of more than one exchange: its own usage, tier and cost."""

CACHE_NAME = "gemledger.cache.name"
"""An explicit context cache, by Google's name: on the calls that read it, and on what makes, changes or looks at it."""
CACHE_TOKENS = "gemledger.cache.tokens"
CACHE_CREATE_TIME_UNIX_SECONDS = "gemledger.cache.create_time_unix_seconds"
CACHE_EXPIRE_TIME_UNIX_SECONDS = "gemledger.cache.expire_time_unix_seconds"
"""When it ends, by Google's clock; of a cache that was deleted, when that was."""
CACHE_GONE = "gemledger.cache.gone"
"""Google does not know the cache any more, in other words than a 404."""
CACHES_LISTED = "gemledger.caches.listed"
"""What a list showed: ``NAME EXPIRE_TIME_UNIX_SECONDS`` of each cache, with commas between."""

# What is billed without a call at hand: batch results, videos and background interactions when they are done, storage.
JOB_NAME = "gemledger.job.name"
"""What runs on at Google's after the call that asked for it: a batch, a video, an interaction, by Google's name."""
BATCH_NAME = "gemledger.batch.name"
"""The same, of a batch."""
SETTLEMENT_ID = "gemledger.settlement.id"
"""Of one billed amount, unique in the store: ``batch:…``, ``video:…``, ``interaction:…``, ``cache_storage:…``."""
SETTLEMENT_SPAN = "gemledger.settlement"
"""Name of a span that carries such an amount and is no call; its ids follow from the settlement's."""
JOB_STATE = "gemledger.job.state"
"""As Google says it, without the prefix, in lower case: ``pending``, ``running``, ``succeeded``, ``failed``, …"""
AGENT_NAME = "gen_ai.agent.name"
PREVIOUS_INTERACTION = "gemledger.interaction.previous_id"
"""The interaction that this one goes on from: its conversation is read, and billed, again."""
INTERACTION_REQUESTS = "gemledger.interaction.requests"
"""How many requests a long answer took, where more than one: each is billed under an id of its own."""
JOB_REQUESTS = "gemledger.job.requests"
JOB_COMMITTED_PICO_USD = "gemledger.job.committed_pico_usd"
"""What the job is expected to cost, from its creation until it settles: an estimate, never part of the bill."""
JOB_SETTLEMENTS = "gemledger.job.settlements"
"""How many settlements make up the job's bill; on each of them."""
JOB_SETTLEMENTS_DIGEST = "gemledger.job.settlements_digest"
"""Of the ids of all of them: whoever groups the results otherwise has another, and settles nothing any more."""
JOB_RESULTS_OK = "gemledger.job.results.ok"
"""Lines of the job's results that hold an answer, of the whole job; on its settlements, or on a look at it."""
JOB_RESULTS_FAILED = "gemledger.job.results.failed"
"""Lines that hold an error: free."""
JOB_RESULTS_BROKEN = "gemledger.job.results.broken"
"""Lines that cannot be read."""
BATCH_BROKEN_LINES = "gemledger.batch.broken_lines"
"""Their numbers in the file of results, from 1: the first hundred."""
VIDEO_COUNT = "gemledger.video.count"
"""How many videos a job was asked for, each of so many seconds at this resolution; without one, nobody said."""
VIDEO_DURATION_SECONDS = "gemledger.video.duration_seconds"
VIDEO_RESOLUTION = "gemledger.video.resolution"
FILE_SEARCH_STORE = "gemledger.file_search.store"
INDEXED_BYTES = "gemledger.file_search.indexed_bytes"
"""Size of a document that was put into a store: what its tokens are estimated from."""

# Live sessions: a span for the session, which costs nothing by itself, and one for each of its turns
LIVE_SESSION_ID = "gemledger.live.session_id"
LIVE_TURN = "gemledger.live.turn"
"""Which turn of its session it is, from 1."""
LIVE_INTERRUPTED = "gemledger.live.interrupted"
"""The user spoke before the model had ended."""
LIVE_TURNS = "gemledger.live.turns"
LIVE_RECONNECTS = "gemledger.live.reconnects"
"""How often the session had been taken up again by a handle; at least 1 where it was."""
LIVE_RESUMED_HANDLE_DIGEST = "gemledger.live.resumed_handle_digest"
"""Of the handle by which it was: the ``handle_digest`` of the session before. Never the handle, which is a secret."""
LIVE_HANDLE_DIGEST = "gemledger.live.handle_digest"
"""Of the last handle that the server gave for resuming this session."""
LIVE_GO_AWAY = "gemledger.live.go_away"
"""The server announced that it would end the connection."""
LIVE_CLOSE_CODE = "gemledger.live.close_code"
"""The WebSocket's, where the server closed: 1000 in order, 1006 without a word, 1011 by an error."""
LIVE_CLOSED_BY = "gemledger.live.closed_by"
"""``client`` or ``server``."""

# Who pays
ATTRIBUTION_TEAM = "gemledger.attribution.team"
ATTRIBUTION_FEATURE = "gemledger.attribution.feature"
ATTRIBUTION_USER_ID = "gemledger.attribution.user_id"
ATTRIBUTION_ENVIRONMENT = "gemledger.attribution.environment"
ATTRIBUTION_PROMPT_VERSION = "gemledger.attribution.prompt_version"
LABEL_PREFIX = "gemledger.label."
RESERVATION_ID = "gemledger.reservation.id"
"""The money a collector reserved for the call before it was made: what the call costs is taken off it."""
PURPOSE = "gemledger.purpose"

# Content: off unless asked for
INPUT_MESSAGES = "gen_ai.input.messages"
OUTPUT_MESSAGES = "gen_ai.output.messages"
SYSTEM_INSTRUCTIONS = "gen_ai.system_instructions"
TOOL_DEFINITIONS = "gen_ai.tool.definitions"
CONTENT_SAMPLE_RATE = "gemledger.content.sample_rate"
"""The share of traces whose content the app captures, on the spans that have content; absent where it captures all."""

# Unsampled calls, summed in the process. Such a span carries sums where a call's span carries its own figures.
UNSAMPLED_SPAN = "gemledger.unsampled"
UNSAMPLED_CALLS = "gemledger.unsampled.calls"
UNSAMPLED_ERRORS = "gemledger.unsampled.errors"
"""How many of the calls failed; all with the span's ``error.type``."""
UNSAMPLED_LONG_CONTEXT = "gemledger.unsampled.long_context"
"""Whether each of the summed exchanges was above the price step: a sum cannot tell."""

# What people say of an answer: a span of its own, that is no call. It is about a response, by its id, or about what ran
# in a span; without either, about the span's own parent.
FEEDBACK_SPAN = "gemledger.feedback"
FEEDBACK_NAME = "gemledger.feedback.name"
"""Which question was answered: ``user_feedback``, or what the app calls it."""
FEEDBACK_THUMBS = "gemledger.feedback.thumbs"
"""``up`` or ``down``."""
FEEDBACK_SCORE = "gemledger.feedback.score"
"""From 0, worst, to 1."""
FEEDBACK_COMMENT = "gemledger.feedback.comment"
"""In somebody's own words, redacted: content."""
FEEDBACK_USER_ID = "gemledger.feedback.user_id"
"""Who says so."""
FEEDBACK_RESPONSE_ID = "gemledger.feedback.response_id"
FEEDBACK_TRACE_ID = "gemledger.feedback.trace_id"
FEEDBACK_SPAN_ID = "gemledger.feedback.span_id"
"""Both in hexadecimal digits."""

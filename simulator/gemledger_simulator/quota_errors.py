"""What Google's 429 says of the limit that was reached."""

from dataclasses import dataclass

from .fields import Json

_HOST = "generativelanguage.googleapis.com"
_HELP = "https://ai.google.dev/gemini-api/docs/rate-limits"


@dataclass(frozen=True, slots=True)
class Exceeded:
    """A limit that was reached, in Google's terms."""

    quota_id: str
    metric: str
    limit: int
    retry_delay: str

    def message(self, model: str) -> str:
        """The text of the error."""
        return (
            "You exceeded your current quota, please check your plan and billing details. For more information on this"
            f" error, head to: {_HELP}.\n* Quota exceeded for metric: {self.metric}, limit: {self.limit},"
            f" model: {model}\nPlease retry in {self.retry_delay}."
        )

    def details(self, model: str | None) -> list[Json]:
        """Its ``google.rpc`` details; without a model where nobody knows which."""
        dimensions = {"location": "global"} | ({"model": model} if model else {})
        violation = {
            "quotaMetric": self.metric,
            "quotaId": self.quota_id,
            "quotaDimensions": dimensions,
            "quotaValue": str(self.limit),
        }
        return [
            {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [violation]},
            {
                "@type": "type.googleapis.com/google.rpc.Help",
                "links": [{"description": "Learn more about Gemini API quotas", "url": _HELP}],
            },
            {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": self.retry_delay},
        ]


def requests_per_minute(limit: int = 1000, retry_delay: str = "7s") -> Exceeded:
    """The limit on requests in a minute."""
    metric = f"{_HOST}/generate_requests_per_model"
    return Exceeded("GenerateRequestsPerMinutePerProjectPerModel", metric, limit, retry_delay)


def input_tokens_per_minute(limit: int = 250_000, retry_delay: str = "34.074824224s") -> Exceeded:
    """The limit on input tokens in a minute."""
    metric = f"{_HOST}/generate_content_paid_tier_input_token_count"
    quota_id = "GenerateContentPaidTierInputTokensPerModelPerMinute"
    return Exceeded(quota_id, metric, limit, retry_delay)


def requests_per_day(limit: int = 250, retry_delay: str = "41s") -> Exceeded:
    """The limit on requests in a day."""
    metric = f"{_HOST}/generate_content_free_tier_requests"
    quota_id = "GenerateRequestsPerDayPerProjectPerModel-FreeTier"
    return Exceeded(quota_id, metric, limit, retry_delay)

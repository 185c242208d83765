"""One call of the simulated traffic: who makes it, when, to which model, with which words."""

from dataclasses import dataclass

from .fields import Json
from .usage import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCall:
    """A call to be made, live through the SDK or in the past through the engine.

    ``usage_override`` stands for prompts too large to write out: answer the call with exactly these tokens
    (over HTTP by the header ``x-simulator-usage``, in-process by `Circumstances.usage`).
    """

    at_unix_nano: int
    team: str
    feature: str
    user_id: str
    environment: str
    prompt_version: str
    conversation_id: str | None
    model: str
    system_instruction: str
    contents: str
    stream: bool
    max_output_tokens: int
    thinking_budget: int | None = None
    usage_override: Usage | None = None

    def config(self) -> Json:
        """The `config` argument for google-genai's ``generate_content``."""
        config: Json = {
            "system_instruction": self.system_instruction,
            "max_output_tokens": self.max_output_tokens,
        }
        if self.thinking_budget is not None:
            config["thinking_config"] = {"thinking_budget": self.thinking_budget}
        if self.usage_override is not None:
            config["http_options"] = {
                "headers": {"x-simulator-usage": self.usage_override.as_header()}
            }
        return config

    def request_body(self) -> Json:
        """The JSON that google-genai would send for this call."""
        generation: Json = {"maxOutputTokens": self.max_output_tokens}
        if self.thinking_budget is not None:
            generation["thinkingConfig"] = {"thinkingBudget": self.thinking_budget}
        return {
            "contents": [{"parts": [{"text": self.contents}], "role": "user"}],
            "systemInstruction": {"parts": [{"text": self.system_instruction}], "role": "user"},
            "generationConfig": generation,
        }

"""Everything about the simulator that can be set; frozen, valid, or an error with a remedy."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields

from .faults import Fault, UnknownFault, named


class SettingsError(ValueError):
    """A setting cannot be; the text names it, its value and what to give instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How this Gemini behaves. Rates are shares of requests in 0..1."""

    seed: int = field(default=7, metadata={"help": "what all draws depend on"})
    latency_scale: float = field(
        default=0.0,
        metadata={"help": "1 answers as slowly as a real model would, 0 at once"},
    )
    api_key: str | None = field(
        default=None,
        metadata={"help": "the only API key or bearer token accepted; by default any is"},
    )
    cache_blocks: int = field(
        default=65_536,
        metadata={"help": "how many 512-token blocks of prompts the prefix cache remembers"},
    )
    judge_sensitivity: float = field(
        default=0.90, metadata={"help": "share of bad answers that a judge calls bad"}
    )
    judge_specificity: float = field(
        default=0.95, metadata={"help": "share of good answers that a judge calls good"}
    )
    judge_gullibility: float = field(
        default=0.0,
        metadata={
            "help": "share of judgements that obey whatever is said outside the fenced texts"
        },
    )
    wrong_rate_careful: float = field(
        default=0.04,
        metadata={"help": "share of wrong answers if the system instruction asks to check facts"},
    )
    wrong_rate_plain: float = field(
        default=0.10, metadata={"help": "share of wrong answers if it says nothing about that"}
    )
    wrong_rate_hasty: float = field(
        default=0.34,
        metadata={"help": "share of wrong answers if it asks to answer from memory or quickly"},
    )
    rude_rate_polite: float = field(
        default=0.02, metadata={"help": "share of rude answers if it asks for friendliness"}
    )
    rude_rate_plain: float = field(
        default=0.05, metadata={"help": "share of rude answers if it says nothing about that"}
    )
    rude_rate_blunt: float = field(
        default=0.28, metadata={"help": "share of rude answers if it asks to skip the pleasantries"}
    )
    priority_downgrade_rate: float = field(
        default=0.0, metadata={"help": "share of priority requests served, and billed, as standard"}
    )
    requests_per_minute: int = field(
        default=0,
        metadata={"help": "requests a minute that a key has for a model, beyond it 429; 0: any"},
    )
    input_tokens_per_minute: int = field(
        default=0, metadata={"help": "the same for input tokens a minute"}
    )
    requests_per_day: int = field(
        default=0, metadata={"help": "the same for requests in a day of Pacific time"}
    )
    fault_rates: tuple[tuple[Fault, float], ...] = field(
        default=(),
        metadata={"help": "NAME=RATE, again for each fault: " + ", ".join(Fault)},
    )

    def __post_init__(self) -> None:
        for name, value in self._shares():
            if not 0.0 <= value <= 1.0:
                raise SettingsError(f"{name} is {value}; give a share between 0 and 1")
        if sum(rate for _, rate in self.fault_rates) > 1.0:
            raise SettingsError("the fault rates sum to more than 1; lower them")
        if self.latency_scale < 0:
            raise SettingsError(f"latency_scale is {self.latency_scale}; give 0 or more")
        for name in _NOT_NEGATIVE:
            if (number := getattr(self, name)) < 0:
                raise SettingsError(f"{name} is {number}; give 0 or more")

    def _shares(self) -> Iterator[tuple[str, float]]:
        for spec in fields(self):
            if spec.name.startswith(("judge_", "wrong_", "rude_", "priority_")):
                yield spec.name, getattr(self, spec.name)
        for fault, rate in self.fault_rates:
            yield f"fault_rates.{fault}", rate

    def as_flags(self) -> list[str]:
        """The command-line flags that give these settings to ``python -m gemledger_simulator``."""
        flags: list[str] = []
        for spec in fields(self):
            value = getattr(self, spec.name)
            if value == spec.default:
                continue
            if spec.name == "fault_rates":
                flags += [f"--fault-rate={fault}={rate}" for fault, rate in value]
            else:
                flags.append(f"--{spec.name.replace('_', '-')}={value}")
        return flags


_NOT_NEGATIVE = (
    "cache_blocks",
    "requests_per_minute",
    "input_tokens_per_minute",
    "requests_per_day",
)


def fault_rate(text: str) -> tuple[Fault, float]:
    """``NAME=RATE`` as given on the command line. Raises SettingsError."""
    name, _, rate = text.partition("=")
    try:
        return named(name), float(rate)
    except UnknownFault as problem:
        raise SettingsError(str(problem)) from None
    except ValueError:
        raise SettingsError(f"fault rate {text!r}: give NAME=RATE, such as 429=0.01") from None


def fault_rates(rates: Mapping[str, float]) -> tuple[tuple[Fault, float], ...]:
    """Fault rates from a plain mapping such as ``{"429": 0.01}``. Raises SettingsError."""
    return tuple(fault_rate(f"{name}={rate}") for name, rate in rates.items())

"""Configuration of ``extensions.judge``, one module for each thing that can be set up."""

from gemledger_collector.judge_config.boosts import Boost
from gemledger_collector.judge_config.floors import FloorConfig
from gemledger_collector.judge_config.rubric_files import known_rubrics, require_rubrics
from gemledger_collector.judge_config.rules import AnswerFilter, JudgeRule
from gemledger_collector.judge_config.section import JudgeConfig

__all__ = [
    "AnswerFilter",
    "Boost",
    "FloorConfig",
    "JudgeConfig",
    "JudgeRule",
    "known_rubrics",
    "require_rubrics",
]

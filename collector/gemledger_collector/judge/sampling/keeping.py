"""What keeps a sample whole between rounds: slots that are over are drawn from, weights follow what became known."""

from dataclasses import dataclass, field, replace

from gemledger_collector.config_values import nanoseconds
from gemledger_collector.judge.sampling import deciding, picking, populations
from gemledger_collector.judge_config import JudgeConfig, JudgeRule
from gemledger_collector.storage import sampled_answers
from gemledger_collector.storage.store import Store

WEIGHED_AT_ONCE = 10_000
WEIGH_EVERY_NANO = 5 * 60 * 10**9


@dataclass(slots=True)
class SampleKeeper:
    """Call ``keep`` before each round. What it remembers itself only saves it work: a restart changes nothing."""

    store: Store
    config: JudgeConfig
    _decided_until: dict[str, int] = field(default_factory=dict, init=False)
    _weighed_at: dict[str, int] = field(default_factory=dict, init=False)

    def keep(self, now: int) -> None:
        """Decide what is over; a verdict whose answer has become likelier to be judged is written again, unasked."""
        for rule in self.config.rules:
            decided = self._decide(rule, now)
            weighed_at = self._weighed_at.get(rule.name)
            if decided or weighed_at is None or now - weighed_at >= WEIGH_EVERY_NANO:
                self._weigh(rule, now)
                self._weighed_at[rule.name] = now

    def _decide(self, rule: JudgeRule, now: int) -> int:
        over = deciding.over_until(self.config, rule, now)
        if not populations.draws_slots(rule) or self._decided_until.get(rule.name, 0) >= over:
            return 0
        decided = deciding.decide(self.store, self.config, rule, now)
        self._decided_until[rule.name] = over
        return decided

    def _weigh(self, rule: JudgeRule, now: int) -> None:
        since = now - nanoseconds(self.config.max_age)
        with self.store.reading() as snapshot:
            gradings = sampled_answers.gradings(snapshot, rule.name, since)
        for grading in gradings:
            with self.store.reading() as snapshot:
                asked = picking.wanted(snapshot, self.config, rule, grading, now)
                asked = replace(asked, limit=WEIGHED_AT_ONCE, again=True)
                found = sampled_answers.weighed_too_low(snapshot, asked)
            weighed = {each: picking.representative(rule, each.chance) for each in found}
            if weighed:
                with self.store.writing() as transaction:
                    sampled_answers.weigh_again(transaction, (rule.name, *grading), weighed, now)

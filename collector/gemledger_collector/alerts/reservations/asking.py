"""May this be spent? Every budget that the labels belong to must have it left; pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from gemledger_collector.alerts.alert import Window
from gemledger_collector.alerts.quantities import usd
from gemledger_collector.alerts_config import BudgetConfig
from gemledger_collector.storage.budget_spend import Group

_BETWEEN = "\x1f"


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to spend, and for whom. ``calls`` is how many calls it is for, None for any number."""

    labels: Mapping[str, str]
    amount_pico_usd: int
    expires_at_unix_nano: int
    calls: int | None = 1


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one budget of one group stands: all of it in picoUSD."""

    budget: BudgetConfig
    group: Group
    period: Window
    spent_pico_usd: int
    reserved_pico_usd: int

    @property
    def ceiling_pico_usd(self) -> int:
        """What may be spent and reserved together: rounded down, so never more than was meant."""
        return self.budget.limit_pico_usd * self.budget.refuse_at // 100

    @property
    def left_pico_usd(self) -> int:
        """What can still be asked for."""
        return max(self.ceiling_pico_usd - self.spent_pico_usd - self.reserved_pico_usd, 0)

    @property
    def key(self) -> str:
        """Names the budget and the group in what is reserved."""
        return key_of(self.budget, self.group)

    @property
    def group_labels(self) -> dict[str, str]:
        """The group in words."""
        return dict(zip(self.budget.each, self.group, strict=True))


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer, its reason, and how each budget stood before it; ``reservation_id`` where money was set aside."""

    asked: Asked
    standings: Sequence[Standing]
    reservation_id: str | None = None

    @property
    def refusing(self) -> list[Standing]:
        """The budgets that have not that much left."""
        return [each for each in self.standings if each.left_pico_usd < self.asked.amount_pico_usd]

    @property
    def allowed(self) -> bool:
        """Whether all of them have."""
        return not self.refusing

    @property
    def reason(self) -> str:
        """One line for a log."""
        if not self.standings:
            return "no budget is about these labels"
        if self.allowed:
            return "every budget has that much left"
        return "; ".join(self._refusal(each) for each in self.refusing)

    def _refusal(self, standing: Standing) -> str:
        group = ", ".join(
            f"{name} {value or '(none)'}" for name, value in standing.group_labels.items()
        )
        who = f"{standing.budget.name} of {group}" if group else standing.budget.name
        return (
            f"{usd(self.asked.amount_pico_usd)} asked for, and {who} has {usd(standing.left_pico_usd)} left of "
            f"{usd(standing.ceiling_pico_usd)}: {usd(standing.spent_pico_usd)} are spent, "
            f"{usd(standing.reserved_pico_usd)} reserved"
        )


def key_of(budget: BudgetConfig, group: Group) -> str:
    """Names a budget's group in what is reserved."""
    return _BETWEEN.join((budget.name, *group))


def matching(
    budgets: Iterable[BudgetConfig], labels: Mapping[str, str]
) -> Iterator[tuple[BudgetConfig, Group]]:
    """The budgets that spend with these labels counts in, and in which group of each."""
    for budget in budgets:
        if all(labels.get(name) == value for name, value in budget.filter.labels().items()):
            yield budget, tuple(labels.get(name, "") for name in budget.each)

"""The judge's budget of the day is used up: nothing is judged until midnight, and quality alerts see nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from gemledger_collector.alerts.alert import Alert, Condition, Identity, Window
from gemledger_collector.alerts.quantities import iso, usd
from gemledger_collector.alerts.view import View
from gemledger_collector.alerts_config.quality import JUDGE_BUDGET
from gemledger_collector.judge_standing import JudgeStanding, Standing

_DAY_NS = 86_400 * 10**9
IDENTITY = Identity(JUDGE_BUDGET, "quality", "info", {"purpose": "judge"})


@dataclass(frozen=True, slots=True)
class JudgeBudget:
    """Fires while the judge stands still for want of money; a new day, or a higher budget, ends it."""

    standing: JudgeStanding

    def look(self, view: View) -> Sequence[Condition]:
        """A condition while the budget is used up or the alert is open."""
        now, alert = self.standing.now, view.open_alerts.get(IDENTITY.fingerprint)
        start = view.watch.now // _DAY_NS * _DAY_NS
        today = Window(start, start + _DAY_NS)
        if now.state == "budget":
            return [_used_up(now, today)]
        if alert is None:
            return []
        # Just started, and the judge has not had its first round: what was told still holds, if it was told today.
        unheard = now.state == "off" and now.since_unix_nano is None
        return [_as_before(alert, breached=unheard and alert.window == today)]


def _used_up(now: Standing, today: Window) -> Condition:
    budget = now.budget_pico_usd or 0
    used = budget - (now.left_pico_usd or 0)
    since = now.since_unix_nano or today.start_unix_nano
    return Condition(
        identity=IDENTITY,
        window=today,
        value=used,
        limit=budget,
        breached=True,
        breached_since=since,
        annotations={
            "summary": f"{JUDGE_BUDGET}: the judge's daily budget of {usd(budget)} is used up: "
            f"{usd(used)} spent or set aside",
            "cause": f"nothing is judged since {iso(since)}, until {iso(today.end_unix_nano)} or a higher "
            "extensions.judge.daily_budget_usd; quality alerts see nothing meanwhile",
        },
    )


def _as_before(alert: Alert, *, breached: bool) -> Condition:
    return Condition(
        identity=IDENTITY,
        window=alert.window,
        value=alert.value,
        limit=alert.limit,
        breached=breached,
        annotations=alert.annotations,
    )

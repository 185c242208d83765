"""What every channel says of an alert: a title, a summary in one line, annotations, links; pure."""

from urllib.parse import quote

from gemledger_collector.alerts.alert import Alert, State
from gemledger_collector.alerts.channels.evidence import usual
from gemledger_collector.alerts.channels.texts import link, plain
from gemledger_collector.alerts.notification import Notification
from gemledger_collector.alerts.quantities import duration, in_words
from gemledger_collector.alerts_config import METRICS

RUNBOOK = "runbook_url"


def status(alert: Alert) -> str:
    """``firing`` or ``resolved``, as Alertmanager says it."""
    return "resolved" if alert.state is State.RESOLVED else "firing"


def labels(alert: Alert) -> dict[str, str]:
    """The alert's labels, their values on one line."""
    return {name: plain(value, None) for name, value in alert.identity.labels.items()}


def summary(alert: Alert) -> str:
    """What is the case, in one line: in the configuration's own words, where it has any."""
    given = alert.annotations.get("summary")
    if given:
        return plain(given)
    told = _SUMMARIES.get(alert.identity.kind, _of_rule)(alert)
    of_whom = "/".join(alert.identity.filter.values())
    return plain(f"{told} ({of_whom})" if of_whom else told)


def value_words(alert: Alert) -> str:
    """What was measured."""
    return in_words(alert.value, alert.unit)


def limit_words(alert: Alert) -> str:
    """What it is held against."""
    return in_words(alert.limit, alert.unit)


def expected_words(alert: Alert) -> str:
    """What would be no news: what is usual where that is known, and the limit."""
    known = usual(alert)
    return limit_words(alert) if known is None else f"usual {known}; limit {limit_words(alert)}"


def excess(alert: Alert) -> int:
    """How far beyond its limit an alert is, in its unit; of one that is over, only what is still above."""
    beyond = alert.value - alert.limit
    return abs(beyond) if alert.state is not State.RESOLVED else max(0, beyond)


def annotations(alert: Alert, external_url: str) -> dict[str, str]:
    """All that is said of an alert and is no part of its identity: amounts in words, and exactly for programs."""
    over = excess(alert)
    words = {
        "value": value_words(alert),
        "limit": limit_words(alert),
        "excess": in_words(over, alert.unit),
        "cause": plain(alert.cause, 1000),
    }
    exact = {
        "summary": summary(alert),
        f"value_{alert.unit}": str(alert.value),
        f"limit_{alert.unit}": str(alert.limit),
        f"excess_{alert.unit}": str(over),
    }
    links = {
        RUNBOOK: runbook_link(alert),
        "dashboard": dashboard_link(alert, external_url),
        "silence": silence_link(alert, external_url),
    }
    given = {name: plain(value, 1000) for name, value in alert.annotations.items()}
    given.pop(RUNBOOK, None)
    return {**words, **given, **exact, **{name: url for name, url in links.items() if url}}


def runbook_link(alert: Alert) -> str | None:
    """What the configuration says to do about it."""
    return link(alert.annotations.get(RUNBOOK, ""))


def dashboard_link(alert: Alert, external_url: str) -> str | None:
    """Where the alert is shown; None while ``external_url`` is not configured."""
    return _page(external_url, f"alert={quote(alert.identity.fingerprint, safe='')}")


def silence_link(alert: Alert, external_url: str) -> str | None:
    """Where a silence of one hour can be made: it asks first, since whatever follows links must not silence."""
    return _page(external_url, f"silence={quote(alert.identity.fingerprint, safe='')}&hours=1")


def title(notification: Notification) -> str:
    """What a message is about, for a subject or a header: status, how many, and whom."""
    about = {alert.identity.rule for alert in notification.alerts}
    shown = "/".join(value for _, value in notification.group_labels) or ", ".join(sorted(about))
    counted = len(notification.firing) or len(notification.resolved)
    return plain(f"[{notification.status.upper()}:{counted}] {shown}", 150)


def severity(notification: Notification) -> str:
    """The worst of what fires, or of what ended."""
    given = {alert.identity.severity for alert in notification.firing or notification.alerts}
    return next((each for each in ("critical", "warning", "info") if each in given), "info")


def _page(external_url: str, query: str) -> str | None:
    return link(f"{external_url.rstrip('/')}/alerts?{query}") if external_url else None


def _of_rule(alert: Alert) -> str:
    window = f"within {duration(alert.window.seconds)}"
    if alert.state is State.NO_DATA:
        return f"{alert.identity.rule}: nothing is measured {window}"
    metric = METRICS.get(alert.metric or "cost")  # type: ignore[call-overload]  # a name that is unknown is not found
    what = value_words(alert)
    if metric is not None and alert.metric not in {None, "cost"}:
        what = f"{metric.words} {what}"
    when = f" {window}" if metric is None or metric.has_window else ""
    return f"{alert.identity.rule}: {what}{when}, limit {limit_words(alert)}"


def _of_budget(alert: Alert) -> str:
    percent, whole = _step(alert)
    return (
        f"budget {alert.identity.rule}: {percent} % reached, {value_words(alert)} spent of {whole}"
    )


def _of_forecast(alert: Alert) -> str:
    percent, whole = _step(alert)
    return (
        f"budget {alert.identity.rule}: {percent} % will probably be reached, "
        f"{value_words(alert)} expected of {whole}"
    )


def _of_spike(alert: Alert) -> str:
    window = duration(alert.window.seconds)
    return (
        f"{alert.identity.rule}: {value_words(alert)} within {window}, "
        f"up to {limit_words(alert)} would be usual"
    )


def _of_burn_rate(alert: Alert) -> str:
    window = duration(alert.window.seconds)
    return (
        f"budget {alert.identity.rule} burns too fast: {value_words(alert)} within {window}, "
        f"limit {limit_words(alert)}"
    )


def _of_other(alert: Alert) -> str:
    return f"{alert.identity.rule}: {value_words(alert)}, limit {limit_words(alert)}"


def _of_watchdog(alert: Alert) -> str:
    return f"{alert.identity.rule}: alerts are evaluated and sent; worry when this message stops"


def _of_test(alert: Alert) -> str:
    return f"{alert.identity.rule}: a message to see whether this channel works"


def _step(alert: Alert) -> tuple[int, str]:
    percent = alert.identity.threshold_percent or 100
    return percent, in_words(alert.limit * 100 // percent, alert.unit)  # limit: at its threshold


_SUMMARIES = {
    "budget": _of_budget,
    "forecast": _of_forecast,
    "spike": _of_spike,
    "burn_rate": _of_burn_rate,
    "balance": _of_other,
    "watchdog": _of_watchdog,
    "test": _of_test,
}

"""A Slack incoming webhook."""

from gemledger_collector.alerts.channels.outcome import Outcome, Pace
from gemledger_collector.alerts.channels.posting import Post, Poster
from gemledger_collector.alerts_config import SlackConfig
from gemledger_collector.storage.alert_outbox import NotificationRow


class Slack:
    """POSTs the message to the webhook's address, which is a secret: no error repeats it."""

    def __init__(self, config: SlackConfig) -> None:
        self.name = config.name
        self.pace = Pace(config.max_per_minute)
        self._url = config.url
        self._poster = Poster(config.timeout.total_seconds())

    def send(self, row: NotificationRow, now: int) -> Outcome:  # noqa: ARG002 - Slack has a clock
        """As ``Channel`` says."""
        headers = {"Idempotency-Key": row.notification_id}
        return self._poster.post(Post(self._url, row.body, headers), never_shown=self._url)

    def close(self) -> None:
        """Close the connections kept alive."""
        self._poster.close()

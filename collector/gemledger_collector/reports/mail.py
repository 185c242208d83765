"""A report as an e-mail: Markdown for those who read text, the page for all others; pure."""

import hashlib
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from gemledger_collector.alerts.channels.texts import plain
from gemledger_collector.alerts_config import EmailConfig
from gemledger_collector.reports.document import Document
from gemledger_collector.reports.html import html
from gemledger_collector.reports.markdown import markdown
from gemledger_collector.reports_config import ReportConfig

_HOST = "gemledger.invalid"
"""The right-hand side of ids: a name that is nobody's."""


def mail(document: Document, channel: EmailConfig, report: ReportConfig, now: int) -> str:
    """The message as it goes over the wire, in ASCII; all mails of one report are one thread."""
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(addr_spec=channel.sender)
    message["To"] = [Address(addr_spec=each) for each in channel.to]
    message["Subject"] = plain(document.title, 150)
    message["Date"] = format_datetime(datetime.fromtimestamp(now // 10**9, UTC))
    message["Message-ID"] = f"<{_digest(channel.name, report.name, document.title)}@{_HOST}>"
    thread = f"<{_digest(channel.name, report.name)}@{_HOST}>"
    message["In-Reply-To"] = thread
    message["References"] = thread
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(markdown(document), cte="base64")
    if report.format == "html":
        message.add_alternative(html(document), subtype="html", cte="base64")
    return message.as_bytes().decode("ascii")


def _digest(*said: str) -> str:
    return hashlib.sha256("\0".join(("report", *said)).encode()).hexdigest()[:32]

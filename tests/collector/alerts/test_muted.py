"""What keeps an alert quiet is said with the alert."""

from .conftest import Timeline
from .test_silences_api import asking, made

NIGHTS = {
    "name": "mornings",
    "intervals": [{"times": [{"start": "08:00", "end": "09:00"}]}],
}


def test_a_silence_another_alert_and_quiet_times_are_told_apart(timeline: Timeline) -> None:
    """Each with its name; of times the channel that they are for."""
    timeline.channel("oncall", "http://127.0.0.1:1")
    timeline.settings |= {
        "times": [NIGHTS],
        "routes": [{"channels": ["oncall"], "mute_times": ["mornings"]}],
        "inhibit": [{"source": ['rule="dear"'], "target": ['rule="hourly"']}],
    }
    timeline.rule("hourly", above_usd=10).rule("dear", above_usd=20).spend(30).look()
    silence = made(asking(timeline), matchers=['rule="hourly"'])
    alerts = {
        each["rule"]: each for each in asking(timeline).get("/api/v1/alerts").json()["alerts"]
    }
    assert [
        (each["by"], each["name"], each["channel"]) for each in alerts["hourly"]["muted_by"]
    ] == [
        ("silence", silence["id"], ""),
        ("alert", "dear", ""),
        ("times", "mornings", "oncall"),
    ]
    assert [each["by"] for each in alerts["dear"]["muted_by"]] == ["times"]
    timeline.at("3h").look()
    later = asking(timeline).get("/api/v1/alerts").json()["alerts"]
    assert [each["muted_by"] for each in later] == [[], []]

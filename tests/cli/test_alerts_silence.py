"""`gemledger alerts silence`: quiet for a while, by somebody, for a reason."""

import json

from support.processes import Asked, run_gemledger


def test_a_silence_is_made_listed_and_ended(collector: Asked) -> None:
    """Three commands; the second shows what the first did, and after the third nothing is silenced."""
    made = run_gemledger(
        *("alerts", "silence", 'team="growth"', "severity!=critical", "--for", "2h"),
        *("--comment", "a load test", "--url", collector.url, "--json"),
    )
    assert made.returncode == 0, made.stderr
    silence = json.loads(made.stdout)
    assert silence["matchers"] == ['team="growth"', 'severity!="critical"']
    listed = run_gemledger("alerts", "silence", "--list", "--url", collector.url, COLUMNS="200")
    assert "a load test" in listed.stdout
    assert silence["id"] in listed.stdout
    ended = run_gemledger("alerts", "silence", "--expire", silence["id"], "--url", collector.url)
    assert ended.stdout.startswith(f"{silence['id']}  expired")
    empty = run_gemledger("alerts", "silence", "--list", "--url", collector.url)
    assert empty.stdout == "nothing is silenced\n"


def test_what_is_unclear_is_refused_with_the_remedy(collector: Asked) -> None:
    """2 where the command line says too little, 1 where the collector refuses."""
    for arguments, told in (
        ((), "give matchers"),
        (('team="growth"', "--for", "2h"), "--comment"),
        (('team="growth"', "--comment", "why"), "--for 2h"),
        (('team="growth"', "--list"), "give matchers"),
    ):
        answer = run_gemledger("alerts", "silence", *arguments, "--url", collector.url)
        assert answer.returncode == 2
        assert told in answer.stderr
    refused = run_gemledger(
        "alerts", "silence", "growth", "--for", "2h", "--comment", "why", "--url", collector.url
    )
    assert refused.returncode == 1
    assert 'write label="value"' in refused.stderr

"""`gemledger caches`: the ledger of context caches, and what Gemini caches by itself."""

import json
import time

import httpx
from support.caches import HOUR, created, read
from support.collector import PROTOBUF
from support.otlp import NOON, SECOND, payload
from support.processes import Asked, run_gemledger


def send_story(collector: Asked) -> None:
    """A cache made two hours ago, as the clock goes, of 50,000 tokens, and read once."""
    spans = [created(ttl=9 * HOUR), read(60)]
    hours_ago = time.time_ns() - 2 * HOUR * SECOND - NOON
    for span in spans:
        span.start_time_unix_nano += hours_ago
        span.end_time_unix_nano += hours_ago
        for attribute in span.attributes:
            if attribute.key.startswith("gemledger.cache.") and "time" in attribute.key:
                attribute.value.int_value += hours_ago // SECOND
    sent = httpx.post(
        f"{collector.url}/v1/traces", content=payload(spans), headers=PROTOBUF, trust_env=False
    )
    assert sent.status_code == 200


def test_people_get_a_table_with_a_verdict(collector: Asked) -> None:
    """What was paid and saved in dollars, how often it would have to be read, and the totals in a sentence."""
    send_story(collector)
    shown = run_gemledger("caches", "--url", collector.url, COLUMNS="200")
    assert shown.returncode == 0, shown.stderr
    assert "gemini-2.5-flash" in shown.stdout
    assert "search/manuals" in shown.stdout
    assert "3.704" in shown.stdout
    assert "keep" in shown.stdout
    assert "1 caches, 1 live, 0 read by nobody: paid $" in shown.stdout
    assert "saved $0.0135" in shown.stdout  # 50,000 tokens at 0.30 less 0.03 USD a million


def test_programs_get_the_collectors_answer(collector: Asked) -> None:
    """JSON, money in picodollars."""
    send_story(collector)
    shown = run_gemledger("caches", "--json", "--url", collector.url)
    answer = json.loads(shown.stdout)
    assert answer["caches"][0]["creation_pico_usd"] == "15000000000"
    assert answer["totals"]["caches"] == 1


def test_what_gemini_caches_by_itself_is_shown_by_feature(collector: Asked) -> None:
    """A call that read an explicit cache is no part of it."""
    send_story(collector)
    spans = [read(0, 8_000, cache_name=None)]
    spans[0].start_time_unix_nano = time.time_ns() - 60 * SECOND
    spans[0].end_time_unix_nano = spans[0].start_time_unix_nano + SECOND
    httpx.post(
        f"{collector.url}/v1/traces", content=payload(spans), headers=PROTOBUF, trust_env=False
    )
    shown = run_gemledger("caches", "--implicit", "--url", collector.url, COLUMNS="200")
    assert shown.returncode == 0, shown.stderr
    assert "98.8% of 8,100 prompt tokens were cached" in shown.stdout
    assert "support" in shown.stdout


def test_nothing_to_show_is_said(collector: Asked) -> None:
    """An empty ledger is a sentence, a bad time and a missing collector one clear line each."""
    assert "no context cache" in run_gemledger("caches", "--url", collector.url).stdout
    assert "no prompt" in run_gemledger("caches", "--implicit", "--url", collector.url).stdout
    refused = run_gemledger("caches", "--since", "yesterday", "--url", collector.url)
    assert refused.returncode == 1
    assert refused.stderr.startswith("gemledger caches: since")
    absent = run_gemledger("caches", "--url", "http://127.0.0.1:9")
    assert absent.returncode == 1
    assert "gemledger serve" in absent.stderr

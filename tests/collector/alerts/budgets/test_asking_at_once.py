"""Many askers at once, in threads of their own, over real HTTP: never is more granted than was left."""

import threading
from collections.abc import Callable

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.otlp import NOON, SECOND, call, payload

from .conftest import CALL_PICO_USD, App


def at_once(askers: int, ask: Callable[[int], None]) -> None:
    """All of them start together, each in a thread of its own."""
    gate = threading.Barrier(askers)

    def run(number: int) -> None:
        gate.wait()
        ask(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(askers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_hundred_askers_at_once_cannot_overrun(app: App) -> None:
    """Nine dollars are left, each asks for twenty-five cents, calls are committed meanwhile: 35 of them get it."""
    app.call(None)
    left = app.left()
    granted: list[int] = []
    mismatches: list[str] = []

    def ask(number: int) -> None:
        if number % 10 == 0:
            span = call(1000 + number, start=NOON - 60 * SECOND, trace=number)
            httpx.post(
                f"{app.collector.url}/v1/traces",
                content=payload([span]),
                headers={"Content-Type": "application/x-protobuf"},
                timeout=60,
            )
        body = {"labels": {"team": "search"}, "amount_usd": "0.25"}
        answer = httpx.post(f"{app.collector.url}/api/v1/budgets/check", json=body, timeout=60)
        if answer.status_code != 200:
            mismatches.append(answer.text)
        elif answer.json()["allowed"]:
            granted.append(int(answer.json()["amount_pico_usd"]))

    at_once(100, ask)
    assert mismatches == []
    assert sum(granted) <= left
    assert len(granted) == 35
    assert app.left() == left - sum(granted) - 10 * CALL_PICO_USD


@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    amounts=st.lists(st.integers(10**11, 4 * 10**12), min_size=20, max_size=30),
    day=st.integers(1, 10_000),
)
def test_whatever_is_asked_at_once_the_sum_of_what_is_granted_was_left(
    app: App, amounts: list[int], day: int
) -> None:
    """Amounts of all sizes, half of the granted settled by calls while others still ask."""
    app.clock.now = NOON + day * 86_400 * SECOND
    team = f"team-{day}"
    left = app.left(team=team)
    granted: list[int] = []

    def ask(number: int) -> None:
        body = {"labels": {"team": team}, "amount_pico_usd": str(amounts[number])}
        answer = httpx.post(f"{app.collector.url}/api/v1/budgets/check", json=body, timeout=60)
        assert answer.status_code == 200
        if answer.json()["allowed"]:
            granted.append(amounts[number])
            if number % 2:
                httpx.post(
                    f"{app.collector.url}/api/v1/budgets/reservations/{answer.json()['reservation_id']}/release",
                    timeout=60,
                )
                granted.remove(amounts[number])

    at_once(len(amounts), ask)
    assert sum(granted) <= left

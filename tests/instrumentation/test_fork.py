"""Guests that fork: os.fork, multiprocessing, gunicorn and Celery lose and double nothing."""

import importlib.util
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from support.apps import SPANS, TELL, finished, heard, start_app, unused_port, wait_until
from support.otlp_sink import Sink

PENDING = """
for number in range(20): end(f"parent-{number}")
"""
PARENTS = Counter(f"parent-{number}" for number in range(20))


@pytest.fixture
def sink() -> Iterator[Sink]:
    """An OTLP endpoint on a free port."""
    with Sink() as made:
        yield made


def test_a_forked_child_sends_its_own_spans_and_its_parent_the_parents(sink: Sink) -> None:
    """What waited when the process forked is sent once, by the parent; each side counts its own."""
    fork = """
    read, write = os.pipe()
    if os.fork() == 0:
        for number in range(5): end(f"child-{number}")
        gemledger.flush()
        from gemledger.setup import delivery
        os.write(write, json.dumps(list(delivery())).encode())
        sys.exit()
    os.wait()
    end("parent-last")
    gemledger.flush()
    say(child=json.loads(os.read(read, 100)))
    """
    app = start_app(SPANS, PENDING, fork, TELL, OTEL_EXPORTER_OTLP_ENDPOINT=sink.url)
    child, parent = finished(app)

    assert child == {"child": [5, 5, 0]}
    assert (parent["ended"], parent["delivered"]) == (21, 21)
    assert sink.names == PARENTS + Counter(
        {"parent-last": 1, **{f"child-{number}": 1 for number in range(5)}}
    )


def test_children_that_end_without_a_flush_deliver_at_their_exit(sink: Sink) -> None:
    """The handler for the end of the process is the child's, too; grandchildren included."""
    fork = """
    for child in range(3):
        if os.fork() == 0:
            end(f"child-{child}")
            if os.fork() == 0:
                end(f"grandchild-{child}")
            else:
                os.wait()
            sys.exit()
    for _ in range(3): os.wait()
    """
    app = start_app(SPANS, PENDING, fork, OTEL_EXPORTER_OTLP_ENDPOINT=sink.url)
    finished(app)

    children = {f"{kind}-{child}": 1 for kind in ("child", "grandchild") for child in range(3)}
    assert sink.names == PARENTS + Counter(children)


def test_a_fork_under_load_loses_and_doubles_nothing(sink: Sink) -> None:
    """Threads end spans while others are written and sent and the process forks, twenty times."""
    code = """
    import threading
    def work(first):
        for number in range(first, first + 500): end(f"parent-{number}"); time.sleep(0.001)
    threads = [threading.Thread(target=work, args=(first,)) for first in (0, 1000, 2000)]
    for thread in threads: thread.start()
    for child in range(20):
        if os.fork() == 0:
            end(f"child-{child}")
            sys.exit()
        time.sleep(0.02)
    for thread in threads: thread.join()
    for _ in range(20): os.wait()
    """
    finished(start_app(SPANS, code, OTEL_EXPORTER_OTLP_ENDPOINT=sink.url))

    expected = {f"parent-{first + number}" for first in (0, 1000, 2000) for number in range(500)}
    expected |= {f"child-{child}" for child in range(20)}
    assert sink.names == Counter(expected)


def test_a_child_keeps_no_hold_of_its_parents_spool(tmp_path: Path) -> None:
    """The parent is killed, its collector down: though a child of it lives on, the next start adopts what it left."""
    port = unused_port()
    environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}"}
    fork = """
    from gemledger.setup import delivery
    while delivery().spooled < 20: time.sleep(0.02)
    child = os.fork()
    if child == 0: time.sleep(60)
    say(child=child)
    time.sleep(60)
    """
    app = start_app(SPANS, PENDING, fork, **environ)
    child = heard(app)["child"]
    app.kill()
    app.wait()
    try:
        with Sink(port) as sink:
            finished(
                start_app(SPANS, "while gemledger.init() and not time.sleep(2): break", **environ)
            )
            assert sink.names == PARENTS
    finally:
        os.kill(child, signal.SIGKILL)
        app.communicate()


MULTIPROCESSING = """
import json, multiprocessing, os, sys
import gemledger
provider = gemledger.init("shop")
tracer = provider.get_tracer("app")
def work(number):
    tracer.start_span(f"task-{number}").end()
if __name__ == "__main__":
    for number in range(20): tracer.start_span(f"parent-{number}").end()
    context = multiprocessing.get_context(sys.argv[1])
    if sys.argv[2] == "pool":
        with context.Pool(3, maxtasksperchild=4) as pool:
            pool.map(work, range(24), chunksize=1)
            pool.close()
            pool.join()
    else:
        children = [context.Process(target=work, args=(number,)) for number in range(24)]
        for child in children: child.start()
        for child in children: child.join()
"""


@pytest.mark.parametrize(
    ("method", "shape"),
    [("fork", "pool"), ("fork", "processes"), ("spawn", "pool"), ("forkserver", "pool")],
)
def test_children_of_multiprocessing_deliver_before_they_end(
    sink: Sink, tmp_path: Path, method: str, shape: str
) -> None:
    """However they are started: they run no atexit handlers, and their spans arrive nevertheless."""
    (tmp_path / "app.py").write_text(MULTIPROCESSING)
    ran = subprocess.run(
        [sys.executable, str(tmp_path / "app.py"), method, shape],
        env={**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": sink.url},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert (ran.returncode, ran.stderr) == (0, "")
    assert sink.names == PARENTS + Counter(f"task-{number}" for number in range(24))


WEB = """
import gemledger
provider = gemledger.init("web")
tracer = provider.get_tracer("app")
for number in range(20): tracer.start_span(f"parent-{number}").end()
def application(environ, start_response):
    tracer.start_span(environ["PATH_INFO"]).end()
    start_response("200 OK", [("content-length", "2")])
    return [b"ok"]
"""


@pytest.mark.skipif(not importlib.util.find_spec("gunicorn"), reason="gunicorn is not installed")
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_gunicorn_with_preloaded_workers_loses_and_doubles_nothing(
    sink: Sink, tmp_path: Path, end: signal.Signals
) -> None:
    """Initialised before the fork, four workers, a hundred requests, then an orderly end or a kill and a restart."""
    (tmp_path / "web.py").write_text(WEB)
    port = unused_port()
    environ = {**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": sink.url}
    flags = ("--preload", "--workers", "4", "--bind", f"127.0.0.1:{port}", "--log-level", "error")
    command = [sys.executable, "-m", "gunicorn", *flags, "web:application"]
    server = subprocess.Popen(command, cwd=tmp_path, env=environ, start_new_session=True)
    url = f"http://127.0.0.1:{port}"
    wait_until(lambda: _answers(url), "gunicorn answers")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: httpx.get(f"{url}/{n}", trust_env=False), range(100)))
    if end is signal.SIGKILL:
        time.sleep(2)  # what a kill may cost is what ended in the last two seconds
        os.killpg(server.pid, end)
        finished(start_app(SPANS, "time.sleep(1)", OTEL_EXPORTER_OTLP_ENDPOINT=sink.url))
    else:
        server.terminate()
    server.wait(30)

    assert sink.names - Counter({"/up": 10**6}) == PARENTS + Counter(f"/{n}" for n in range(100))


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/up", trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


TASKS = """
import os
from pathlib import Path
from celery import Celery
import gemledger
folder = os.environ["BROKER"]
application = Celery("tasks", broker="filesystem://")
application.conf.update(
    broker_transport_options={
        "data_folder_in": folder, "data_folder_out": folder, "control_folder": folder + "/control"
    },
    task_ignore_result=True,
)
tracer = gemledger.init("worker").get_tracer("app")
@application.task
def work(number):
    tracer.start_span(f"task-{number}").end()
    Path(folder, f"done-{number}").touch()
"""


@pytest.mark.slow
@pytest.mark.skipif(not importlib.util.find_spec("celery"), reason="celery is not installed")
def test_celery_with_short_lived_children_loses_and_doubles_nothing(
    sink: Sink, tmp_path: Path
) -> None:
    """A child leaves after five tasks, by a way that runs no handlers: Celery's own signal is what tells us."""
    (tmp_path / "tasks.py").write_text(TASKS)
    broker = tmp_path / "broker"
    (broker / "control").mkdir(parents=True)
    environ = {**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": sink.url, "BROKER": str(broker)}
    ask = "from tasks import work\nfor number in range(40): work.delay(number)"
    subprocess.run([sys.executable, "-c", ask], cwd=tmp_path, env=environ, check=True)
    flags = ("--concurrency", "3", "--max-tasks-per-child", "5", "--loglevel", "CRITICAL")
    worker = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "tasks", "worker", "--pool", "prefork", *flags],
        cwd=tmp_path,
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_until(lambda: len(list(broker.glob("done-*"))) == 40, "all tasks are done", 60)
    worker.terminate()
    worker.wait(60)

    assert sink.names == Counter(f"task-{number}" for number in range(40))

"""What comes of a batch: one answer for each request, in their order, and one entry on the invoice for each answer."""

from gemledger_simulator import models
from gemledger_simulator.backend import Backend
from gemledger_simulator.engine import Circumstances, SimulatedResponse, error
from gemledger_simulator.fields import Json
from gemledger_simulator.file_store import StoredFile, new_name
from gemledger_simulator.surfaces.batches.job import Job
from gemledger_simulator.surfaces.batches.source import Line
from gemledger_simulator.wire import encoded


def deliver(job: Job, count: int, backend: Backend) -> Json:
    """The output of the first ``count`` requests, where the job's own came from: inlined, or in a file."""
    results = [_result(job, number, backend) for number in range(count)]
    if not job.in_file:
        return {"inlinedResponses": {"inlinedResponses": results}}
    texts = [encoded(result) for result in results]
    for number in job.wish.broken:
        texts[number] = texts[number][: len(texts[number]) // 2]
    data = b"".join(text + b"\n" for text in texts)
    made = StoredFile(
        new_name("files/batch-"), data, "application/jsonl", job.ends_unix_nano, generated=True
    )
    return {"responsesFile": backend.files.put(made).name}


def _result(job: Job, number: int, backend: Backend) -> Json:
    """The answer to one request, or the error in its place."""
    line = job.lines[number]
    answer = _answer(job, number, line, backend)
    if answer.status != 200:
        job.failed += 1
        failure = answer.body["error"]
        return {"error": {"code": failure["code"], "message": failure["message"]}} | line.marks
    _note(job, answer.body, backend)
    return {"response": answer.body} | line.marks


def _answer(job: Job, number: int, line: Line, backend: Backend) -> SimulatedResponse:
    """What the model says to one request."""
    if number in job.wish.fail:
        return error(500)
    usage = job.wish.usage_of(number)
    if not job.embeds:
        circumstances = Circumstances(usage=usage)
        return backend.engine.respond(job.model, line.request, job.created_unix_nano, circumstances)
    answer = backend.engine.embed(job.model, line.request, "embedContent")
    if answer.status == 200:
        counted = answer.body.pop("usageMetadata")["promptTokenCount"]
        answer.body["tokenCount"] = counted if usage is None else usage.prompt_tokens
    return answer


def _note(job: Job, answer: Json, backend: Backend) -> None:
    """Put one answer on the invoice, at the time at which the batch was handed in."""
    usage = answer.get("usageMetadata") or {"promptTokenCount": answer["tokenCount"]}
    backend.record.note(
        "batch",
        model=answer.get("modelVersion") or models.served_model(job.model, job.created_unix_nano),
        tier="batch",
        platform="gemini_api",
        at_unix_nano=job.created_unix_nano,
        job=job.name,
        usageMetadata=usage,
    )

"""The FastAPI application: routes, and errors in one shape: ``{"error": {"type": …, "message": …}}``."""

import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

import gemledger_collector
from gemledger_collector.api import (
    acknowledging,
    alert_board,
    alert_channels,
    alert_rules,
    alerts,
    audit,
    backtest,
    batches,
    budget_checks,
    budgets,
    caches,
    caching,
    calibration,
    calls,
    canary,
    changes,
    contents,
    conversations,
    datasets,
    errors,
    explain,
    export,
    feedback,
    filter_values,
    forecast,
    freshness,
    health,
    labels,
    latency,
    metrics,
    overview,
    price_preview,
    prices,
    quality,
    quality_comparison,
    quality_summary,
    quality_value,
    rate_limits,
    reports,
    revisions,
    services,
    silences,
    single_call,
    spend,
    spikes,
    sql,
    traces,
    upkeep,
    users,
    waste,
    webhooks,
)
from gemledger_collector.api.context import Context
from gemledger_collector.api.documented import documented
from gemledger_collector.errors import CollectorError, Overloaded, status_of

logger = logging.getLogger("gemledger.api")

_ROOMS = (
    audit,
    health,
    overview,
    spend,
    sql,
    alerts,
    budget_checks,
    budgets,
    alert_rules,
    alert_channels,
    silences,
    acknowledging,
    alert_board,
    backtest,
    spikes,
    explain,
    forecast,
    quality,
    quality_comparison,
    quality_summary,
    quality_value,
    feedback,
    changes,
    labels,
    calibration,
    canary,
    caches,
    caching,
    errors,
    rate_limits,
    reports,
    revisions,
    webhooks,
    batches,
    latency,
    users,
    waste,
    upkeep,
    calls,
    single_call,
    traces,
    contents,
    conversations,
    filter_values,
    prices,
    price_preview,
    metrics,
    services,
    export,
    datasets,
)


def create_app(context: Context) -> FastAPI:
    """Every route but the receivers'."""
    app = FastAPI(
        title="gemledger collector",
        version=gemledger_collector.__version__,
        docs_url=None,  # these pages load their scripts from another host; /openapi.json has it all
        redoc_url=None,
    )
    app.state.context = context
    app.add_middleware(freshness.Etags)
    for module in _ROOMS:
        app.include_router(module.router)
    app.add_exception_handler(CollectorError, _collector_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(freshness.NotModified, freshness.not_modified)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unexpected)
    app.openapi = documented(app)  # type: ignore[method-assign]  # FastAPI's own way to extend it
    return app


def error_response(
    status: int, kind: str, message: str, headers: dict[str, str] | None = None
) -> JSONResponse:
    """An error as every route answers it."""
    return JSONResponse({"error": {"type": kind, "message": message}}, status, headers)


async def _collector_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, CollectorError)
    headers = (
        {"Retry-After": str(error.retry_after_seconds)} if isinstance(error, Overloaded) else None
    )
    return error_response(status_of(error), error.kind, str(error), headers)


async def _invalid_request(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    problems = [
        f"{'.'.join(str(part) for part in problem['loc'][1:]) or problem['loc'][0]}: "
        + problem["msg"].removeprefix("Value error, ")
        for problem in error.errors()
    ]
    return error_response(400, "invalid", "; ".join(problems))


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    logger.error("%s failed", request.url.path, exc_info=error)
    return error_response(
        500, "internal", f"the collector failed at {request.url.path}; its log says why"
    )


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    messages = {
        404: ("not_found", f"nothing is at {request.url.path}; the routes are listed at /docs"),
        405: ("method", f"{request.method} is not for {request.url.path}; see /docs"),
    }
    kind, message = messages.get(error.status_code, ("http", str(error.detail)))
    return error_response(error.status_code, kind, message)

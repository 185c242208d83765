"""The FastAPI application: routes, and errors in one shape: ``{"error": {"type": …, "message": …}}``."""

import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

import gemledger_collector
from gemledger_collector.api import (
    alerts,
    batches,
    caches,
    caching,
    errors,
    health,
    latency,
    quality,
    rate_limits,
    spend,
    sql,
    upkeep,

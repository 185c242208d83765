# The collector in an image of its own. CI has no docker daemon and does not build it: a test reads it instead.
#   docker build -t gemledger .
#   docker run -p 4318:4318 -p 4317:4317 -v gemledger:/var/lib/gemledger \
#     -e GEMLEDGER_APPS_HASH=sha256:… -e GEMLEDGER_PEOPLE_HASH=sha256:… gemledger
# docs/operators.md, "In a container", has the rest.

FROM python:3.13-slim AS build
ARG EXTRAS=collector
WORKDIR /src
RUN python -m venv /opt/gemledger
# One folder for each component, as in pyproject.toml: the wheel ships every package.
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY instrumentation ./instrumentation
COPY collector ./collector
COPY dashboard ./dashboard
COPY simulator ./simulator
COPY cli ./cli
RUN /opt/gemledger/bin/pip install --no-cache-dir --constraint constraints.txt ".[${EXTRAS}]"

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/gemledger gemledger \
 && install --directory --owner=gemledger --group=gemledger --mode=0700 /var/lib/gemledger
COPY --from=build /opt/gemledger /opt/gemledger
COPY examples/docker/otel-config.yaml /etc/gemledger/otel-config.yaml
ENV PATH=/opt/gemledger/bin:$PATH PYTHONUNBUFFERED=1
USER 10001
WORKDIR /var/lib/gemledger
VOLUME /var/lib/gemledger
EXPOSE 4317 4318
# Without TLS, as below. With tls in the configuration, ask https and trust your authority by SSL_CERT_FILE.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:4318/readyz', timeout=4)"]
ENTRYPOINT ["gemledger"]
CMD ["serve", "--config", "/etc/gemledger/otel-config.yaml"]

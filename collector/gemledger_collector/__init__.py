"""The collector: receives OTLP, prices, stores, alerts, judges, answers."""

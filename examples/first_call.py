"""The smallest app: one call, priced and attributed.

With a key:     GEMINI_API_KEY=... python examples/first_call.py
Without one:    python -m gemledger_simulator --port 8090 &
                GEMINI_API_KEY=any GOOGLE_GEMINI_BASE_URL=http://127.0.0.1:8090 python examples/first_call.py

Spans go to a collector at http://127.0.0.1:4318 (`gemledger up`), or to OTEL_EXPORTER_OTLP_ENDPOINT.
"""

from google import genai

import gemledger

gemledger.init(service_name="first-call")

with genai.Client() as client, gemledger.attribution(team="growth", feature="hello"):
    answer = client.models.generate_content(
        model="gemini-3.8-flash", contents="Say hello in five words."
    )
print(answer.text)
print("delivered" if gemledger.flush() else "not delivered: is a collector running?")

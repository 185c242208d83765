"""How spans leave an app and are not lost: a queue without locks, a file per process, a sender that does not give up.

``spooling`` is the span processor; it hands spans to the ``courier``, whose two threads write them to the ``spool`` and
send what lies there by OTLP (``otlp``), when ``dispatch`` says so. Nothing here is imported before an app asks for it.
"""

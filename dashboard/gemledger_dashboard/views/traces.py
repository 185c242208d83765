"""Traces: single calls, searched; and one trace as a waterfall, with how each call in it was priced."""

from gemledger_dashboard.frame import links, notices, sidebar
from gemledger_dashboard.traces import call_list, one_trace

sidebar.heading("Traces")
with notices.Explained():
    trace_id = links.linked("trace")
    if trace_id is None:
        call_list.section()
    else:
        one_trace.section(trace_id)

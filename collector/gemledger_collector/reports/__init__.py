"""Daily reports: what a day cost, how good it was, what happened; as HTML, Markdown and JSON, on a schedule.

No report holds a prompt or an answer: only figures, and names that people and apps chose.
"""

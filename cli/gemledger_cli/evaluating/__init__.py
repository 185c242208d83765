"""Evaluating a data set: answers asked for or given, judged by rubrics under a budget, compared side by side."""

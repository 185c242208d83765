"""Rubrics as versioned YAML: a change of wording is a new version, so that scores compare like with like."""

"""The collector's own calls to Gemini, as a judge and to settle: their spans take the way of everybody's."""

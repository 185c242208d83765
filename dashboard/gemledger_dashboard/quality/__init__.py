"""What judges say, how far they can be trusted, and what good answers cost."""

"""What is billed without a call at hand: the storage of caches, jobs that are done, and who tells us that they are."""

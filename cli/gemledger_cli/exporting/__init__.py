"""Taking rows away: a day at a time into parts beside the file, and the file out of them at the end."""

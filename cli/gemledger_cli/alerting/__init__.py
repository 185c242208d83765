"""What `gemledger alerts` can do, one module for each word after it."""

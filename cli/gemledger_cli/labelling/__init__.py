"""``gemledger labels``: what people say of judged answers, from a file and into one."""

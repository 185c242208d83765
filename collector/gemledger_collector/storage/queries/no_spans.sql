-- The columns of spans and their types.
from spans limit 0

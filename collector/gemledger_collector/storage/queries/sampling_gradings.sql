-- By what a rule's answers were graded. Checks have samples of their own, without floor or boosts.
select distinct dimension, rubric_version
from evaluations
where rule = $rule
  and kind is null
  and call_start_unix_nano >= $since

-- How many answers of each feature and prompt version a rule has counted.
select feature, prompt_version, max(answers_before + answers) as answers
from sampling_slots
where rule = $rule
group by all

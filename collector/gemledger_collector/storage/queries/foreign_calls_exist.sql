-- Whether another instrumentation than ours ever sent a billed call: only then can calls be doubled.
select exists (
    from spans
    where scope_name is distinct from $our_scope
      and cost_status is not null
) as found

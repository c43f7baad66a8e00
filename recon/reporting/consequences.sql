SELECT finding_id, rule_id, title, state FROM judged WHERE consequence_of = $finding_id ORDER BY worst_first

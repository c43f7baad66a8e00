SELECT rule_id, title, state FROM judged WHERE finding_id = $finding_id

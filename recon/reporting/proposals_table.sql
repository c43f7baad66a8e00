-- What a terminal shows of the proposals, in the order of their findings.
SELECT
    coalesce(p.proposal_id, '') AS proposal, left(p.finding_id, 12) AS finding, p.severity, p.rule_id, p.plant, p.status,
    CASE p.status WHEN 'proposed' THEN p.words WHEN 'refused' THEN concat(p.words, ' – refused: ', p.reason) ELSE p.reason END AS what,
    p.approver, json_array_length(p.open_checks) AS checks, count(*) OVER () AS all_of_them
FROM chosen c JOIN proposals p USING (finding_id)
WHERE list_contains($statuses, p.status)
ORDER BY c.worst_first

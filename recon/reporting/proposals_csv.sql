-- For spreadsheets: a text that a spreadsheet would run as a formula gets an apostrophe before it.
SELECT
    p.proposal_id, p.finding_id, p.rule_id, p.status, p.severity, p.plant, p.action, p.target, p.effect, p.risk, p.approver,
    COLUMNS(['reason', 'owner', 'system', 'title', 'transaction', 'interface', 'words', 'correction', 'believed', 'because', 'reversible'])
        .regexp_replace('^([=+\-@\t\r])', '''\1'),
    p.fields, p.payload, p.guards, p.open_checks
FROM (SELECT finding_id, worst_first FROM chosen) c JOIN proposals p USING (finding_id)
WHERE list_contains($statuses, p.status)
ORDER BY c.worst_first

/* ---
id: INT-007
title: A source is older than allowed, or a table is not what it used to be
over: source_table
severity: high
owner: interface-support
authority: '-'
judges: state
rationale: What is compared with yesterday's extract proves nothing about today. Rules that need the source are not evaluated meanwhile, and nobody learns of what goes wrong behind it.
false_positives: An archiving run or a plant that was added changes a table lawfully; `accept_rows_from` of the table in recon.toml says so. A source with a slower cadence has its own `max_lag`.
correction: Find out why the source was not delivered, or not whole, extract it again, and run the night again.
since: 1
--- */
SELECT t.system,
       t.plant,
       t.source,
       t."table",
       t.changed_at,
       t.not_evaluated,
       t.as_of AS recon_as_of,
       t.allowed_hours AS recon_allowed_hours,
       t.behind_hours AS recon_behind_hours,
       t.row_count AS recon_rows,
       CASE
           WHEN t.problem IS NOT NULL OR t.doubt IS NOT NULL THEN coalesce(t.problem, t.doubt)
           WHEN t.too_old THEN 'older than allowed'
       END AS recon_reason,
       CASE WHEN t.too_old THEN CAST(t.behind_hours - t.allowed_hours AS DECIMAL(18, 6)) END AS difference,
       CASE WHEN t.too_old THEN CAST(t.behind_hours - t.allowed_hours AS DECIMAL(18, 6)) END AS quantity,
       CASE WHEN t.too_old THEN 'h' END AS unit,
       false AS in_flight
FROM pairing.source_table t
WHERE t.not_evaluated IS NOT NULL OR t.too_old OR t.problem IS NOT NULL OR t.doubt IS NOT NULL

/* ---
id: INT-009
title: Rows were refused, or say different things of one key
over: refused_rows
severity: medium
owner: interface-support
authority: '-'
judges: state
params:
  min_rows: 1
rationale: What is refused, unreadable or ambiguous enters no comparison. Each such row is a key that nobody judges.
false_positives: A reader refuses what is not in the declared form, so a wrong declaration in recon.toml looks like bad rows; the example tells which it is.
correction: Correct the rows in the system that they come from, or the extract, and read them again.
since: 1
--- */
SELECT r.system,
       r.plant,
       r.source,
       r."table",
       r.reason,
       r.changed_at,
       r.not_evaluated,
       r.told_by AS recon_told_by,
       r.refused AS recon_rows,
       CAST(r.refused AS DECIMAL(18, 6)) AS difference,
       CAST(r.refused AS DECIMAL(18, 6)) AS quantity,
       CAST(NULL AS VARCHAR) AS unit,
       false AS in_flight
FROM pairing.refused_rows r
JOIN params p ON p.system = r.system AND p.plant = r.plant
WHERE r.not_evaluated IS NOT NULL OR (r.reason IS NOT NULL AND r.refused >= p.min_rows)

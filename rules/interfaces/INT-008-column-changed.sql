/* ---
id: INT-008
title: A column of a source was added, dropped or retyped
over: source_column
severity: medium
owner: interface-support
authority: '-'
judges: state
params:
  changes: [added, dropped, retyped]
rationale: A column that is gone is empty from then on, or its table cannot be read; one of another type may be misread, and one that is new may carry what the mapping ought to know.
false_positives: A column that was added for somebody else is harmless; `accept_columns_from` of the table in recon.toml accepts its columns as they are, and a site that never wants to hear of new ones takes `added` out of `changes`.
correction: Bring the column back, or have the mapping follow and accept the table's columns with `accept_columns_from`.
since: 1
--- */
SELECT c.system,
       c.plant,
       c.source,
       c."table",
       c."column",
       c.changed_at,
       c.not_evaluated,
       c.change AS recon_change,
       c.was AS recon_was,
       c.is_now AS recon_is,
       c.since AS recon_since,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       CAST(NULL AS DECIMAL(18, 6)) AS quantity,
       CAST(NULL AS VARCHAR) AS unit,
       false AS in_flight
FROM pairing.source_column c
JOIN params p ON p.system = c.system AND p.plant = c.plant
WHERE c.change IS NOT NULL AND list_contains(p.changes, c.change)

/* ---
id: GEN-006
title: Batch consumed before it existed
over: input_time
severity: high
owner: quality-assurance
authority: "-"
judges: existence
material: input_material
params:
  tolerance_minutes: 5
rationale: The time, the batch or the order of one of the two is wrong; a trace by time leaves the batch out, and an investigation blames the wrong shift.
false_positives: >-
  Clocks that differ between stations by more than the tolerance. An output that is recorded at the end of a run while its first part is used already. Posting days
  that are chosen for the books: SAP is judged by days and has no tolerance.
correction: Find out which time is wrong, and correct it in its own system.
since: 1
--- */
SELECT i.system,
       i.plant,
       i.side,
       i.output_material,
       i.output_batch,
       i.input_material,
       i.input_batch,
       i.changed_at,
       coalesce(i.not_evaluated, CASE WHEN i.before_history THEN 'before history' END) AS not_evaluated,
       CASE WHEN i.side = 'sap' THEN i.consumed_at END AS sap_consumed_at,
       CASE WHEN i.side = 'sap' THEN i.came_at END AS sap_came_at,
       CASE WHEN i.side = 'mes' THEN i.consumed_at END AS mes_consumed_at,
       CASE WHEN i.side = 'mes' THEN i.came_at END AS mes_came_at,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       CAST(NULL AS DECIMAL(18, 6)) AS quantity,
       CAST(NULL AS VARCHAR) AS unit,
       i.came_moving AS in_flight
FROM pairing.input_time i
JOIN params p ON p.system = i.system AND p.plant = i.plant
WHERE i.not_evaluated IS NOT NULL
   OR i.came_at > CASE WHEN i.side = 'mes' THEN i.consumed_at + p.tolerance_minutes * INTERVAL '1' MINUTE ELSE i.consumed_at END

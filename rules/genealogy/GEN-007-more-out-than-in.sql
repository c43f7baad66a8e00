/* ---
id: GEN-007
title: More taken out of a batch than ever went in
over: batch_balance
severity: high
owner: quality-assurance
authority: "-"
judges: quantity
params:
  abs_tol: 0.001
  rel_tol: 0.005
yields_to:
  # A receipt that is missing or too small, or a consumption that was posted twice, in the wrong unit, or never taken back.
  - {rule: ORD-009, match: {material: material, batch: batch}}
  - {rule: CON-005, match: {material: component}, rows: {table: sap.movement, match: {sap_batch: batch}}}
  - {rule: CON-006, match: {material: component, batch: batch}}
  - {rule: CON-011, match: {material: component, sap_batch: batch}}
  - {rule: CON-003, match: {material: component, sap_batch: batch}}
  - {rule: CON-002, match: {material: component, mes_batch: batch}}
  - {rule: CON-001, match: {material: component, batch: batch}}
rationale: Material of another batch went in under this number; whoever asks what the batch became, or what the product was made of, gets a wrong answer.
false_positives: >-
  Weighing losses and gains beyond the tolerance, water taken up, a batch that was topped up without a posting. A batch that came in parts, the first of them before the
  history begins, where the batch record does not say when it was made or received.
correction: Recount the batch, and find the posting that belongs to another one.
since: 1
--- */
SELECT b.system,
       b.plant,
       b.side,
       b.material,
       b.batch,
       b.changed_at,
       coalesce(b.not_evaluated, CASE WHEN b.before_history THEN 'before history' END) AS not_evaluated,
       CASE WHEN b.side = 'sap' THEN b.came_settled END AS sap_in,
       CASE WHEN b.side = 'sap' THEN b.left_settled END AS sap_out,
       CASE WHEN b.side = 'sap' THEN b.batch ELSE 'none' END AS sap_batch,
       CASE WHEN b.side = 'mes' THEN b.came_settled END AS mes_in,
       CASE WHEN b.side = 'mes' THEN b.left_settled END AS mes_out,
       CASE WHEN b.side = 'mes' THEN b.batch ELSE 'none' END AS mes_batch,
       b.came_settled - b.left_settled AS difference,
       b.left_settled - b.came_settled AS quantity,
       b.unit,
       b.left_settled - b.came_settled - b.coming - b.returning <= greatest(p.abs_tol, p.rel_tol * abs(b.came_settled)) AS in_flight
FROM pairing.batch_balance b
JOIN params p ON p.system = b.system AND p.plant = b.plant
-- A batch that nothing ever went into is GEN-004's.
WHERE b.not_evaluated IS NOT NULL
   OR (b.came > 0 AND b.left_settled - b.came_settled > greatest(p.abs_tol, p.rel_tol * abs(b.came_settled)))

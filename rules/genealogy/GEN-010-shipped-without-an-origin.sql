/* ---
id: GEN-010
title: Shipped batch whose chain does not reach received material
over: shipped_chain
severity: critical
owner: quality-assurance
authority: "-"
judges: existence
yields_to:
  # The batch at which the chain ends has a finding of its own.
  - {rule: GEN-004, match: {sap_end_material: material, sap_end_batch: batch}}
  - {rule: GEN-004, match: {mes_end_material: material, mes_end_batch: batch}}
  - {rule: GEN-003, match: {sap_end_material: material, sap_end_batch: batch}}
  - {rule: GEN-003, match: {mes_end_material: material, mes_end_batch: batch}}
  - {rule: GEN-001, match: {sap_end_material: output_material, sap_end_batch: output_batch}}
rationale: >-
  A recall that begins at a supplier's batch does not find what was shipped, and a customer's complaint leads to nobody. Each view counts: whoever traces in one system alone has just that.
false_positives: >-
  Materials that SAP keeps in batches and that nobody buys or makes, such as water. Stock taken over at the start of SAP whose batch record was changed since and says no day.
  The joined view is told alone where each view ends at the same batch.
correction: Find what the batch at the end was made of or who delivered it, and complete the chain; until then the shipped batch counts as reached by every recall.
since: 1
--- */
SELECT system,
       plant,
       view,
       material,
       batch,
       changed_at,
       not_evaluated,
       CASE WHEN view <> 'mes' THEN end_material END AS sap_end_material,
       CASE WHEN view <> 'mes' THEN end_batch END AS sap_end_batch,
       CASE WHEN view <> 'mes' THEN end_reason END AS sap_end_reason,
       CASE WHEN view <> 'sap' THEN end_material END AS mes_end_material,
       CASE WHEN view <> 'sap' THEN end_batch END AS mes_end_batch,
       CASE WHEN view <> 'sap' THEN end_reason END AS mes_end_reason,
       delivery AS sap_delivery,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       quantity,
       unit,
       end_moving AS in_flight
FROM pairing.shipped_chain
WHERE NOT coalesce(told_joined, false)
  AND (not_evaluated IS NOT NULL OR broken)

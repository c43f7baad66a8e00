/* ---
id: GEN-005
title: Batch that was made of itself
over: circle
severity: medium
owner: quality-assurance
authority: "-"
judges: existence
rationale: One of the links is wrong, and with it the batch, the order or the direction of a posting; a trace of any batch of the circle reaches all that the others reach.
false_positives: >-
  Rework, relabelling, heels and blends that nobody has marked: rework on the order or its link, relabelling by a transfer (309), heel and blend by the purpose of the MES's link.
  A tank that is topped up under one batch number without a mark is a circle.
correction: Find the link that is wrong among those of the circle, and correct it; mark rework, heel and blend as what they are.
since: 1
--- */
SELECT system,
       plant,
       side,
       material,
       batch,
       changed_at,
       not_evaluated,
       CASE WHEN side = 'sap' THEN batches END AS sap_batches,
       CASE WHEN side = 'mes' THEN batches END AS mes_batches,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       CAST(NULL AS DECIMAL(18, 6)) AS quantity,
       CAST(NULL AS VARCHAR) AS unit,
       moving AS in_flight
FROM pairing.circle
WHERE oldest

/* ---
pairing: circle
title: Batches that were made of others, and the circles they are part of
key: [side, material, batch]
from: [trace.batch]
workflow: genealogy
settle: 2h
local: batch
evidence:
  - {table: sap.genealogy_link, match: {material: output_material, batch: output_batch}}
  - {table: mes.genealogy_link, match: {material: output_material, batch: output_batch}}
  - {table: sap.movement, match: {material: material, batch: batch}}
--- */
-- What makes a circle lawful (rework, relabelling, heel, blend) was taken out before: what is in one is in one without it.
SELECT t.system,
       t.plant,
       t.view AS side,
       t.material,
       t.batch,
       t.circle_changed_at AS changed_at,
       t.circle_uncertain AS not_evaluated,
       -- A circle without marks stays in its plant, for what moves between plants is marked.
       t.circle_material = t.material AND t.circle_batch = t.batch AS oldest,
       t.circle_batches AS batches,
       t.circle_changed_at > c.settled_until AS moving
FROM trace.batch t
JOIN cut c ON c.system = t.system AND c.plant = t.plant
WHERE t.view <> 'joined' AND t.made

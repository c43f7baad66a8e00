-- Batches that were ever held as a whole or rejected: genealogy_seed (id).
CREATE OR REPLACE TEMP TABLE genealogy_seed AS
WITH named AS (
    SELECT system, plant, material, batch FROM canonical."qms.hold" WHERE scope = 'batch' OR problems IS NOT NULL
    UNION
    SELECT system, plant, material, batch FROM canonical."qms.disposition" WHERE decision = 'rejected' OR problems IS NOT NULL OR ambiguous
    UNION
    SELECT system, plant, material, batch FROM canonical."sap.inspection_lot" WHERE decision = 'rejected' OR problems IS NOT NULL OR ambiguous
)
SELECT n.id
FROM genealogy.node n
JOIN named s ON s.system = n.system AND s.plant = n.plant AND s.material = n.material AND s.batch = n.batch;

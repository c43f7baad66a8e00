-- Materials that SAP does not keep in batches, by plant: the pairings take no notice of the lots that others name for them.
CREATE OR REPLACE TEMP TABLE material_unbatched AS
SELECT m.system, p.plant, m.material
FROM canonical."sap.material" m
JOIN judged_plant p ON m.plant IN (p.plant, '*')
GROUP BY m.system, p.plant, m.material
HAVING NOT bool_or(coalesce(m.batch_managed, true))

/* ---
guard: no-decision-yet
holds: the lot has no usage decision
--- */
-- A usage decision that was entered is not turned round by changing its code: its stock was posted by it.
SELECT h.finding_id, h.rank, CASE WHEN d.decision IS NULL THEN 'holds' ELSE 'refuses' END AS state,
       'the lot was decided already (' || d.decision || '): the stock that it posted has to be moved first, and a person decides how' AS reason
FROM held_to h
LEFT JOIN (SELECT system, plant, lot, min(decision) AS decision FROM canonical."sap.inspection_lot" GROUP BY system, plant, lot) d
  ON d.system = h.system AND d.plant = h.plant AND d.lot = h.lot

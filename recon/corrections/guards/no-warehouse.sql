/* ---
guard: no-warehouse
holds: no warehouse system or handling units manage the stock
--- */
-- Stock that EWM or handling units manage takes no direct inventory posting.
SELECT h.finding_id, h.rank,
       CASE WHEN bool_or(l.managed IS NOT NULL) THEN 'refuses' WHEN bool_and(l.storage_location IS NOT NULL) THEN 'holds' ELSE 'open' END AS state,
       CASE WHEN bool_or(l.managed IS NOT NULL) THEN min(l.managed)
            WHEN NOT bool_and(l.storage_location IS NOT NULL) THEN 'look whether EWM or handling units manage the storage location' END AS reason
FROM held_to h
LEFT JOIN draft_place p USING (finding_id, rank)
LEFT JOIN (
    SELECT system, plant, storage_location,
           CASE WHEN bool_or(ewm_managed) THEN concat('storage location ', storage_location, ' is managed by a warehouse system: post it there')
                WHEN bool_or(hu_managed) THEN concat('storage location ', storage_location, ' is kept in handling units: their list is needed') END AS managed
    FROM canonical."sap.location"
    WHERE storage_location IS NOT NULL
    GROUP BY system, plant, storage_location
) l ON l.system = h.system AND l.plant = h.plant AND l.storage_location = p.storage_location
GROUP BY h.finding_id, h.rank

/* ---
guard: in-warehouse
holds: a warehouse system keeps the stock, and offers it
--- */
-- There is stock that the warehouse system can block. What SAP has of the batch at other storage locations is blocked there as well.
SELECT h.finding_id, h.rank,
       CASE WHEN w.offers IS FALSE OR (w.offers IS NULL AND s.managed IS NULL) THEN 'refuses' WHEN s.elsewhere IS NOT NULL THEN 'open' ELSE 'holds' END AS state,
       CASE WHEN w.offers IS FALSE THEN 'the warehouse system offers none of it any more'
            WHEN w.offers IS NULL AND s.managed IS NULL THEN 'no warehouse system keeps stock of the batch'
            WHEN s.elsewhere IS NOT NULL
                 THEN concat('look whether SAP''s own stock is blocked too (344): the warehouse system does not manage storage location ', s.elsewhere) END AS reason
FROM held_to h
LEFT JOIN (
    -- What it has promised is offered too, whatever its stock type.
    SELECT system, plant, material, batch,
           bool_or(coalesce(stock_type, '01') NOT IN ('02', '03', '07') OR coalesce(available_quantity, 0) > 0 OR coalesce(allocated_quantity, 0) > 0) AS offers
    FROM canonical."wms.stock"
    GROUP BY system, plant, material, batch
) w ON w.system = h.system AND w.plant = h.plant AND w.material = h.material AND w.batch IS NOT DISTINCT FROM h.batch
LEFT JOIN (
    SELECT s.system, s.plant, s.material, s.batch, min(s.storage_location) FILTER (WHERE l.ewm_managed) AS managed,
           string_agg(DISTINCT s.storage_location, ', ' ORDER BY s.storage_location) FILTER (WHERE l.ewm_managed IS NOT TRUE) AS elsewhere
    FROM canonical."sap.stock" s
    LEFT JOIN (
        SELECT system, plant, storage_location, bool_or(ewm_managed) AS ewm_managed
        FROM canonical."sap.location"
        WHERE storage_location IS NOT NULL
        GROUP BY system, plant, storage_location
    ) l ON l.system = s.system AND l.plant = s.plant AND l.storage_location = s.storage_location
    WHERE s.stock_type = '01' AND s.quantity > 0
    GROUP BY s.system, s.plant, s.material, s.batch
) s ON s.system = h.system AND s.plant = h.plant AND s.material = h.material AND s.batch IS NOT DISTINCT FROM h.batch

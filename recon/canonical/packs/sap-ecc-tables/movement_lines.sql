-- Lines of material documents → movements, for every pack that has them as `document`: the columns of MSEG, and of their header CPUDT, CPUTM, BUDAT, USNAM,
-- head_problems, head_ambiguous, `event` (what caused it) and `reversed`.
-- The sign of a movement is decided here, from SHKZG (S receipt, H issue): MENGE is never negative and movement types lie. Where the two contradict each other
-- nobody knows which is right, and that is told.
line AS (
    SELECT m.*,
           -- A type of the site's own (Z.., 9xx) is the one that its crosswalk says it acts as.
           meaning('movement_type', m.BWART) AS acts_as,
           CASE
               WHEN acts_as IN ('261', '262') AND m.AUFNR IS NOT NULL THEN 'consumption'
               -- A receipt for a purchase order may be assigned to an order; that is no output of it.
               WHEN acts_as IN ('101', '102', '131', '132') AND m.AUFNR IS NOT NULL AND m.KZBEW IS DISTINCT FROM 'B' THEN 'output'
               WHEN acts_as IN ('531', '532') THEN 'by-product'
               WHEN acts_as IN ('101', '102', '501', '502', '561', '562') THEN 'receipt'
               WHEN acts_as IN ('551', '552', '553', '554', '555', '556') THEN 'scrap'
               WHEN acts_as IN ('601', '602') THEN 'delivery'
               -- Samples (331 to 336) consume stock; goods for a customer, a supplier or another plant (541, 631, 641) lie somewhere else [M].
               WHEN acts_as BETWEEN '301' AND '326' OR acts_as BETWEEN '341' AND '352' OR acts_as BETWEEN '411' AND '416'
                    OR acts_as IN ('541', '542', '631', '632', '641', '642') THEN 'transfer'
               ELSE 'other'
           END AS kind
    FROM document m
),
signed AS (
    SELECT *,
           CASE
               WHEN kind = 'transfer' THEN MENGE
               WHEN kind IN ('consumption', 'scrap', 'delivery') THEN CASE SHKZG WHEN 'H' THEN MENGE WHEN 'S' THEN -MENGE END
               ELSE CASE SHKZG WHEN 'S' THEN MENGE WHEN 'H' THEN -MENGE END
           END AS quantity,
           -- Odd types have the direction of their kind, and the even ones take back [S]. A transfer has two lines, one of each direction.
           kind NOT IN ('transfer', 'other') AND MENGE > 0 AND (quantity < 0) <> (TRY_CAST(acts_as AS INTEGER) % 2 = 0) AS contradicts
    FROM line
    -- A transfer writes two lines and counts once: the line the system added is left out, and tells the other end.
    WHERE kind <> 'transfer' OR XAUTO IS NULL
),
other_end AS (
    -- The line the system added names its parent; where an extract has no line numbers it follows it [M].
    SELECT s.MBLNR AS own_document, s.MJAHR AS own_year, s.ZEILE AS own_item, s.MANDT, o.MATNR, o.WERKS, o.LGORT, o.CHARG, o.problems, o.ambiguous
    FROM signed s
    JOIN line o ON o.MANDT = s.MANDT AND o.MBLNR = s.MBLNR AND o.MJAHR = s.MJAHR AND o.XAUTO IS NOT NULL AND o.SHKZG IS DISTINCT FROM s.SHKZG
    WHERE s.kind = 'transfer' AND o.kind = 'transfer'
      AND (o.PARENT_ID = s.LINE_ID OR (o.PARENT_ID IS NULL AND TRY_CAST(o.ZEILE AS INTEGER) = TRY_CAST(s.ZEILE AS INTEGER) + 1))
    QUALIFY row_number() OVER (PARTITION BY s.MANDT, s.MBLNR, s.MJAHR, s.ZEILE ORDER BY o.ZEILE, o.MATNR, o.WERKS, o.LGORT, o.CHARG, o.problems) = 1
),
-- Stock types before and after, by movement type; the reversal of each goes the other way.
stock_types(movement_type, left_type, reached_type) AS (
    VALUES ('301', '01', '01'), ('303', '01', '05'), ('305', '05', '01'), ('309', '01', '01'), ('311', '01', '01'), ('313', '01', '04'), ('315', '04', '01'),
           ('321', '02', '01'), ('323', '02', '02'), ('325', '07', '07'), ('341', '01', '08'), ('343', '07', '01'), ('349', '07', '02'), ('351', '01', '06'),
           ('411', '01', '01'), ('413', '01', '01'), ('415', '01', '01'), ('541', '01', '01'), ('631', '01', '01'), ('641', '01', '06'),
           ('331', '02', NULL), ('333', '01', NULL), ('335', '07', NULL), ('551', '01', NULL), ('553', '02', NULL), ('555', '07', NULL)
),
typed AS (
    SELECT movement_type, left_type, reached_type FROM stock_types
    UNION ALL
    SELECT CAST(CAST(movement_type AS INTEGER) + 1 AS VARCHAR), coalesce(reached_type, left_type), CASE WHEN reached_type IS NOT NULL THEN left_type END FROM stock_types
),
placed AS (
    SELECT s.*,
           -- A line of a transfer that receives (its reversal, or the second of two steps) is where it ends, and the other line where it began.
           coalesce(s.kind = 'transfer' AND s.SHKZG = 'S', false) AS arrives,
           {'plant': s.WERKS, 'material': s.MATNR, 'location': s.LGORT, 'batch': s.CHARG} AS own,
           {'plant': coalesce(o.WERKS, s.UMWRK), 'material': coalesce(o.MATNR, s.UMMAT), 'location': coalesce(o.LGORT, s.UMLGO),
            'batch': coalesce(o.CHARG, s.UMCHA)} AS other,
           o.problems AS other_problems,
           coalesce(o.ambiguous, false) AS other_ambiguous
    FROM signed s
    LEFT JOIN other_end o ON o.MANDT = s.MANDT AND o.own_document = s.MBLNR AND o.own_year = s.MJAHR AND o.own_item = s.ZEILE
),
directed AS (
    SELECT *,
           CASE WHEN arrives THEN {'plant': coalesce(other.plant, own.plant), 'material': coalesce(other.material, own.material),
                                   'location': coalesce(other.location, own.location), 'batch': coalesce(other.batch, own.batch)}
                ELSE own END AS origin,
           CASE WHEN kind = 'transfer' THEN CASE WHEN arrives THEN own ELSE other END END AS target
    FROM placed
)
SELECT s.MANDT,
       s.MBLNR,
       s.MJAHR,
       s.origin.plant AS plant,
       utc(s.CPUDT, s.CPUTM) AS changed_at,
       s.row_ref,
       nullif(concat_ws('; ', s.problems, s.head_problems, s.other_problems,
                        CASE WHEN s.quantity IS NULL AND s.problems IS NULL THEN 'no quantity, or neither S nor H in SHKZG' END,
                        CASE WHEN s.MENGE < 0 THEN 'negative MENGE' END,
                        CASE WHEN s.contradicts THEN concat('SHKZG ', s.SHKZG, ' contradicts movement type ', s.BWART) END), '') AS problems,
       s.ambiguous OR s.head_ambiguous OR s.other_ambiguous AS ambiguous,
       concat_ws('/', s.MBLNR, s.MJAHR, s.ZEILE) AS movement_id,
       s.kind,
       s.BWART AS movement_type,
       s.AUFNR AS order_no,
       s.origin.material AS material,
       s.origin.batch AS batch,
       s.origin.location AS storage_location,
       s.quantity,
       s.MEINS AS unit,
       s.event AS reference,
       -- Year and item are 0000 where nothing is reversed.
       CASE WHEN s.SMBLN IS NOT NULL THEN concat_ws('/', s.SMBLN, s.SJAHR, s.SMBLP) END AS reverses,
       utc(s.BUDAT, NULL) AS occurred_at,
       -- What was entered with the line (INSMK) decides where the movement type leaves it open.
       coalesce(t.left_type, CASE WHEN s.INSMK IN ('X', '2') THEN '02' WHEN s.INSMK IN ('S', '3') THEN '07' WHEN s.INSMK IS NULL OR s.INSMK = 'F' THEN '01' END)
           AS stock_type,
       s.SOBKZ AS special_stock,
       CASE WHEN s.SOBKZ IN ('K', 'O') THEN s.LIFNR WHEN s.SOBKZ = 'W' THEN s.KUNNR END AS partner,
       CASE WHEN s.SOBKZ = 'E' THEN concat_ws('/', s.MAT_KDAUF, s.MAT_KDPOS) WHEN s.SOBKZ = 'Q' THEN s.MAT_PSPNR END AS special_stock_reference,
       s.LGPLA AS bin,
       s.RSNUM AS reservation,
       s.RSPOS AS reservation_item,
       nullif(s.target.plant, s.origin.plant) AS target_plant,
       nullif(s.target.material, s.origin.material) AS target_material,
       nullif(s.target.batch, s.origin.batch) AS target_batch,
       nullif(s.target.location, s.origin.location) AS target_storage_location,
       nullif(t.reached_type, t.left_type) AS target_stock_type,
       s.VBELN_IM AS delivery,
       s.VBELP_IM AS delivery_item,
       s.KUNNR AS customer,
       s.LIFNR AS supplier,
       CASE WHEN s.EBELN IS NOT NULL THEN concat_ws('/', s.EBELN, s.EBELP) END AS purchase_order,
       s.BUDAT AS posting_date,
       s.ERFMG AS entry_quantity,
       s.ERFME AS entry_unit,
       s.reversed,
       CASE WHEN s.acts_as IN ('309', '310') THEN 'relabel' END AS purpose,
       s.GRUND AS reason,
       s.USNAM AS entered_by,
       s.MBLNR AS document
FROM directed s
LEFT JOIN typed t ON t.movement_type = s.acts_as

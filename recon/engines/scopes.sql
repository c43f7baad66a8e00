-- Which of the site's entries hold for which keys, where they select by order type or material group. The temporary table `override` is there already
-- (number, plants, order_types, material_groups; NULL: whichever), and so is `cut`.

-- A material has its group in the whole client, and an order its number: neither is joined by plant. What is unclear says why.
CREATE OR REPLACE TEMP TABLE order_kind AS
SELECT system,
       order_no,
       min(order_type) AS order_type,
       min(material) AS material,
       CASE WHEN min(order_type) <> max(order_type) THEN 'ambiguous: SAP names different types for the order' END AS type_unclear,
       CASE WHEN min(material) <> max(material) THEN 'ambiguous: SAP names different materials for the order' END AS material_unclear
FROM canonical."sap.work_order"
WHERE order_no IS NOT NULL
GROUP BY system, order_no;

CREATE OR REPLACE TEMP TABLE material_kind AS
SELECT m.system,
       m.material,
       min(m.material_group) AS material_group,
       CASE
           -- An extract may come without the column: then nobody knows, which is another thing than a material without a group.
           WHEN NOT bool_or(s.grouped) THEN 'unreadable: no material of SAP comes with its group (MARA-MATKL)'
           WHEN min(m.material_group) <> max(m.material_group) THEN 'ambiguous: SAP names different groups for the material'
       END AS group_unclear
FROM canonical."sap.material" m
JOIN (SELECT system, count(material_group) > 0 AS grouped FROM canonical."sap.material" GROUP BY system) s ON s.system = m.system
WHERE m.material IS NOT NULL
GROUP BY m.system, m.material;

-- The kinds that occur, each with the entries that hold for it; a kind for which none does has no row.
CREATE OR REPLACE TEMP TABLE scope AS
SELECT c.plant, t.order_type, g.material_group, list(o.number ORDER BY o.number) AS entries
FROM (SELECT DISTINCT plant FROM cut) c
CROSS JOIN (SELECT order_type FROM order_kind UNION SELECT NULL) t
CROSS JOIN (SELECT material_group FROM material_kind UNION SELECT NULL) g
JOIN override o
  ON list_contains(o.plants, c.plant)
     AND (o.order_types IS NULL OR list_contains(o.order_types, t.order_type))
     AND (o.material_groups IS NULL OR list_contains(o.material_groups, g.material_group))
GROUP BY c.plant, t.order_type, g.material_group;

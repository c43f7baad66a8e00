/* ---
canonical: delivery_item
key: [delivery, item_no]
reads:
  delivery_item: [delivery, item_no]
--- */
SELECT plant,
       changed_at,
       row_ref,
       nullif(concat_ws('; ', problems, unknown_code('kind', coalesce(kind, ''), ['outbound', 'inbound', 'transfer', 'return']),
                        unknown_code('stock_type', stock_type, ['01', '02', '03', '04', '05', '06', '07', '08']),
                        missing_value('quantity', quantity, problems), negative_value('quantity', quantity),
                        negative_value('picked_quantity', picked_quantity), missing_value('unit', unit, problems),
                        unclear_flag('goods_issued', goods_issued), unclear_flag('cancelled', cancelled),
                        unclear_flag('returned', returned)), '') AS problems,
       ambiguous,
       delivery, item_no, parent_item,
       lower(kind) AS kind,
       delivery_type, material, batch, serial_no, handling_unit, quantity, picked_quantity, unit, storage_location, stock_type, special_stock,
       customer, sales_order,
       coalesce(as_flag(goods_issued), goods_issue_at IS NOT NULL) AS goods_issued,
       goods_issue_at, planned_goods_issue_on,
       as_mark(cancelled) AS cancelled,
       as_mark(returned) AS returned
FROM raw.delivery_item

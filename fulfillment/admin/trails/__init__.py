"""The trails of all pages, both ways along the two flows. Only this floor sees all of it.

Goods in: seller > inbound > cartons > lines > scans > putaway > moves > bins. Goods out: order > reservation >
tasks > pick list > wave > pack record > shipment > parcels > scans.
"""

from fulfillment.admin.trails import goods_in, goods_out, things

__all__ = ["goods_in", "goods_out", "things"]

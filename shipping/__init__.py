"""Shipping, a first floor: parcels, prices, carriers. It knows no order and no SKU."""

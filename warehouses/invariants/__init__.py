"""What must be true of goods, promises and work at any moment. Run by `manage.py verify`."""

from foundation.invariants import Invariant
from warehouses.invariants.belonging import BELONGING
from warehouses.invariants.cases import CASES
from warehouses.invariants.docking import DOCKING
from warehouses.invariants.inbound import INBOUND
from warehouses.invariants.ledger import LEDGER, PROMISES
from warehouses.invariants.measuring import MEASURING
from warehouses.invariants.numbering import NUMBERING
from warehouses.invariants.work import WORK

INVARIANTS: tuple[Invariant, ...] = (
    *LEDGER,
    *PROMISES,
    *WORK,
    *INBOUND,
    *CASES,
    *DOCKING,
    *MEASURING,
    *BELONGING,
    *NUMBERING,
)

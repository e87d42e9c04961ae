"""`python -m labels.agent`: the print agent without Django."""

import sys

from labels.agent.commandline import main

sys.exit(main())

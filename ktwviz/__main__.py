"""`python -m ktwviz`."""

import sys

from ktwviz.cli import main

sys.exit(main())

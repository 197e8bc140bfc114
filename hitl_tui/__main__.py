"""`python -m hitl_tui`: the same program as `hitl`."""

from hitl_tui.cli import main

raise SystemExit(main())

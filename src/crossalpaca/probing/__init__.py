"""Why a model answers better: how well its languages lie on one another inside it, and how well it translates."""

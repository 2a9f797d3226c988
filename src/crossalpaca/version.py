"""The version of the package, in scores' signatures too."""

__version__ = "0.1.0"

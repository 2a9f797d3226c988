"""Models side by side in a browser: their answers to one prompt, and their translations.

The libraries below read at their import whether they may report home, so this package says no before any of its
modules can import them.
"""

import os

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

"""What `app.py` serves: the page in the browser, and the doors for programs. No question-answering logic."""

import os

# Gradio reads these when it is imported: nothing is reported to anybody, and no figures are worked out per question.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["GRADIO_RUN_HISTORY"] = "False"
os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(10**9)

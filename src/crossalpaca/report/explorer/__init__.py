"""The explorer of items: a part of the report's page that shows what was asked, what was accepted and what each model
answered, item by item.

    answers of the models --payload--> one JSON value --section--> HTML, script and style for the page
"""

from crossalpaca.report.explorer.payload import Payload, Voice, payload
from crossalpaca.report.explorer.section import Section, section

__all__ = ["Payload", "Section", "Voice", "payload", "section"]

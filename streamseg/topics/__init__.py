"""The topics of Streamseg: the catalogue, what a cluster lacks of it, and making it so.

`streamseg.topics.cluster` talks to Kafka and is imported apart: the catalogue needs no client.
"""

from streamseg.topics.catalogue import Catalogue, Topic, data_dir, load_catalogue, load_schema
from streamseg.topics.errors import TopicsError
from streamseg.topics.plan import Actual, Plan, make_plan

__all__ = [
    "Actual",
    "Catalogue",
    "Plan",
    "Topic",
    "TopicsError",
    "data_dir",
    "load_catalogue",
    "load_schema",
    "make_plan",
]

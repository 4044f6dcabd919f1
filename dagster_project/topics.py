"""Topics: where everything comes from; observed, never computed."""

from dagster_project.lineage import spec_of_topic
from schemas.topics import TOPICS

ASSETS = [spec_of_topic(topic) for topic in TOPICS]

"""What is asked of a Kafka cluster beside reading and writing, and what its failures mean.

`Cluster` asks, and never takes an error for an answer; `failures` says in one line why Kafka cannot
be worked with.
"""

"""Requests of Kafka's protocol that aiokafka lacks, on its own protocol classes.

The schemas are those of Kafka's message definitions; a name is the field's there, in snake case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    AbstractType,
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Int64,
    Schema,
    TaggedFields,
)

if TYPE_CHECKING:
    from io import BytesIO

NO_TAGS: Final[dict[int, bytes]] = {}
NO_ID: Final = bytes(16)
_TEXT: Final = CompactString("utf-8")
_TAGS: Final = ("tags", TaggedFields)


class Uuid(AbstractType[bytes]):
    """16 bytes; all of them zero stand for none."""

    @classmethod
    def encode(cls, value: bytes) -> bytes:
        return value

    @classmethod
    def decode(cls, data: BytesIO) -> bytes:
        value = data.read(16)
        if len(value) != 16:
            raise ValueError("a UUID that is cut off")
        return value


_BROKERS: Final = CompactArray(
    ("node_id", Int32), ("host", _TEXT), ("port", Int32), ("rack", _TEXT), _TAGS
)
_PARTITIONS: Final = CompactArray(
    ("error_code", Int16),
    ("partition_index", Int32),
    ("leader_id", Int32),
    ("leader_epoch", Int32),
    ("replica_nodes", CompactArray(Int32)),
    ("isr_nodes", CompactArray(Int32)),
    ("offline_replicas", CompactArray(Int32)),
    _TAGS,
)


class MetadataResponseV9(Response):
    API_KEY = 3
    API_VERSION = 9
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("brokers", _BROKERS),
        ("cluster_id", _TEXT),
        ("controller_id", Int32),
        (
            "topics",
            CompactArray(
                ("error_code", Int16),
                ("name", _TEXT),
                ("is_internal", Boolean),
                ("partitions", _PARTITIONS),
                ("topic_authorized_operations", Int32),
                _TAGS,
            ),
        ),
        ("cluster_authorized_operations", Int32),
        _TAGS,
    )


class MetadataResponseV12(Response):
    API_KEY = 3
    API_VERSION = 12
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("brokers", _BROKERS),
        ("cluster_id", _TEXT),
        ("controller_id", Int32),
        (
            "topics",
            CompactArray(
                ("error_code", Int16),
                ("name", _TEXT),
                ("topic_id", Uuid),
                ("is_internal", Boolean),
                ("partitions", _PARTITIONS),
                ("topic_authorized_operations", Int32),
                _TAGS,
            ),
        ),
        _TAGS,
    )


class MetadataRequestV9(RequestStruct):
    FLEXIBLE_VERSION = True
    API_KEY = 3
    API_VERSION = 9
    RESPONSE_TYPE = MetadataResponseV9
    SCHEMA = Schema(
        ("topics", CompactArray(("name", _TEXT), _TAGS)),
        ("allow_auto_topic_creation", Boolean),
        ("include_cluster_authorized_operations", Boolean),
        ("include_topic_authorized_operations", Boolean),
        _TAGS,
    )


class MetadataRequestV12(RequestStruct):
    FLEXIBLE_VERSION = True
    API_KEY = 3
    API_VERSION = 12
    RESPONSE_TYPE = MetadataResponseV12
    SCHEMA = Schema(
        ("topics", CompactArray(("topic_id", Uuid), ("name", _TEXT), _TAGS)),
        ("allow_auto_topic_creation", Boolean),
        ("include_topic_authorized_operations", Boolean),
        _TAGS,
    )


_MetadataStruct: TypeAlias = MetadataRequestV9 | MetadataRequestV12


class TopicsRequest(Request[_MetadataStruct]):
    """Metadata of topics by name, which never creates one (aiokafka's own would).

    Needs Kafka 2.4; the ids of topics are there from 2.8 on.
    """

    API_KEY = 3

    def __init__(self, names: list[str]) -> None:
        self._names = names

    def build(self, request_struct_class: type[_MetadataStruct]) -> _MetadataStruct:
        if request_struct_class is MetadataRequestV9:
            topics: list[Any] = [(name, NO_TAGS) for name in self._names]
            return MetadataRequestV9(topics, False, False, False, NO_TAGS)
        topics = [(NO_ID, name, NO_TAGS) for name in self._names]
        return MetadataRequestV12(topics, False, False, NO_TAGS)


class DescribeProducersResponseV0(Response):
    API_KEY = 61
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "topics",
            CompactArray(
                ("name", _TEXT),
                (
                    "partitions",
                    CompactArray(
                        ("partition_index", Int32),
                        ("error_code", Int16),
                        ("error_message", _TEXT),
                        (
                            "active_producers",
                            CompactArray(
                                ("producer_id", Int64),
                                ("producer_epoch", Int32),
                                ("last_sequence", Int32),
                                ("last_timestamp", Int64),
                                ("coordinator_epoch", Int32),
                                ("current_txn_start_offset", Int64),
                                _TAGS,
                            ),
                        ),
                        _TAGS,
                    ),
                ),
                _TAGS,
            ),
        ),
        _TAGS,
    )


class DescribeProducersRequestV0(RequestStruct):
    FLEXIBLE_VERSION = True
    API_KEY = 61
    API_VERSION = 0
    RESPONSE_TYPE = DescribeProducersResponseV0
    SCHEMA = Schema(
        (
            "topics",
            CompactArray(("name", _TEXT), ("partition_indexes", CompactArray(Int32)), _TAGS),
        ),
        _TAGS,
    )


class DescribeProducersRequest(Request[DescribeProducersRequestV0]):
    """Who has written to partitions, asked of their leader. Needs Kafka 2.8."""

    API_KEY = 61

    def __init__(self, partitions: dict[str, list[int]]) -> None:
        self._partitions = partitions

    def build(
        self, request_struct_class: type[DescribeProducersRequestV0]
    ) -> DescribeProducersRequestV0:
        topics = [(name, numbers, NO_TAGS) for name, numbers in self._partitions.items()]
        return request_struct_class(topics, NO_TAGS)


class ListTransactionsResponseV0(Response):
    API_KEY = 66
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("error_code", Int16),
        ("unknown_state_filters", CompactArray(_TEXT)),
        (
            "transaction_states",
            CompactArray(
                ("transactional_id", _TEXT),
                ("producer_id", Int64),
                ("transaction_state", _TEXT),
                _TAGS,
            ),
        ),
        _TAGS,
    )


class ListTransactionsRequestV0(RequestStruct):
    FLEXIBLE_VERSION = True
    API_KEY = 66
    API_VERSION = 0
    RESPONSE_TYPE = ListTransactionsResponseV0
    SCHEMA = Schema(
        ("state_filters", CompactArray(_TEXT)),
        ("producer_id_filters", CompactArray(Int64)),
        _TAGS,
    )


class ListTransactionsRequest(Request[ListTransactionsRequestV0]):
    """The transactions that a broker coordinates, of some producers. Needs Kafka 3.0."""

    API_KEY = 66

    def __init__(self, producer_ids: list[int]) -> None:
        self._producer_ids = producer_ids

    def build(
        self, request_struct_class: type[ListTransactionsRequestV0]
    ) -> ListTransactionsRequestV0:
        return request_struct_class([], self._producer_ids, NO_TAGS)


class WriteTxnMarkersResponseV1(Response):
    API_KEY = 27
    API_VERSION = 1
    SCHEMA = Schema(
        (
            "markers",
            CompactArray(
                ("producer_id", Int64),
                (
                    "topics",
                    CompactArray(
                        ("name", _TEXT),
                        (
                            "partitions",
                            CompactArray(("partition_index", Int32), ("error_code", Int16), _TAGS),
                        ),
                        _TAGS,
                    ),
                ),
                _TAGS,
            ),
        ),
        _TAGS,
    )


class WriteTxnMarkersRequestV1(RequestStruct):
    FLEXIBLE_VERSION = True
    API_KEY = 27
    API_VERSION = 1
    RESPONSE_TYPE = WriteTxnMarkersResponseV1
    SCHEMA = Schema(
        (
            "markers",
            CompactArray(
                ("producer_id", Int64),
                ("producer_epoch", Int16),
                ("transaction_result", Boolean),
                (
                    "topics",
                    CompactArray(
                        ("name", _TEXT), ("partition_indexes", CompactArray(Int32)), _TAGS
                    ),
                ),
                ("coordinator_epoch", Int32),
                _TAGS,
            ),
        ),
        _TAGS,
    )


class AbortRequest(Request[WriteTxnMarkersRequestV1]):
    """Ends a producer's transaction in one partition by an abort marker; asked of its leader."""

    API_KEY = 27

    def __init__(
        self, topic: str, partition: int, producer_id: int, epoch: int, coordinator_epoch: int
    ) -> None:
        self._marker = (
            producer_id,
            epoch,
            False,
            [(topic, [partition], NO_TAGS)],
            coordinator_epoch,
            NO_TAGS,
        )

    def build(
        self, request_struct_class: type[WriteTxnMarkersRequestV1]
    ) -> WriteTxnMarkersRequestV1:
        return request_struct_class([self._marker], NO_TAGS)

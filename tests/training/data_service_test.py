"""The tf.data service: a dispatcher, its workers, and what is refused."""

import tensorflow as tf

from flags.service import Service
from training import data_service


class DataServiceTest(tf.test.TestCase):
    def test_a_second_worker_joins_the_dispatcher(self):
        dispatcher, first = data_service.start(Service(port=0))
        none, second = data_service.start(Service(dispatcher=dispatcher.target))
        self.assertIsNone(none)
        dataset = tf.data.Dataset.range(100).apply(
            tf.data.experimental.service.distribute("distributed_epoch", dispatcher.target)
        )
        self.assertCountEqual(list(dataset.as_numpy_iterator()), range(100))
        self.assertEqual(dispatcher._num_workers(), 2)
        del first, second

    def test_a_dispatcher_without_protocol_is_refused(self):
        with self.assertRaisesRegex(ValueError, "--dispatcher=host:5050: .* such as grpc://10.0.0.2:5050"):
            data_service.start(Service(dispatcher="host:5050"))

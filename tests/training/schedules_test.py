"""Learning rates against published values and at their ends."""

import keras
import numpy as np
import tensorflow as tf
from absl.testing import parameterized

from flags.optimizer import Optimization
from training.schedules import Constant, ShopeeEpochs, Warmup, build


class SchedulesTest(tf.test.TestCase, parameterized.TestCase):
    def test_shopee_epochs_have_the_published_rates_at_batch_32(self):
        schedule = ShopeeEpochs(peak=3.2e-4, steps_per_epoch=10)
        rates = [float(schedule(10 * epoch + 9)) for epoch in range(8)]
        published = [1e-5, 7.2e-5, 1.34e-4, 1.96e-4, 2.58e-4, 3.2e-4, 2.562e-4, 2.0516e-4]
        self.assertAllClose(rates, published, rtol=1e-5)

    @parameterized.parameters("cosine", "linear")
    def test_warm_up_reaches_the_peak_and_the_end_is_zero(self, decay):
        schedule = Warmup(peak=0.1, warmup_steps=10, total_steps=110, decay=decay)
        self.assertAllClose(schedule(0), 0.01)
        self.assertAllClose(schedule(9), 0.1)
        self.assertAllClose(schedule(60), 0.05, atol=1e-6)
        self.assertAllClose(schedule(110), 0.0, atol=1e-8)

    def test_rate_never_rises_after_the_warm_up(self):
        schedule = Warmup(peak=0.1, warmup_steps=5, total_steps=50)
        self.assertAllLessEqual(np.diff([float(schedule(step)) for step in range(5, 50)]), 0.0)

    def test_a_warm_up_longer_than_the_run_is_refused(self):
        with self.assertRaisesRegex(ValueError, "Warm-up takes 20 steps and the whole run 20.*--warmup_epochs"):
            Warmup(0.1, 20, 20)

    @parameterized.parameters(Warmup(0.1, 2, 9, "linear"), ShopeeEpochs(0.1, 7), Constant(0.2))
    def test_survives_its_config_and_compiles(self, schedule):
        again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(schedule))
        compiled = tf.function(again, jit_compile=True)
        for step in (0, 3, 8):
            self.assertAllClose(compiled(tf.constant(step)), schedule(step))

    def test_a_run_cut_short_warms_up_for_the_same_share(self):
        optimization = Optimization(epochs=10, warmup_epochs=2, max_steps=50)
        self.assertEqual(build(optimization, steps_per_epoch=100, total_steps=50).warmup_steps, 10)
        self.assertEqual(build(optimization, steps_per_epoch=100, total_steps=1000).warmup_steps, 200)

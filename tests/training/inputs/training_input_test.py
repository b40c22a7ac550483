"""The input pipeline: order, position, masks, and pictures that depend on (seed, epoch, index) alone."""

import os
import shutil

import numpy as np
import tensorflow as tf

from tests import tiny_catalogue
from tfrecords_tools import index
from tfrecords_tools.manifest import Manifest
from tfrecords_tools.reader import read_records
from training.classes import classes_of_labels
from training.inputs.input_pipeline import ProductInput
from training.inputs.training_input import TrainingInput
from training.product_training import Training


def training_input(
    seed=0, folds=(2, 3), modality="image", where="host", data_service="", folder="", model=None, **optimization
):
    folder = folder or tiny_catalogue.records()
    manifest = Manifest.read(folder)
    return TrainingInput(
        folder,
        manifest,
        tiny_catalogue.tiny_model(modality=modality, **(model or {})),
        None,
        folds=folds,
        class_of_label=classes_of_labels(manifest, list(folds)),
        optimization=tiny_catalogue.tiny_optimization(**optimization),
        seed=seed,
        where=where,
        data_service=data_service,
    )


def batches(dataset):
    return [tf.nest.map_structure(np.asarray, batch) for batch in dataset]


class TrainingInputTest(tf.test.TestCase):
    def test_batches_are_uint8_pictures_with_classes(self):
        first = batches(training_input().epoch(0))[0]
        self.assertEqual(first["inputs"]["image"].shape, (8, 24, 24, 3))
        self.assertEqual(first["inputs"]["image"].dtype, np.uint8)
        self.assertAllInRange(first["label"], 0, 7)
        self.assertAllEqual(first["present"]["image"], np.ones(8))

    def test_the_same_seed_and_epoch_give_the_same_pixels(self):
        once, again = batches(training_input().epoch(3)), batches(training_input().epoch(3))
        self.assertLen(once, 4)
        for a, b in zip(once, again, strict=True):
            self.assertAllEqual(a["inputs"]["image"], b["inputs"]["image"])

    def test_another_epoch_or_seed_gives_another_order(self):
        orders = [training_input(seed).ids(epoch, 0) for seed, epoch in ((0, 0), (0, 1), (1, 0))]
        self.assertNotEqual(orders[0], orders[1])
        self.assertNotEqual(orders[0], orders[2])

    def test_starting_in_the_middle_gives_the_batches_an_unbroken_epoch_has(self):
        whole, rest = batches(training_input().epoch(1)), batches(training_input().epoch(1, first_step=2))
        self.assertLen(rest, 2)
        for a, b in zip(whole[2:], rest, strict=True):
            self.assertAllEqual(a["inputs"]["image"], b["inputs"]["image"])
            self.assertAllEqual(a["label"], b["label"])

    def test_an_epoch_shows_every_record_of_its_folds_once(self):
        products = training_input()
        seen = [i for step in range(products.steps_per_epoch) for i in products.ids(0, step)]
        expected = [row["id"].decode() for row in read_records(products.folder, [2, 3], ["id"])]
        self.assertCountEqual(seen, expected)

    def test_the_groups_sampler_fills_batches_with_pairs(self):
        products = training_input(sampler="groups", group_members=2)
        for batch in batches(products.epoch(0)):
            self.assertAllEqual(batch["label"][::2], batch["label"][1::2])
            self.assertLen(set(batch["label"]), 4)

    def test_the_tuples_sampler_fills_batches_with_whole_tuples(self):
        products = training_input(model={"head": "tuples", "negatives": 2}, sampler="tuples")
        self.assertEqual(products.steps_per_epoch, 32 * 4 // 8)
        for batch in batches(products.epoch(0)):
            self.assertAllEqual(batch["label"][::4], batch["label"][1::4])
        rest, whole = batches(products.epoch(1, 13)), batches(products.epoch(1))[13:]
        self.assertAllEqual([batch["label"] for batch in rest], [batch["label"] for batch in whole])

    def test_an_epoch_of_tuples_has_more_rows_than_records_and_fewer_than_a_batch_are_refused(self):
        products = training_input(model={"head": "tuples", "negatives": 2}, sampler="tuples", batch_size=64)
        self.assertEqual(products.steps_per_epoch, 2)
        with self.assertRaisesRegex(
            ValueError, "hold 32 records, 128 rows of tuples an epoch, fewer than one batch of"
        ):
            training_input(model={"head": "tuples", "negatives": 2}, sampler="tuples", batch_size=132)

    def test_classes_come_equally_often_from_the_epoch_asked_for(self):
        products = training_input(classes_from_epoch=1, oversample_to=6)
        self.assertAllEqual(np.bincount(products.classes[products.order(0)]), [6] * 8)
        self.assertAllEqual(np.bincount(products.classes[products.order(1)]), [4] * 8)
        for epoch in (0, 1):
            self.assertLen(batches(products.epoch(epoch)), products.steps_per_epoch)

    def test_too_few_records_for_a_batch_are_refused(self):
        with self.assertRaisesRegex(ValueError, r"folds \[2, 3\] hold 32 records, fewer than one batch of 64"):
            training_input(batch_size=64)


class DeviceTest(tf.test.TestCase):
    """What the host leaves to the device."""

    def test_the_device_makes_of_the_batch_what_the_host_would_have(self):
        text = "crop,flip,affine(rotate=20)@0.7,color,mixup@0.3,cutmix@0.5"
        host, device = (training_input(augment=text, where=where) for where in ("host", "device"))
        finish = tf.function(device.on_device, jit_compile=True)
        for a, b in zip(host.epoch(0), device.epoch(0), strict=True):
            found = finish(b)["inputs"]["image"].numpy().astype(float)
            self.assertAllClose(a["inputs"]["image"].numpy(), found, atol=2.0)
            self.assertAllEqual(a["kept"], b["kept"])
            self.assertNotAllClose(b["inputs"]["image"], found, atol=20.0)

    def test_pictures_that_the_list_leaves_alone_pass_unchanged(self):
        products = training_input(augment="flip", where="device")
        batch = next(iter(products.epoch(0)))
        self.assertIs(products.on_device(batch), batch)

    def test_mixing_refuses_titles_and_odd_batches(self):
        with self.assertRaisesRegex(ValueError, "cutmix mixes pictures and their classes, but with --modality=joint"):
            training_input(modality="joint", augment="cutmix")
        with self.assertRaisesRegex(ValueError, "mixup mixes pairs of rows, and a replica has 7 at a time: change "):
            training_input(augment="mixup", batch_size=7)
        with self.assertRaisesRegex(ValueError, "mixup mixes pictures and their classes, and --head=tuples has none"):
            training_input(augment="mixup", sampler="tuples", model={"head": "tuples", "negatives": 2})


class DataServiceTest(tf.test.TestCase):
    def test_a_service_of_one_worker_gives_the_same_batches(self):
        service = tf.data.experimental.service
        dispatcher = service.DispatchServer()
        address = dispatcher.target.split("://")[1]
        worker = service.WorkerServer(service.WorkerConfig(dispatcher_address=address))
        here, there = training_input(), training_input(data_service=dispatcher.target)
        for step in (0, 1):
            found = batches(there.epoch(2, step))
            self.assertLen(found, 4 - step)
            for a, b in zip(batches(here.epoch(2, step)), found, strict=True):
                self.assertAllEqual(a["inputs"]["image"], b["inputs"]["image"])
                self.assertAllEqual(a["label"], b["label"])
        del worker


class DamagedRecordsTest(tf.test.TestCase):
    def test_a_shard_of_another_length_is_refused_before_training(self):
        folder = os.path.join(self.get_temp_dir(), "records")
        shutil.copytree(tiny_catalogue.records(), folder)
        shard = Manifest.read(folder).shards[-1]
        os.truncate(os.path.join(folder, shard.file), shard.bytes - 5)
        with self.assertRaisesRegex(ValueError, f"{shard.file} has {shard.bytes - 5} bytes .* tfrecords_tools.verify"):
            ProductInput(folder, Manifest.read(folder), tiny_catalogue.tiny_model(modality="image"))

    def test_a_label_out_of_range_is_named_before_training(self):
        folder = os.path.join(self.get_temp_dir(), "labels")
        shutil.copytree(tiny_catalogue.records(), folder)
        shard = Manifest.read(folder).shards_of([2])[0]
        found = index.read(folder, shard)
        found[1, 3] = 99
        np.save(index.path_of(folder, shard), found)
        message = (
            f"{shard.file}: the record at byte {found[0, 3]} has the label 99, outside 0..15.*tfrecords_tools.verify"
        )
        with self.assertRaisesRegex(ValueError, message):
            training_input(folder=folder)

    def test_a_flipped_byte_stops_training_with_the_command_that_finds_it(self):
        folder = os.path.join(self.get_temp_dir(), "flipped")
        shutil.copytree(tiny_catalogue.records(), folder)
        for shard in Manifest.read(folder).shards_of([2, 3]):
            with open(os.path.join(folder, shard.file), "r+b") as file:
                file.seek(shard.bytes // 2)
                byte = file.read(1)
                file.seek(shard.bytes // 2)
                file.write(bytes([byte[0] ^ 1]))
        run = tiny_catalogue.tiny_run(os.path.join(self.get_temp_dir(), "run"))
        model = tiny_catalogue.tiny_model(modality="image", image_encoder="edges_and_colours")
        training = Training(folder, model, tiny_catalogue.tiny_optimization(), tiny_catalogue.CPU, run)
        with self.assertRaisesRegex(ValueError, "is damaged .*python -m tfrecords_tools.verify --records="):
            training.run()


class EvaluationInputTest(tf.test.TestCase):
    def test_every_record_comes_once_and_the_last_batch_is_padded(self):
        folder = tiny_catalogue.records()
        products = ProductInput(folder, Manifest.read(folder), tiny_catalogue.tiny_model(modality="image"))
        found = batches(products.evaluation([0], 10))
        self.assertEqual([len(batch["image"]) for batch in found], [10, 10])
        present = np.concatenate([batch["has_image"] for batch in found])
        self.assertAllEqual(present, [1.0] * 16 + [0.0] * 4)

"""TensorFlow / Keras: a training step, inference, Grad-CAM of the three-block networks."""
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import protocol
import keras
import tensorflow as tf

L = keras.layers


def network(name):
    """As torch_peer.network; returns the model, its input and its last convolution."""
    founding = name == "three-block"
    channels = [24, 48, 48] if founding else [int(x) for x in name.split("-")]
    x = inputs = keras.Input((128, 431, 1))
    for block, count in enumerate(channels):
        padding = "valid" if founding and block == 0 else "same"
        x = last = L.Conv2D(count, 5 if founding else 3, padding=padding)(x)
        if founding:
            x = L.ReLU()(L.AveragePooling2D(2)(x))
        else:
            x = L.AveragePooling2D(2)(L.ReLU()(x))
    x = L.Flatten()(x)
    if founding:
        x = L.Dropout(0.5)(x)
    x = L.Dense(64, activation="relu")(x)
    if founding:
        x = L.Dropout(0.5)(x)
    return keras.Model(inputs, L.Dense(2, dtype="float32")(x)), inputs, last


def training(net, x, options):
    labels = tf.constant([i % 2 for i in range(options.batch)])
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer = keras.optimizers.Adam(1e-4)
    optimizer.build(net.trainable_variables)

    @tf.function(jit_compile=options.compile == "xla")
    def step():
        with tf.GradientTape() as tape:
            loss = loss_of(labels, net(x, training=True))
        gradients = tape.gradient(loss, net.trainable_variables)
        optimizer.apply_gradients(zip(gradients, net.trainable_variables))
        return loss
    return lambda: step().numpy()


def inference(net, x, options):
    run = tf.function(lambda: net(x, training=False), jit_compile=options.compile == "xla")
    return lambda: run().numpy()


def grad_cam(net, inputs, last, x, options):
    both = keras.Model(inputs, [last, net.output])

    @tf.function(jit_compile=options.compile == "xla")
    def explain(x):
        with tf.GradientTape() as tape:
            activations, scores = both(x, training=False)
            score = scores[:, 1]
        weights = tf.reduce_mean(tape.gradient(score, activations), (1, 2), keepdims=True)
        cam = tf.nn.relu(tf.reduce_sum(weights * activations, -1, keepdims=True))
        return tf.image.resize(cam, (128, 431))
    return lambda: explain(x).numpy()


def main():
    options = protocol.arguments()
    tf.config.threading.set_intra_op_parallelism_threads(options.threads)
    tf.config.threading.set_inter_op_parallelism_threads(options.threads)
    if options.precision == "bf16":
        keras.mixed_precision.set_global_policy("mixed_bfloat16")
    net, inputs, last = network(options.network)
    batch = 1 if options.work == "grad-cam" else options.batch
    x = tf.random.normal((batch, 128, 431, 1), seed=0)
    if options.work == "grad-cam":
        run_once = grad_cam(net, inputs, last, x, options)
    else:
        run_once = {"train": training, "infer": inference}[options.work](net, x, options)
    protocol.serve(run_once, tool=options.tool, items=batch, unit="maps" if batch == 1 else "images",
                   warm_up=options.warm_up,
                   versions={"tensorflow": tf.__version__, "keras": keras.__version__})


if __name__ == "__main__":
    main()

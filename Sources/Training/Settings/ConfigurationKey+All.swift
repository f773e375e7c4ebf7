import Audio
import Features
import Images
import Models
import Networks

extension ConfigurationKey {
  /// Every key of a ``TrainingPlan``, in the order in which a configuration is printed.
  public static let all: [ConfigurationKey] =
    data + windows + features + frontEnds + pictures + network + steps + regularization + augmentation + run

  /// The keys of a part, by the names that they have there: those of `features` are a ``FeatureSpec``'s own.
  static func all(in part: String) -> [ConfigurationKey] {
    all.filter { $0.path.count > 1 && $0.path[0] == part }.map { key in
      ConfigurationKey(
        String(key.name.dropFirst(part.count + 1)), key.kind, key.group, unit: key.unit, key.summary)
    }
  }

  private static let data: [ConfigurationKey] = [
    .init(
      "genres", .list(.text, count: 0...1000), .data, option: "genres",
      "Only these genres; an empty list takes all."),
    .init(
      "split.validFraction", .number(.from(0, below: 1)), .data,
      "Share of the recordings that choose the epoch, where the data set does not say which."),
    .init(
      "split.testFraction", .number(.from(0, below: 1)), .data,
      "Share of the recordings that are kept for the report, where the data set does not say which."),
    .init(
      "split.seed", .optional(.seed), .data,
      "Seed of the division; null is the training's seed."),
    .init(
      "normalization", .choice(FeatureNormalization.Granularity.allCases.map(\.rawValue)), .data,
      "What shares one mean and deviation: each feature bin, each cell of the map, or nothing is standardised."
    ),
  ]

  private static let windows: [ConfigurationKey] = [
    .init(
      "windows.taken", .choice(WindowSettings.Taken.allCases.map(\.rawValue)), .data, option: "windows",
      "Whether all windows of each recording of sound are trained on, or the first. A feature file has the windows that it has."
    ),
    .init(
      "windows.hopSeconds", .optional(.number(.from(0.01, through: 3_600))), .data, unit: "s",
      option: "hop-seconds", "From one window of sound to the next; null sets window after window."),
    .init(
      "windows.most", .integer(0...1_000_000), .data, option: "max-windows",
      "Most windows of a recording, evenly spread from its first to its last; 0 takes each."),
    .init(
      "windowsPerRecording", .integer(0...1_000_000), .data, option: "windows-per-recording",
      "Windows of each recording that an epoch draws, other ones each time where there are more, so that each recording weighs "
        + "the same; 0 is the mean number of windows of the training recordings, rounded up."),
  ]

  private static let features: [ConfigurationKey] = [
    .init(
      "features.version", .integer(1...FeatureSpec.currentVersion), .data, "Version of this description."),
    .init(
      "features.kind", .choice(FeatureSpec.Kind.allCases.map(\.rawValue)), .data,
      "What a row of the map is: a cepstral coefficient, a mel band in dB, a row of a mel map smoothed to a few "
        + "coefficients, or a mel band under another logarithm. Features are those of sound; the maps of a feature "
        + "file must be what is set here."),
    .init(
      "features.binCount", .integer(1...32_768), .data,
      "Coefficients kept, mel bands, or rows of a smoothed mel map; at most melBandCount."),
    .init(
      "features.coefficientCount", .optional(.integer(1...32_768)), .data,
      "Cepstral coefficients that a smoothed mel map keeps, at most binCount; null for other kinds."),
    .init(
      "features.sampleRateHz", .integer(1_000...384_000), .data, unit: "Hz", "Rate of the resampled sound."),
    .init(
      "features.sampleCount", .integer(1...1_382_400_000), .data, unit: "samples",
      "Length of a window; 220500 are 10 s at 22050 Hz."),
    .init(
      "features.fftLength", .integer(32...65_536), .data, unit: "samples",
      "Length of the Fourier transform; powers of two are fastest."),
    .init(
      "features.hopLength", .integer(1...65_536), .data, unit: "samples", "Step from one frame to the next."),
    .init(
      "features.melBandCount", .integer(1...32_768), .data,
      "Mel bands; at most half of fftLength."),
    .init("features.minimumHz", .number(.atLeast(0)), .data, unit: "Hz", "Lower edge of the mel bands."),
    .init(
      "features.maximumHz", .optional(.number(.above(0))), .data, unit: "Hz",
      "Upper edge of the mel bands; null is half of sampleRateHz."),
    .init(
      "features.topDecibels", .optional(.number(.above(0, through: 1_000))), .data, unit: "dB",
      "Range kept below the loudest value of a window; null keeps all."),
    .init(
      "features.mono", .optional(.choice(ChannelMix.allCases.dropFirst().map(\.rawValue))), .data,
      "How the channels of a file become one: null is their mean; or the loudest over the whole file (decoded twice), the first "
        + "(left) or the second (right)."),
  ]

  /// Features of other programs' front ends; null is librosa's.
  static let frontEnds: [ConfigurationKey] = [
    choice(
      "framing", of: Framing.self,
      "Where frames are: null centres them between zeros; the ends may be mirrored (symmetric: with the end samples twice) or repeated; "
        + "or frames lie inside the window, or are transforms that are not centred (librosa's center=False)."
    ),
    choice(
      "window", of: FrameWindow.self, "What a frame is multiplied by: null is the periodic Hann window."),
    .init(
      "features.windowLength", .optional(.integer(2...65_536)), .data, unit: "samples",
      "Length of a frame, at most fftLength; null is fftLength."),
    .init(
      "features.removesMean", .optional(.boolean), .data,
      "Whether the mean is taken off each frame, as Kaldi does; null does not."),
    .init(
      "features.preemphasis", .optional(.number(.from(0, through: 1))), .data,
      "Share of the previous sample that is taken off each one within a frame, Kaldi's is 0.97; null is 0."),
    choice("spectrum", of: FeatureSpec.Spectrum.self, "What mel bands add up: null is the power."),
    choice("melScale", of: MelFilterBank.Scale.self, "The mel scale: null is Slaney's."),
    choice(
      "melNorm", of: MelFilterBank.Norm.self,
      "Height of the mel filters: null is Slaney's, of equal area; none has peaks of 1; or the sum, the Euclidean norm or the maximum "
        + "of the weights is 1."),
    choice(
      "melSlopes", of: MelFilterBank.Slopes.self,
      "Where the sides of mel filters are straight: null is in Hz; or in mel, as TensorFlow's and Kaldi's."),
    .init(
      "features.logarithm", .optional(.text), .data,
      "The formula of mel values x: FUNCTION(1 + K x), FUNCTION(x + E) or FUNCTION(max(x, E)) with ln or log10 and any numbers, or "
        + "decibels, as 20 log10(max(x, 1e-05)) or 10 log10(max(x, 1e-10) / loudest), where / and a number or loudest is what 0 dB is; "
        + "null is 10 log10(max(x, 1e-10)). Formulas that are no decibels need topDecibels null."),
    choice(
      "cosineScaling", of: DiscreteCosineTransform.Scaling.self,
      "Scale of the MFCC: null is orthonormal; or uniform, as TensorFlow's."),
  ]

  /// What pictures become; null is the default.
  static let pictures: [ConfigurationKey] = [
    .init(
      "pictures.height", .optional(.integer(8...1_024)), .data, unit: "pixels",
      "Rows of the network's input, for a folder of pictures; null is the size of the pictures where all have one of at most "
        + "\(PictureSettings.largestOwnSize), else \(PictureSettings.usualSize)."),
    .init(
      "pictures.width", .optional(.integer(8...1_024)), .data, unit: "pixels",
      "Columns; null is as many as rows, or as above."),
    .init(
      "pictures.fit", .optional(.choice(PictureSettings.Fit.allCases.dropFirst().map(\.rawValue))), .data,
      "What becomes of pictures in other proportions: null cuts out the middle, stretch resizes both sides."),
    .init(
      "pictures.interpolation",
      .optional(.choice(PictureSpec.Interpolation.allCases.dropFirst().map(\.rawValue))), .data,
      "How pictures are resized: null is bilinear."),
    .init(
      "pictures.mirror", .optional(.boolean), .augmentation,
      "Whether a step sees half of the pictures mirrored, left for right; null does not."),
    .init(
      "pictures.shift", .optional(.integer(0...512)), .augmentation, unit: "pixels",
      "Longest shift of a picture in a step, down or up and across, in pixels of the input; null is 0."),
  ]

  /// A name other than the default, which is null.
  private static func choice<Value: RawRepresentable<String> & CaseIterable>(
    _ name: String, of type: Value.Type, _ summary: String
  ) -> ConfigurationKey {
    .init(
      "features.\(name)", .optional(.choice(type.allCases.dropFirst().map(\.rawValue))), .data, summary)
  }

  private static let network: [ConfigurationKey] = [
    .init(
      "architecture", .choice(NetworkCatalogue.names), .network, option: "architecture",
      "The network by its name (docs/networks.md); the other keys here belong to three-block."),
    .init(
      "headUnits", .optional(.list(.integer(1...65_536), count: 1...8)), .network,
      "With --features-of: units of the hidden dense layers of the new head; null is a linear classifier."),
    .init(
      "network.channels", .list(.integer(1...65_536), count: 1...64), .network,
      "Output channels of each convolution; as many blocks as numbers."),
    .init(
      "network.kernel", .list(.integer(1...4_096), count: 2...2), .network, unit: "bins, frames",
      "Extents of every convolution's kernel."),
    .init(
      "network.firstSame", .boolean, .network,
      "Whether the first convolution is padded as the others are; needed where the map has few rows."),
    .init(
      "network.pooling", .choice(["average", "maximum"]), .network,
      "What a pooling window becomes."),
    .init(
      "network.pools", .list(.list(.integer(1...4_096), count: 2...2), count: 0...64), .network,
      unit: "bins, frames",
      "Pooling window of each block; the last one serves the blocks after it, none leaves pooling out."),
    .init(
      "network.order", .choice(ThreeBlockOptions.Order.allCases.map(\.rawValue)), .network,
      "What comes first after a convolution."),
    .init("network.batchNormalization", .boolean, .network, "Batch normalisation after each convolution."),
    .init(
      "network.head", .choice(ThreeBlockOptions.Head.allCases.map(\.rawValue)), .network,
      "What stands between the last block and the dense layers."),
    .init(
      "network.hiddenUnits", .integer(0...1_000_000), .network,
      "Size of the hidden dense layer; 0 leaves it out."),
    .init(
      "network.dropout", .number(.from(0, below: 1)), .network, option: "dropout",
      "Probability that a unit before a dense layer is left out of a step."),
  ]

  private static let steps: [ConfigurationKey] = [
    .init(
      "epochs", .integer(1...100_000), .steps, option: "epochs",
      "Passes over the training data at most."),
    .init(
      "batchSize", .integer(1...65_536), .steps, option: "batch-size", "Windows of one step."),
    .init(
      "learningRate", .number(.above(0, through: 10)), .steps, option: "learning-rate",
      "The optimizer's step, before the schedule's factor; with one-cycle the highest one."),
    .init(
      "optimizer", .choice(OptimizerKind.allCases.map(\.rawValue)), .steps, option: "optimizer",
      "How gradients become steps."),
    .init(
      "momentum", .number(.from(0, below: 1)), .steps, option: "momentum",
      "sgd: share of the last change that the next one keeps; 0 is plain gradient descent."),
    .init("nesterov", .boolean, .steps, "sgd: Nesterov's momentum."),
    .init("adamBeta1", .number(.from(0, below: 1)), .steps, "adam: decay of the mean of the gradient."),
    .init("adamBeta2", .number(.from(0, below: 1)), .steps, "adam: decay of the mean of its square."),
    .init("adamEpsilon", .number(.above(0)), .steps, "adam: 1e-8 as PyTorch, 1e-7 as Keras."),
    .init(
      "frozenLayers", .optional(.list(.text, count: 1...10_000)), .steps, option: "frozen-layers",
      "Layers whose weights and statistics stay as they are: by name, by that of a group (block5 has block5.conv1), or by a "
        + "beginning and a star; null is none."),
    .init(
      "layerRates", .optional(.factors(.from(0, through: 1_000))), .steps,
      "Factors of the learning rate of layers that are named in the same way, the longest name first; 0 freezes, null is none."
    ),
    .init(
      "gradientClipNorm", .number(.atLeast(0)), .steps, option: "gradient-clip-norm",
      "Largest norm of the whole gradient; a longer one is scaled down to it. 0 is no limit."),
    .init(
      "schedule", .choice(LearningRateSchedule.allCases.map(\.rawValue)), .steps, option: "schedule",
      "How the learning rate moves over the training, after the warm-up."),
    .init(
      "warmupEpochs", .number(.atLeast(0)), .steps, unit: "epochs", option: "warmup-epochs",
      "Over these the learning rate rises linearly from zero."),
    .init(
      "stepDecay.epochs", .integer(1...100_000), .steps, "step: epochs from one fall of the rate to the next."
    ),
    .init(
      "stepDecay.factor", .number(.above(0, through: 1)), .steps, "step: what the rate is multiplied by."),
    .init("plateau.factor", .number(.above(0, below: 1)), .steps, "plateau: what the rate is multiplied by."),
    .init(
      "plateau.patience", .integer(0...100_000), .steps, unit: "epochs",
      "plateau: epochs without a better validation loss that are waited for; the rate falls after the next one."
    ),
    .init(
      "plateau.threshold", .number(.from(0, below: 1)), .steps,
      "plateau: least share by which a loss must be lower to count as better."),
    .init(
      "plateau.cooldown", .integer(0...100_000), .steps, unit: "epochs",
      "plateau: epochs after a fall that do not count."),
    .init("plateau.minimumRate", .number(.atLeast(0)), .steps, "plateau: the rate does not fall below it."),
    .init(
      "oneCycle.risingShare", .number(.from(0, through: 1)), .steps,
      "one-cycle: share of the steps in which the rate rises."),
    .init(
      "oneCycle.startDivisor", .number(.atLeast(1)), .steps,
      "one-cycle: the first rate is the learning rate divided by this."),
    .init(
      "oneCycle.endDivisor", .number(.atLeast(1)), .steps,
      "one-cycle: the last rate is the first one divided by this."),
    .init(
      "oneCycle.cyclesMomentum", .boolean, .steps,
      "one-cycle: whether the momentum (adam: beta1) moves against the rate, in place of momentum and adamBeta1."
    ),
    .init(
      "oneCycle.lowestMomentum", .number(.above(0, below: 1)), .steps,
      "one-cycle: the momentum at the highest rate."),
    .init(
      "oneCycle.highestMomentum", .number(.above(0, below: 1)), .steps,
      "one-cycle: the momentum at the first and the last rate."),
  ]

  private static let regularization: [ConfigurationKey] = [
    .init(
      "weightDecay", .number(.atLeast(0)), .regularization, option: "weight-decay",
      "Weight decay: decoupled with adam (AdamW), PyTorch's L2 term with sgd; biases and batch normalisation do not decay."
    ),
    .init(
      "labelSmoothing", .number(.from(0, below: 1)), .regularization, option: "label-smoothing",
      "Share of each target that is spread over all classes."),
    .init(
      "classWeights", .weights(["none", "balanced"], .above(0, through: 1_000_000)), .regularization,
      option: "class-weights",
      "What a recording of each genre counts in the training loss; balanced makes every genre count the same."
    ),
    .init(
      "balancedSampling", .boolean, .regularization, option: "balanced-sampling",
      "Whether each epoch draws every genre equally often: recordings of a rare one are repeated."),
    .init(
      "averagingDecay", .number(.from(0, below: 1)), .regularization, option: "averaging-decay",
      "Decay of a moving average of the weights, which is then validated and kept; 0 is none."),
    .init(
      "averagingWarmup", .boolean, .regularization,
      "Whether the average starts with a smaller decay, (t + 1) / (t + 10) in step t, and so forgets the first weights."
    ),
  ]

  private static let augmentation: [ConfigurationKey] = [
    .init(
      "cropFrames", .integer(0...1_048_576), .augmentation, unit: "frames",
      "Length of the random stretch of each map that a step sees and the network takes; 0 is the whole map. Evaluation "
        + "averages over stretches that cover the map."),
    .init(
      "augmentation.timeStretch", .number(.atLeast(0)), .augmentation,
      "Time runs faster or slower by a factor of up to 1 + this."),
    .init(
      "augmentation.timeShiftFrames", .integer(0...1_000_000), .augmentation, unit: "frames",
      "Longest shift in time, either way."),
    .init(
      "augmentation.timeShiftWraps", .boolean, .augmentation,
      "Whether a shifted map wraps around; else the training mean moves in."),
    .init(
      "augmentation.mixup", .number(.atLeast(0)), .augmentation,
      "Parameter of the Beta distribution of mixup's weight; 0 is off."),
    .init(
      "augmentation.cutmix", .number(.from(0, through: 1)), .augmentation,
      "Probability that a stretch of time comes from another clip of the batch."),
    .init(
      "augmentation.gain", .number(.atLeast(0)), .augmentation, unit: "deviations",
      "Deviation of a normal value added to bin 0 of a clip, of mel maps to every row: loudness."),
    .init(
      "augmentation.tilt", .number(.atLeast(0)), .augmentation, unit: "deviations",
      "Deviation of normal values added to bins 1 to tiltBins (mel maps: cosines over the rows): colour of the recording."
    ),
    .init(
      "augmentation.tiltBins", .integer(0...1_000_000), .augmentation, unit: "bins", "Bins that tilt changes."
    ),
    .init(
      "augmentation.noise", .number(.atLeast(0)), .augmentation, unit: "deviations",
      "Deviation of normal noise added to each cell."),
    .init(
      "augmentation.timeMaskCount", .integer(0...1_000_000), .augmentation,
      "Masks in time (SpecAugment)."),
    .init(
      "augmentation.timeMaskFrames", .integer(0...1_000_000), .augmentation, unit: "frames",
      "Longest mask in time; 0 is off."),
    .init(
      "augmentation.melMaskCount", .integer(0...1_000_000), .augmentation,
      "Masks over mel bands (SpecAugment), before the DCT also on MFCC maps."),
    .init(
      "augmentation.melMaskBands", .integer(0...1_000_000), .augmentation, unit: "bands",
      "Most mel bands of one such mask; 0 is off."),
    .init(
      "augmentation.binMaskBins", .integer(0...1_000_000), .augmentation, unit: "bins",
      "Longest mask over neighbouring bins; 0 is off."),
    .init(
      "augmentation.binDrop", .number(.from(0, through: 1)), .augmentation,
      "Probability that a bin is set to the training mean in a whole clip."),
  ]

  private static let run: [ConfigurationKey] = [
    .init(
      "patience", .integer(1...100_000), .run, unit: "epochs", option: "patience",
      "Epochs without a better validation loss before training stops."),
    .init(
      "precision", .choice(["float32", "bfloat16"]), .run, option: "precision",
      "What convolutions work on in training; bfloat16 is faster and needs a processor with AVX-512 BF16."),
    .init(
      "seed", .seed, .run, option: "seed",
      "Seed of weights, order, dropout and augmentation, and of the division of a data set without splits."),
  ]
}

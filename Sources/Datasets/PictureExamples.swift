public import Files
import Foundation
public import Images
public import Tensors

/// The pictures of a data set as a network's inputs, decoded once and kept in memory: the data of a training loop.
///
/// ```swift
/// var examples = try PictureExamples(dataset, spec: .unit)
/// (examples.mirrors, examples.maximumShift) = (true, 4)        // what the founding networks were trained with
/// let train = examples.examples(in: .train)
/// let result = Trainer(configuration).fit(network, source: examples, train: train, valid: examples.examples(in: .valid))
/// ```
///
/// An *example* is a position in ``clips``. Memory: 12 H W bytes for each, refused above `MemoryLimit`.
public struct PictureExamples: Sendable {
  public private(set) var spec: PictureSpec
  /// Class names: position is class index.
  public let classNames: [String]
  /// The pictures that could be read.
  public let clips: [Clip]
  /// The class index of each example.
  public let labels: [Int]
  /// Files that could not be read, and why.
  public let leftOut: [LeftOutInput]
  /// Notes about damaged pictures that were read nevertheless, with their paths.
  public let notes: [String]
  /// The shape of one input, `[3, H, W]`.
  public let mapShape: Shape
  /// Whether training sees half of the pictures mirrored, left for right.
  public var mirrors = false
  /// By how many cells training moves a picture at most, down or up and across; what is moved in is 0 after normalisation.
  public var maximumShift = 0
  /// All inputs, one after another.
  private var values: [Float]

  /// Decodes the pictures in parallel; what cannot be read is left out.
  ///
  /// Throws if the input's size depends on the picture or is too large for `MemoryLimit`, a clip has a label that is not among the names, no
  /// picture can be read, or the job was cancelled.
  ///
  /// - Parameters:
  ///   - classNames: the class names of a trained model; nil uses the data set's own, sorted.
  ///   - threads: pictures decoded at the same time; nil is one for each processor.
  public init(
    _ dataset: Dataset, spec: PictureSpec, classNames: [String]? = nil,
    threads: Int? = nil, job: Job = Job()
  ) throws(CodedError) {
    try spec.validate()
    guard let shape = spec.inputShape else {
      throw CodedError(.invalidSpec, "pictures of one size are needed: give the spec a size or a crop")
    }
    let names = classNames ?? dataset.labels
    let refusal = MemoryLimit.refusal(
      of: dataset.clips.count.counted("picture"), byteCount: 4 * Double(shape.count * dataset.clips.count),
      operations: 0)
    if let refusal { throw CodedError(.tooLarge, refusal, path: dataset.path) }
    for clip in dataset.clips where !names.contains(clip.label) {
      throw CodedError(
        .unknownLabel, "class '\(clip.label)' is not one of \(names.joined(separator: ", "))",
        path: dataset.path, line: clip.line)
    }
    var values = [Float](repeating: 0, count: shape.count * dataset.clips.count)
    let read = try Self.read(
      dataset, spec, into: &values,
      threads: threads ?? ProcessInfo.processInfo.activeProcessorCount, job)
    var (clips, labels, leftOut, notes): ([Clip], [Int], [LeftOutInput], [String]) = ([], [], [], [])
    for (index, (clip, result)) in zip(dataset.clips, read).enumerated() {
      let path = clip.path ?? clip.name
      switch result {
      case .success(let own):
        if clips.count < index {
          Self.move(shape.count, in: &values, from: index, to: clips.count)
        }
        clips.append(clip)
        labels.append(names.firstIndex(of: clip.label) ?? 0)
        notes += own.map { "\(path.shown): \($0)" }
      case .failure(let error):
        leftOut.append(LeftOutInput(path: path, code: error.code.rawValue, reason: error.message))
      }
    }
    values.removeLast(values.count - shape.count * clips.count)
    guard !clips.isEmpty else {
      let first = leftOut.first.map { ": \($0.path.shown): \($0.reason)" } ?? ""
      throw CodedError(.allFailed, "no picture can be read\(first)", path: dataset.path)
    }
    (self.spec, self.classNames, self.clips, self.labels) = (spec, names, clips, labels)
    (self.leftOut, self.notes, self.mapShape, self.values) = (leftOut, notes, shape, values)
  }

  private static func move(_ count: Int, in values: inout [Float], from: Int, to: Int) {
    for offset in 0..<count { values[to * count + offset] = values[from * count + offset] }
  }

  /// The inputs of the clips into the values, each in its place, and each one's notes, or why there is none.
  private static func read(
    _ dataset: Dataset, _ spec: PictureSpec, into values: inout [Float], threads: Int, _ job: Job
  ) throws(CodedError) -> [Result<[String], CodedError>] {
    let paths = dataset.clips.map { $0.path ?? $0.name }
    var results = [Result<[String], CodedError>?](repeating: nil, count: paths.count)
    var done = 0
    try ParallelWork(threads: threads, path: dataset.path).run(
      paths.count, job: job,
      { index, _ -> Result<(tensor: Tensor, notes: [String]), CodedError> in
        do throws(CodedError) {
          let picture = try Picture(path: paths[index])
          return .success((try spec.input(of: picture), picture.notes))
        } catch {
          return .failure(error)
        }
      },
      collect: { index, result throws(CodedError) in
        results[index] = result.map(\.notes)
        if case .success(let input) = result {
          let start = index * input.tensor.count
          for (offset, value) in input.tensor.values.enumerated() { values[start + offset] = value }
        }
        done += 1
        job.tell("pictures", done, of: paths.count)
      })
    return results.compactMap(\.self)
  }

  /// The mean and the population standard deviation of each channel over some examples; a deviation below 1e-6 counts as 1.
  ///
  /// Traps without examples.
  public func channelStatistics(_ examples: [Int]) -> (mean: [Float], deviation: [Float]) {
    demand(!examples.isEmpty, "no picture to take the mean of")
    let size = mapShape.count / mapShape[0]
    let count = Double(size * examples.count)
    let channels = (0..<mapShape[0]).map { channel -> (mean: Float, deviation: Float) in
      // Of values between 0 and 1 both sums are exact enough in double precision; each picture's are added first.
      var (sum, squares) = (0.0, 0.0)
      for example in examples {
        var (own, ownSquares) = (0.0, 0.0)
        let start = example * mapShape.count + channel * size
        for value in values[start..<start + size] {
          own += Double(value)
          ownSquares += Double(value) * Double(value)
        }
        (sum, squares) = (sum + own, squares + ownSquares)
      }
      let mean = sum / count
      let deviation = max(0, squares / count - mean * mean).squareRoot()
      return (Float(mean), deviation < 1e-6 ? 1 : Float(deviation))
    }
    return (channels.map(\.mean), channels.map(\.deviation))
  }

  /// The same examples with each channel less its mean, divided by its deviation, as a spec with these gives them, to the bit. Traps
  /// unless the spec has none so far.
  public func standardized(mean: [Float], deviation: [Float]) -> PictureExamples {
    var result = self
    result.standardize(mean: mean, deviation: deviation)
    return result
  }

  /// ``standardized(mean:deviation:)`` in place, without a second copy of the inputs.
  public mutating func standardize(mean: [Float], deviation: [Float]) {
    demand(
      spec.mean == [0, 0, 0] && spec.deviation == [1, 1, 1] && mean.count == 3 && deviation.count == 3,
      "means \(mean) and deviations \(deviation) of pictures that have \(spec.mean) and \(spec.deviation)")
    (spec.mean, spec.deviation) = (mean, deviation)
    let size = mapShape.count / mapShape[0]
    for index in values.indices {
      let channel = index / size % 3
      values[index] = (values[index] - mean[channel]) / deviation[channel]
    }
  }

  /// The examples of one split, in order.
  public func examples(in split: Split) -> [Int] { clips.indices.filter { clips[$0].split == split } }

  /// The inputs `[N, 3, H, W]` of examples.
  public func inputs(_ examples: [Int]) -> Tensor {
    Tensor(shape: Shape([examples.count] + mapShape.dimensions)) { batch in
      for (position, example) in examples.enumerated() {
        copy(example, mirrored: false, down: 0, across: 0, into: &batch, at: position * mapShape.count)
      }
    }
  }

  /// Whether training batches are mirrored or moved.
  public var changesExamples: Bool { mirrors || maximumShift > 0 }

  /// The same after ``mirrors`` and ``maximumShift``, with the targets as they are. The same seed gives the same batch.
  public func trainingBatch(
    _ examples: [Int], targets: Tensor, seed: UInt64
  ) -> (inputs: Tensor, targets: Tensor) {
    var generator = SeededGenerator(seed: seed, stream: 0x1CED)
    let inputs = Tensor(shape: Shape([examples.count] + mapShape.dimensions)) { batch in
      for (position, example) in examples.enumerated() {
        let mirrored = mirrors && generator.index(below: 2) == 1
        let down = generator.index(below: 2 * maximumShift + 1) - maximumShift
        let across = generator.index(below: 2 * maximumShift + 1) - maximumShift
        copy(
          example, mirrored: mirrored, down: down, across: across, into: &batch,
          at: position * mapShape.count)
      }
    }
    return (inputs, targets)
  }

  private func copy(
    _ example: Int, mirrored: Bool, down: Int, across: Int, into batch: inout MutableSpan<Float>,
    at start: Int
  ) {
    let (height, width) = (mapShape[1], mapShape[2])
    let source = values.span.extracting(example * mapShape.count..<(example + 1) * mapShape.count)
    for row in 0..<mapShape[0] * height {
      let (channel, y) = row.quotientAndRemainder(dividingBy: height)
      let from = y - down
      let target = start + row * width
      guard (0..<height).contains(from) else {
        for x in 0..<width { batch[target + x] = 0 }
        continue
      }
      let line = (channel * height + from) * width
      for x in 0..<width {
        let column = (mirrored ? width - 1 - x : x) - across
        batch[target + x] = (0..<width).contains(column) ? source[line + column] : 0
      }
    }
  }
}

extension Dataset {
  /// Pictures whose size is looked at.
  private static let sampledPictures = 64

  /// The size that all pictures of the data set have, judged by up to 64 evenly spaced ones; nil if they have several, and for
  /// ones that cannot be read.
  package var pictureSize: PictureSpec.Size? {
    let number = min(Self.sampledPictures, clips.count)
    var found: PictureSpec.Size?
    for index in 0..<number {
      let clip = clips[number > 1 ? index * (clips.count - 1) / (number - 1) : 0]
      guard let picture = try? Picture(path: clip.path ?? clip.name) else { continue }
      let size = PictureSpec.Size(height: picture.height, width: picture.width)
      if let found, found != size { return nil }
      found = size
    }
    return found
  }
}

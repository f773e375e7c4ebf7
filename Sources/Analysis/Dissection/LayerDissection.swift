import Explanation
import Features
package import Files
import Images
package import Models
import Networks
import Statistics
package import Tensors

/// Dissects a layer in two passes over the data: the first finds the thresholds of the channels and what is usual in the data, the second
/// counts cells. Memory does not grow with the data.
package struct LayerDissection: Sendable {
  package let model: GenreModel
  package let data: DissectionData
  package let options: DissectionOptions
  package let layer: String
  /// The model's, and one with random weights.
  private let networks: [Network]
  private let layout: MapLayout
  private let inputName: String
  /// Of the input's map.
  package let rows: Int
  package let columns: Int
  private let passSize: Int

  /// Groups whose concepts are exchanged with each other.
  static let blockSize = 32
  /// Places of each channel that are shown.
  static let exampleCount = 4

  package init(_ model: GenreModel, _ data: DissectionData, _ options: DissectionOptions) throws {
    (self.model, self.data, self.options) = (model, data, options)
    let network = model.network
    let names = MapLayout.layerNames(of: network)
    guard let layer = options.layer ?? MapLayout.usualLayer(of: network) else {
      throw CodedError(.badInput, "the network has no layer with a map")
    }
    guard names.contains(layer), let layout = MapLayout(of: layer, in: network) else {
      throw CodedError(
        .usage, "no layer '\(layer)' with a map; the layers are \(names.joined(separator: ", "))")
    }
    (self.layer, self.layout) = (layer, layout)
    inputName = network.architecture.inputs[0].name
    guard let input = MapLayout(of: inputName, in: network) else {
      throw CodedError(.badInput, "the network's input is no map")
    }
    (rows, columns) = (input.shape[1], input.shape[2])
    networks = [network, try Network(network.architecture, seed: options.seed)]
    passSize = network.passSize(upTo: 8)
  }

  package var channelCount: Int { layout.shape[0] }
  package var mapShape: Shape { layout.shape }

  /// What the first pass finds.
  private struct Usual: Sendable {
    /// For each network, of each channel.
    var thresholds: [[Float]]
    var sound: SoundConcepts?
    var pictures: PictureConcepts?

    var concepts: [Concept] { sound?.concepts ?? pictures?.concepts ?? [] }
  }

  /// Activations `[C, f, t]` of items, for each network. Throws for values that are not finite.
  private func activations(_ items: [DissectionData.Item], of networks: [Network]) throws -> [[Tensor]] {
    try networks.map { network in
      var maps: [Tensor] = []
      for start in stride(from: 0, to: items.count, by: passSize) {
        let piece = items[start..<min(items.count, start + passSize)]
        let batch = Tensor.stack(piece.map { $0.input.reshaped(network.inputShape) })
        let values = layout.maps(network.forward(batch, observing: [layer]).activation(at: layer))
        guard values.isFinite else {
          throw CodedError(
            .notFinite, "values of \(layer) are not finite: the weights or the input are damaged",
            path: piece.first?.path ?? "")
        }
        maps += piece.indices.map { values.item($0 - piece.startIndex) }
      }
      return maps
    }
  }

  // MARK: - The passes

  /// Reads all groups side by side, and hands each over in order.
  private func pass<Value: Sendable>(
    _ stage: String, _ job: Job,
    _ body: @escaping @Sendable (DissectionData.Read) throws -> Value,
    each: (Int, DissectionData.Read, Value) throws -> Void
  ) throws {
    let data = data
    let work = try OrderedWork { try data.reader() }
    try work.run(
      data.groups.count, job: job,
      { reader, group -> (DissectionData.Read, Value) in
        defer { data.releaseMemory() }
        let read = try data.read(group, by: reader, job)
        return (read, try body(read))
      },
      each: { group, result in
        let (read, value) = try result.get()
        try each(group, read, value)
        job.tell(stage, group + 1, of: data.groups.count)
      })
  }

  /// Dissects the layer. Throws `interrupted` if the job is cancelled.
  ///
  /// - Returns: the result, without facts, and for each example shown its place in the data: group and number of the item.
  package func run(_ job: Job) throws -> (dissection: Dissection, places: [[Place]]) {
    var leftOut: [LeftOutInput] = []
    let usual = try firstPass(job) { leftOut = $0 }
    let concepts = usual.concepts
    let found = try secondPass(usual, job)
    let namings = found.counts.map { ChannelNaming($0, options) }
    let (own, random) = (namings[0], namings[1])
    let chance = own.byChance()
    func mean(_ counts: [Int]) -> Double { Double(counts.reduce(0, +)) / Double(max(1, counts.count)) }
    let (names, randomNames) = (own.names, random.names)
    var dissection = Dissection(
      control: Dissection.Control(
        namedByChance: mean(chance.named), mostNamedByChance: chance.named.max() ?? 0,
        detectors: own.detectors, detectorsByChance: mean(chance.detectors),
        namedByRandomWeights: randomNames.count { $0 != nil }, detectorsByRandomWeights: random.detectors))
    dissection.layer = layer
    dissection.channels = own.channels(concepts, thresholds: usual.thresholds[0])
    let cells = Double(found.inputCount * rows * columns)
    dissection.concepts = concepts.enumerated().map { index, concept in
      Dissection.ConceptCount(
        concept: concept, share: Double(own.counts.conceptAreas[index]) / max(1, cells),
        channelCount: names.count { $0 == index }, randomCount: randomNames.count { $0 == index })
    }
    for channel in dissection.channels.indices {
      dissection.channels[channel].examples = found.best[channel].map(\.example)
    }
    dissection.leftOut = leftOut
    dissection.notes = data.notes
    let absent = dissection.concepts.filter { $0.concept.kind == .mask && $0.share == 0 }.map(
      \.concept.name.shown)
    if !absent.isEmpty {
      dissection.notes.append(
        "no picture has a mark of \(absent.joined(separator: ", ")): a mask has the name of its picture and ends in .png"
      )
    }
    if data.groups.count < 8 {
      dissection.notes.append(
        "\(data.groups.count.counted("group")) of recordings or pictures: too few for names that are better than chance"
      )
    }
    dissection.facts = facts(inputCount: found.inputCount)
    return (dissection, found.best.map { $0.map(\.place) })
  }

  private func facts(inputCount: Int) -> [AnalysisResult.Fact] {
    let what = model.pictureSpec == nil ? "windows" : "pictures"
    return [
      .init("Layer", "\(layer), \(channelCount) channels of \(layout.shape[1]) x \(layout.shape[2])"),
      .init(
        "Data",
        "\(data.recordingCount.counted("recording")), \(inputCount) \(what), \(data.groups.count) groups"),
      .init(
        "A response", "the highest \((100 * options.share).shortText(upTo: 3)) % of a channel's activations"),
      .init(
        "A name",
        "corrected p at most \(options.level.shortText(upTo: 3)), agreement at least \(options.leastAgreement.shortText(upTo: 3))"
      ),
      .init("Chance", "\(options.exchangeCount) exchanges of the concepts of groups; p by maxT"),
      .init("Intervals", "95 %, percentile bootstrap over groups, \(options.resampleCount) resamples"),
      .init("Seed", "\(options.seed)"),
    ]
  }

  private func requireMemory(conceptCount: Int) throws(CodedError) {
    let bytes = DissectionCounts.byteCount(
      channels: channelCount, concepts: conceptCount, exchanges: options.exchangeCount,
      resamples: options.resampleCount, blockSize: Self.blockSize)
    if let refusal = MemoryLimit.refusal(
      of: "\(channelCount) channels by \(conceptCount) concepts by \(options.exchangeCount) exchanges",
      byteCount: 2 * bytes, operations: 0)
    {
      throw CodedError(.tooLarge, refusal)
    }
  }

  private func firstPass(_ job: Job, _ leftOut: ([LeftOutInput]) -> Void) throws -> Usual {
    var quantiles = networks.map { _ in Array(repeating: ActivationQuantile(), count: channelCount) }
    var sound: SoundConcepts?
    var pictures: PictureConcepts?
    if model.pictureSpec == nil {
      sound = SoundConcepts(
        spec: model.featureSpec, rowCount: rows, labels: data.labels, hasRows: layout.shape[1] > 1)
    } else {
      pictures = PictureConcepts(labels: data.labels, maskNames: data.maskNames)
    }
    try requireMemory(conceptCount: (sound?.concepts ?? pictures?.concepts ?? []).count)
    var (missing, count): ([LeftOutInput], Int) = ([], 0)
    let (networks, size) = (networks, layout.positionCount)
    try pass("thresholds", job) {
      try self.activations($0.items, of: networks)
    } each: { _, read, maps in
      missing += read.leftOut
      count += read.items.count
      for item in read.items { if let map = item.map { sound?.add(map) } }
      for (network, maps) in maps.enumerated() {
        for map in maps {
          let values = map.values.span
          for channel in quantiles[network].indices {
            quantiles[network][channel].add(values.extracting(channel * size..<(channel + 1) * size))
          }
        }
      }
    }
    guard count > 0 else {
      throw CodedError(
        .badInput,
        "none of \(data.recordingCount) could be read; the first: \(missing.first?.reason ?? "")")
    }
    leftOut(missing)
    return Usual(
      thresholds: quantiles.map { $0.map { $0.threshold(share: options.share) } }, sound: sound,
      pictures: pictures)
  }

  /// Where an example is.
  package struct Place: Sendable, Hashable {
    package let group: Int
    package let item: Int
  }

  private struct Found {
    var counts: [DissectionCounts]
    var best: [[(place: Place, example: Dissection.Example)]]
    var inputCount = 0
  }

  /// A group for the counts of each network, and the largest value of each channel in each item.
  private typealias Located = (groups: [DissectionCounts.Group], peaks: [[Float]])

  private func located(_ read: DissectionData.Read, _ usual: Usual) throws -> Located {
    let concepts = try read.items.map { item in
      if let map = item.map, let sound = usual.sound { return sound.locate(map, label: item.label) }
      let spec = try model.requirePictures()
      return usual.pictures?.locate(
        spec.picture(of: item.input), label: item.label, masks: item.masks) ?? ConceptMap(whole: [])
    }
    let maps = try activations(read.items, of: networks)
    var peaks: [[Float]] = []
    let groups = maps.enumerated().map { network, maps in
      DissectionCounts.Group(
        regions: maps.map { map in
          let (regions, own) = regions(map, usual.thresholds[network])
          if network == 0 { peaks.append(own) }
          return regions
        }, concepts: concepts)
    }
    return (groups, peaks)
  }

  private func regions(_ map: Tensor, _ thresholds: [Float]) -> (regions: [ChannelRegion], peaks: [Float]) {
    var peaks: [Float] = []
    let regions = thresholds.enumerated().map { channel, threshold in
      let own = map.item(channel)
      let peak = own.values.max() ?? 0
      peaks.append(peak)
      // Interpolated values are never above it.
      guard peak >= threshold else { return ChannelRegion() }
      let resized = bilinearlyResized(own, to: [rows, columns])
      return ChannelRegion(of: resized.values.span, columns: columns, threshold: threshold)
    }
    return (regions, peaks)
  }

  private func secondPass(_ usual: Usual, _ job: Job) throws -> Found {
    let empty = DissectionCounts(
      channels: channelCount, concepts: usual.concepts.count, rows: rows, columns: columns,
      exchanges: options.exchangeCount, resamples: options.resampleCount)
    var found = Found(
      counts: [empty, empty], best: Array(repeating: [], count: channelCount), inputCount: 0)
    var generator = SeededGenerator(seed: options.seed, stream: 0xEC4A)
    let ends = Self.blockEnds(data.groups.count)
    var block: [[DissectionCounts.Group]] = []
    try pass("responses", job) {
      try self.located($0, usual)
    } each: { group, read, located in
      found.inputCount += read.items.count
      remember(read, located.peaks, group, usual.thresholds[0], &found.best)
      block.append(located.groups)
      guard ends.contains(group + 1) else { return }
      let (exchanges, weights) = (
        (0..<options.exchangeCount).map { _ in Array(block.indices).shuffled(using: &generator) },
        (0..<options.resampleCount).map { _ in block.indices.map { _ in Self.poisson(&generator) } }
      )
      for network in found.counts.indices {
        found.counts[network].add(block.map { $0[network] }, exchanges: exchanges, weights: weights)
      }
      block.removeAll(keepingCapacity: true)
    }
    return found
  }

  /// Blocks of nearly equal size, of at most ``blockSize`` groups.
  private static func blockEnds(_ count: Int) -> Set<Int> {
    let blocks = max(1, (count + blockSize - 1) / blockSize)
    return Set((1...blocks).map { $0 * count / blocks })
  }

  /// How often a resample of many draws one of them: Poisson's distribution with the mean 1.
  private static func poisson(_ generator: inout SeededGenerator) -> Int {
    var (count, product) = (0, Double(generator.uniform()))
    let limit = 0.36787944117144233
    while product > limit {
      count += 1
      product *= Double(generator.uniform())
    }
    return count
  }

  /// Keeps the groups in which each channel responds most, with their best item.
  private func remember(
    _ read: DissectionData.Read, _ peaks: [[Float]], _ group: Int, _ thresholds: [Float],
    _ best: inout [[(place: Place, example: Dissection.Example)]]
  ) {
    for channel in best.indices {
      var most: (item: Int, value: Float)?
      for item in peaks.indices where peaks[item][channel] > most?.value ?? -.infinity {
        most = (item, peaks[item][channel])
      }
      guard let most, most.value >= thresholds[channel] else { continue }
      let item = read.items[most.item]
      best[channel].append(
        (
          Place(group: group, item: most.item),
          Dissection.Example(path: item.path, label: item.label, seconds: item.seconds, value: most.value)
        ))
      // Groups come in order: of equals the earlier one stays in front.
      let order = best[channel].indices.sorted {
        (best[channel][$1].example.value, $0) < (best[channel][$0].example.value, $1)
      }
      best[channel] = order.prefix(Self.exampleCount).map { best[channel][$0] }
    }
  }

  // MARK: - Pictures

  /// An item and where channels respond in it, `[F, T]`, 0 below the threshold.
  package struct Shown: Sendable {
    package let item: DissectionData.Item
    package let responses: [Int: Tensor]
  }

  /// Reads items again, group by group.
  ///
  /// - Parameter wanted: for each place the channels to show.
  package func show(
    _ wanted: [Place: [Int]], thresholds: [Float], job: Job, _ body: (Place, Shown) throws -> Void
  ) throws {
    let reader = try data.reader()
    let byGroup = Dictionary(grouping: wanted.keys, by: \.group)
    for (done, group) in byGroup.keys.sorted().enumerated() {
      try job.requireGoingOn()
      let items = try data.read(group, by: reader, job).items
      for place in (byGroup[group] ?? []).sorted(by: { $0.item < $1.item }) where place.item < items.count {
        let map = try activations([items[place.item]], of: [networks[0]])[0][0]
        var responses: [Int: Tensor] = [:]
        for channel in wanted[place] ?? [] {
          responses[channel] = bilinearlyResized(map.item(channel), to: [rows, columns]).map {
            $0 >= thresholds[channel] ? $0 - thresholds[channel] : 0
          }
        }
        try body(place, Shown(item: items[place.item], responses: responses))
      }
      data.releaseMemory()
      job.tell("pictures", done + 1, of: byGroup.count)
    }
  }
}

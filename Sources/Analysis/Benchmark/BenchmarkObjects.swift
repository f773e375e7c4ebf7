package import Datasets
import Explanation
import Files
import Images
package import Models
import Tensors

/// Where the objects of a benchmark's pictures are, and which of them are of the class that is explained.
package struct BenchmarkObjects: Sendable {
  private let truth: PictureTruth
  private let classes: TruthClasses?
  private let spec: PictureSpec
  private let folder: String
  /// Changes with every file of it.
  package let stamp: String

  /// Throws for a folder that tells nothing about the pictures, a damaged file in it, a damaged table of classes, and sound.
  package init(
    folder: String, classes: String?, for clips: BenchmarkClips, of dataset: Dataset, model: GenreModel
  )
    throws
  {
    guard let pictures = clips.pictures, let spec = model.pictureSpec else {
      throw CodedError(.usage, "marked objects are for pictures: the model takes sound")
    }
    self.spec = spec
    self.folder = folder
    truth = try PictureTruth(folder: folder, pictures: pictures, below: dataset.path)
    let explainer = Explainer(model)
    self.classes = try classes.map { path in
      try TruthClasses(path: path) { name throws(CodedError) in try explainer.classIndex(named: name) }
    }
    stamp = FileStamp.words(
      ofAll: pictures.indices.compactMap(truth.file) + [classes].compactMap(\.self))
    // A damaged file is told before the measurements, not after them.
    for (index, path) in pictures.enumerated() where truth.file(of: index) != nil {
      guard let picture = try? Picture(path: path) else { continue }
      _ = try truth.objects(of: index, size: .init(height: picture.height, width: picture.width))
    }
  }

  /// For each object that counts for a class, its cells of the input `[H, W]`; why there are none otherwise.
  enum Found {
    case objects([[Bool]])
    case unmarked, otherClass, unseen
  }

  func objects(of index: Int, for classIndex: Int, in path: String) throws -> Found {
    guard truth.file(of: index) != nil else { return .unmarked }
    let picture = try Picture(path: path)
    let size = PictureSpec.Size(height: picture.height, width: picture.width)
    guard let all = try truth.objects(of: index, size: size), !all.isEmpty else { return .unmarked }
    let own = all.filter { classes?.classes[$0.name]?.contains(classIndex) ?? (classes == nil) }
    guard !own.isEmpty else { return .otherClass }
    let place = spec.placement(height: size.height, width: size.width)
    let cells = own.map { $0.cells(of: place) }.filter { $0.contains(true) }
    return cells.isEmpty ? .unseen : .objects(cells)
  }

  /// Which objects count, and of how many pictures.
  func words(_ counts: ObjectCounts) -> String {
    let which =
      classes.map { "those of the explained class by \(lastName($0.path).shown)" }
      ?? "any that is marked, whatever the explained class"
    var parts = [
      "\(counts.measured.counted("picture")) with \(counts.objects.counted("object")), \(counts.several) with several"
    ]
    if counts.unmarked > 0 { parts.append("\(counts.unmarked) without a mark") }
    if counts.otherClass > 0 { parts.append("\(counts.otherClass) with none of the explained class") }
    if counts.unseen > 0 { parts.append("\(counts.unseen) whose objects the crop cuts off") }
    return "\(which); \(parts.joined(separator: ", "))"
  }

  /// Files that are called like no picture, as a note.
  var strangers: String? {
    guard let first = truth.strangers.first else { return nil }
    return
      "\(truth.strangers.count.counted("file")) of marked objects called like none of the measured pictures, such as \(first.shown)"
  }
}

/// How many pictures had objects.
package struct ObjectCounts: Sendable, Codable {
  var measured = 0
  var objects = 0
  var several = 0
  var unmarked = 0
  var otherClass = 0
  var unseen = 0
}

extension ExplanationMeasuring {
  /// Where the evidence of one picture lies; nil where a map is zero.
  private struct Located: Codable {
    var entries: [ObjectLocalization?] = []
    var shuffled: [ObjectLocalization?] = []
    var controls: [Control] = []
    var counts = ObjectCounts()

    struct Control: Codable {
      let subject: Subject
      let localization: ObjectLocalization?
    }
  }

  mutating func measureObjects(_ objects: BenchmarkObjects) throws {
    let count = clips.items.count
    for start in stride(from: 0, to: count, by: Self.pieceSize) {
      let indices = Array(start..<min(start + Self.pieceSize, count))
      let located = try step("objects in \(objects.stamp)", explaining: indices) {
        try $0.located(indices, objects)
      }
      for (index, item) in zip(indices, located) {
        objectCounts.add(item.counts)
        guard item.counts.measured > 0 else { continue }
        for (entry, (own, shuffled)) in zip(subjects.entries, zip(item.entries, item.shuffled)) {
          add(own, of: entry.subject)
          add(shuffled, of: entry.subject.shuffled)
        }
        for control in item.controls { add(control.localization, of: control.subject) }
        for metric in Self.objectMetrics { table.addGroup(clips.items[index].group, to: metric) }
      }
      job.tell("objects", start + indices.count, of: count)
    }
    objectWords = objects.words(objectCounts)
    guard objectCounts.measured > 0 else {
      throw CodedError(
        .badInput, "no picture has a marked object of its explained class: \(objects.words(objectCounts))")
    }
    if let note = objects.strangers { objectNotes.append(note) }
  }

  private mutating func located(_ indices: [Int], _ objects: BenchmarkObjects) throws -> [Located] {
    var results: [Located] = []
    var marked: [(place: Int, cells: [[Bool]])] = []
    for (place, index) in indices.enumerated() {
      let item = clips.items[index]
      var located = Located()
      switch try objects.objects(of: index, for: item.predicted, in: item.recording.file) {
      case .unmarked: located.counts.unmarked = 1
      case .otherClass: located.counts.otherClass = 1
      case .unseen: located.counts.unseen = 1
      case .objects(let cells):
        (located.counts.measured, located.counts.objects) = (1, cells.count)
        located.counts.several = cells.count > 1 ? 1 : 0
        marked.append((place, cells))
      }
      results.append(located)
    }
    guard !marked.isEmpty else { return results }
    let chosen = marked.map { indices[$0.place] }
    let inputs = try chosen.map { try clips.input(clips.items[$0]) }
    let explained = try explanations(of: chosen, inputs)
    for (column, (place, cells)) in marked.enumerated() {
      let (index, seed) = (indices[place], seed(of: indices[place]))
      results[place].entries = parallelMap(explained.count) {
        ObjectLocalization(explained[$0][column].upsampledMap, inside: cells, seed: seed)
      }
      results[place].shuffled = parallelMap(explained.count) {
        ObjectLocalization(
          CandidateMap.shuffled(explained[$0][column], seed: seed).mask, inside: cells, seed: seed)
      }
      results[place].controls = controls(for: inputs[column], seed: self.seed(of: index)).map {
        .init(
          subject: $0.subject, localization: ObjectLocalization($0.map.mask, inside: cells, seed: seed))
      }
    }
    return results
  }

  private static var objectMetrics: [FaithfulnessMetric] {
    [.objectPointing, .objectEnergy] + ObjectLocalization.levels.map { .objectOverlap(above: $0) }
      + [.objectEqualOverlap, .objectsFound, .objectArea]
  }

  private mutating func add(_ located: ObjectLocalization?, of subject: Subject) {
    var values = [located?.pointing, located?.insideEnergy]
    values += ObjectLocalization.levels.indices.map { located?.overlaps[$0] }
    values += [located?.equalAreaOverlap, located?.found, located?.area]
    for (metric, value) in zip(Self.objectMetrics, values) {
      table.add(value.map { 100 * $0 }, metric, of: subject)
    }
  }
}

extension ObjectCounts {
  fileprivate mutating func add(_ other: ObjectCounts) {
    measured += other.measured
    objects += other.objects
    several += other.several
    unmarked += other.unmarked
    otherClass += other.otherClass
    unseen += other.unseen
  }
}

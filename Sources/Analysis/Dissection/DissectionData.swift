package import Datasets
import Explanation
import Features
package import Files
import Images
package import Models
import Networks
package import Tensors

/// What a layer is dissected on: recordings or pictures in groups.
package struct DissectionData: Sendable {
  /// A window of sound or a picture.
  package struct Item: Sendable {
    /// What the network gets.
    package let input: Tensor
    /// The feature map as it was computed, `[F, T]`; nil for a picture.
    package let map: Tensor?
    /// Masks of it by concept; empty for sound.
    let masks: [[Bool]?]
    package let label: String
    package let path: String
    package let seconds: Double?
  }

  /// What a group is read as.
  package struct Read: Sendable {
    package var items: [Item] = []
    package var leftOut: [LeftOutInput] = []
    package var notes: [String] = []
  }

  let model: GenreModel
  /// Recordings by group: artists or albums where they are known. In random order.
  package let groups: [[Recording]]
  package let labels: [String]
  let maskNames: [String]
  package let notes: [String]
  /// What tells the inputs and their files from others.
  package let stamp: String
  private let source: RecordingSource?
  private let options: DissectionOptions

  package var recordingCount: Int { groups.reduce(0) { $0 + $1.count } }

  /// Throws for a data set of the other kind, and for inputs whose size depends on the picture.
  package init(
    _ dataset: Dataset, for model: GenreModel, _ selection: ClipSelection, _ options: DissectionOptions
  ) throws {
    (self.model, self.options) = (model, options)
    var notes = dataset.warnings.filter { $0.code != .unknownFeatures }.map(\.description)
    var clips = dataset.clips
    if case .split(let split) = selection {
      guard dataset.isSplit else {
        throw CodedError(
          .badInput, "the data set is not split: --split all takes it as it is", path: dataset.path)
      }
      clips = dataset.clips(in: split)
    }
    guard !clips.isEmpty else { throw CodedError(.empty, "no clip in it", path: dataset.path) }
    if model.pictureSpec != nil || dataset.holdsPictures {
      let spec = try model.requirePictures()
      guard dataset.holdsPictures else {
        throw CodedError(.badInput, "the model takes pictures, and this holds sound", path: dataset.path)
      }
      guard spec.inputShape != nil else {
        throw CodedError(.badInput, "the model takes pictures of any size: one size is needed")
      }
      source = nil
      maskNames = try options.masks.map(Self.maskNames) ?? []
    } else {
      guard options.masks == nil else { throw CodedError(.usage, "masks are for pictures; this is sound") }
      let reader = try RecordingReader(dataset: dataset, model: model)
      notes += reader.notes
      source = RecordingSource(reader)
      maskNames = []
    }
    var recordings = Recording.recordings(of: clips)
    var generator = SeededGenerator(seed: options.seed, stream: 0xD155)
    recordings.shuffle(using: &generator)
    if let limit = options.limit { recordings = Array(recordings.prefix(limit)) }
    if let masks = options.masks { try Self.requireOwnMasks(recordings, maskNames, in: masks) }
    var (order, byGroup): ([Spelling], [Spelling: [Recording]]) = ([], [:])
    for recording in recordings {
      let group = Spelling(recording.clip.dependence ?? recording.path)
      if byGroup[group] == nil { order.append(group) }
      byGroup[group, default: []].append(recording)
    }
    groups = order.compactMap { byGroup[$0] }
    labels = Set(recordings.map(\.clip.label)).sorted()
    self.notes = notes
    let files = FileStamp.words(ofAll: dataset.featuresPath == nil ? recordings.map(\.file) : [])
    stamp =
      ContentHash(recordings.map { "\($0.path)\t\($0.rows)" }.joined(separator: "\n") + files)
      .description
  }

  private static func maskNames(_ folder: String) throws(CodedError) -> [String] {
    guard FileSystem.isFolder(folder) else { throw CodedError(.missing, "no such folder", path: folder) }
    let names: [String]
    do throws(SystemCallError) {
      names = try FileSystem.names(in: folder).filter {
        $0.utf8.first != UInt8(ascii: ".") && FileSystem.isFolder(join(folder, $0))
      }
    } catch {
      throw CodedError(reading: error, path: folder)
    }
    guard !names.isEmpty else {
      throw CodedError(.empty, "no folders of masks in it: MASKS/CONCEPT/PICTURE.png", path: folder)
    }
    return names.sorted()
  }

  private static func mask(of recording: Recording, _ concept: String, in folder: String) -> String {
    join(join(folder, concept), withoutExtension(lastName(recording.file)) + ".png")
  }

  /// Throws where one mask would be taken for those of two pictures.
  private static func requireOwnMasks(
    _ recordings: [Recording], _ concepts: [String], in folder: String
  ) throws(CodedError) {
    for concept in concepts {
      var owners: [Spelling: String] = [:]
      for recording in recordings {
        let mask = mask(of: recording, concept, in: folder)
        guard let other = owners.updateValue(recording.path, forKey: Spelling(mask)),
          FileSystem.exists(mask)
        else { continue }
        throw CodedError(
          .badInput,
          "it belongs to \(other.shown) and to \(recording.path.shown): pictures with masks need different names",
          path: mask)
      }
    }
  }

  /// What one thread at a time reads with.
  struct Reader {
    fileprivate let sound: RecordingReader?
  }

  func reader() throws -> Reader { Reader(sound: try source?.reader()) }

  /// Lets go of the memory of stored maps that were read.
  func releaseMemory() { source?.releaseMemory() }

  /// The inputs of a group, at most so many windows, evenly spaced; what cannot be read is left out.
  func read(_ group: Int, by reader: Reader, _ job: Job) throws -> Read {
    var result = Read()
    for recording in groups[group] {
      let share = max(1, options.windowsPerGroup / groups[group].count)
      do {
        guard let sound = reader.sound else {
          result.items.append(try picture(recording))
          continue
        }
        // Every second one is dropped when there are too many.
        var (kept, step, count): ([Item], Int, Int) = ([], 1, 0)
        _ = try sound.forEachMap(of: recording) { map, place in
          try job.requireGoingOn()
          defer { count += 1 }
          guard count % step == 0 else { return }
          if kept.count == share {
            kept = kept.indices.filter { $0 % 2 == 0 }.map { kept[$0] }
            step *= 2
            guard count % step == 0, kept.count < share else { return }
          }
          kept.append(item(recording, map, place))
        }
        result.items += kept
      } catch {
        let failure = Failure(error)
        if failure.status == .interrupted { throw error }
        result.leftOut.append(
          LeftOutInput(path: recording.path, code: failure.code, reason: failure.message))
      }
    }
    return result
  }

  private func item(_ recording: Recording, _ map: Tensor, _ place: WindowPlace) -> Item {
    Item(
      input: model.input(map), map: map, masks: [], label: recording.clip.label, path: recording.path,
      seconds: model.featureSpec.flatMap { recording.startSeconds(of: place, spec: $0) })
  }

  private func picture(_ recording: Recording) throws -> Item {
    let spec = try model.requirePictures()
    let picture = try Picture(path: recording.file)
    let input = try spec.input(of: picture)
    return Item(
      input: input, map: nil, masks: try masks(of: recording, spec, picture), label: recording.clip.label,
      path: recording.path, seconds: nil)
  }

  /// The masks of a picture, where the network sees them.
  private func masks(
    of recording: Recording, _ spec: PictureSpec, _ picture: Picture
  ) throws -> [[Bool]?] {
    guard let folder = options.masks else { return [] }
    var plain = spec
    (plain.mean, plain.deviation, plain.range) = ([0, 0, 0], [1, 1, 1], .unit)
    return try maskNames.map { concept in
      let path = Self.mask(of: recording, concept, in: folder)
      guard FileSystem.exists(path) else { return nil }
      let mask = try Picture(path: path)
      guard mask.height == picture.height, mask.width == picture.width else {
        throw CodedError(
          .badInput,
          "the mask is \(mask.width) x \(mask.height) pixels, the picture \(picture.width) x \(picture.height)",
          path: path)
      }
      let values = try plain.input(of: mask)
      return values.values.prefix(values.shape[1] * values.shape[2]).map { $0 > 0.5 }
    }
  }
}

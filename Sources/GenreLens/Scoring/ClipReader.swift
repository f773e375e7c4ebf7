import Datasets
import Tensors
import Training

/// One recording of a data set: a sound file, or all its rows in a feature file.
struct Clip: Sendable {
  /// The recording; of several rows, the first.
  let track: Track
  /// Rows of the feature file in order; empty for a sound file.
  let rows: [Int]

  /// What identifies it in results.
  var path: String { track.path ?? track.name }

  /// The recordings of some tracks, in their order.
  static func clips(of tracks: [Track]) -> [Clip] {
    var order: [String] = []
    var byRecording: [String: [Track]] = [:]
    for track in tracks {
      if byRecording[track.recording] == nil { order.append(track.recording) }
      byRecording[track.recording, default: []].append(track)
    }
    return order.compactMap { name in
      guard let tracks = byRecording[name] else { return nil }
      return Clip(track: tracks[0], rows: tracks.compactMap(\.row))
    }
  }
}

/// Reads the maps of a data set's clips, from its feature file or from sound.
struct ClipReader {
  private let store: FeatureStore?
  private let sound: SoundWindows?

  /// Throws when the feature file's maps do not fit the model.
  init(dataset: Dataset, model: GenreModel) throws {
    guard let path = dataset.featuresPath else {
      (store, sound) = (nil, try SoundWindows(model: model))
      return
    }
    let opened = try FeatureStore.open(path)
    let needed = Shape(Array(model.network.inputShape.dimensions.dropFirst()))
    guard opened.mapShape == needed else {
      throw GenreLensError(
        .badInput, "its maps are \(opened.mapShape), the model takes \(needed)", path: path)
    }
    (store, sound) = (opened, nil)
  }

  /// Every window of a clip, in order. Throws for a file that cannot be read and for values that are not finite.
  func forEachMap(of clip: Clip, _ body: (Tensor, WindowPlace) throws -> Void) throws {
    if let sound {
      try sound.forEachMap(of: clip.path) { map, start in try body(map, .at(start)) }
    }
    for row in clip.rows { try body(try map(of: clip, at: .row(row)), .row(row)) }
  }

  /// One window of a clip.
  func map(of clip: Clip, at place: WindowPlace) throws -> Tensor {
    switch place {
    case .at(let seconds):
      guard let sound else { throw GenreLensError(.badInput, "no sound to read", path: clip.path) }
      return try sound.map(of: clip.path, at: seconds).values
    case .row(let row):
      guard let store, row < store.count else {
        throw GenreLensError(.badInput, "no row \(row)", path: clip.path)
      }
      let map = store.map(row)
      guard map.values.allSatisfy(\.isFinite) else {
        throw GenreLensError(.badInput, "row \(row) has a value that is not a number", path: store.path)
      }
      return map
    }
  }
}

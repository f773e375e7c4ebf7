import Foundation
import GenreLens

extension FuzzTarget {
  /// All readers that `make fuzz` feeds.
  static let all: [FuzzTarget] = [sound, picture, safetensors, numpy, csv, yaml, json]

  /// Sound of any format: described, tags read, decoded as far as it goes.
  static let sound = FuzzTarget(name: "sound", fileExtension: nil) { bytes, _ in
    _ = try? AudioProbe(bytes: bytes, name: "input")
    var limits = AudioLimits()
    limits.maximumSeconds = 60
    _ = try Waveform.load(AudioReader(bytes: bytes, name: "input", limits: limits), limits: limits)
  }

  /// Pictures of any format, and the input that a network gets for one.
  static let picture = FuzzTarget(name: "picture", fileExtension: nil) { bytes, _ in
    let picture = try Picture(bytes: bytes, name: "input", maximumPixels: 4_000_000)
    precondition(picture.pixels.count == picture.height * picture.width * 3, "pixels are missing")
    _ = try PictureSpec.imageNet.input(of: picture)
  }

  /// Checkpoints: the container, then the model in it, then one pass of a small one.
  static let safetensors = FuzzTarget(name: "safetensors", fileExtension: "safetensors") { _, path in
    _ = try SafeTensorsFile(path: path)
    let model = try GenreModel(path: path)
    let shape = model.network.inputShape
    guard shape.count <= 1 << 12, model.network.parameters.values.count <= 1 << 14 else { return }
    _ = model.network.forward(Tensor(shape: Shape([1] + shape.dimensions)))
  }

  /// Arrays, and stores of feature maps.
  static let numpy = FuzzTarget(name: "numpy", fileExtension: "npy") { _, path in
    let array = try NumpyArray(path: path)
    if array.shape.count <= 1 << 20 { _ = array.tensor() }
    let store = try FeatureStore.open(path)
    if store.count > 0, store.mapShape.count <= 1 << 20 { _ = store.map(store.count - 1) }
  }

  /// Tables: what was read is written and read again to the same.
  static let csv = FuzzTarget(name: "csv", fileExtension: "csv") { bytes, path in
    let table = try CSVTable(parsing: Data(bytes), path: path)
    let text = CSVTable.encode(header: table.header, rows: table.records.map(\.fields))
    let again = try CSVTable(parsing: Data(text.pathBytes), path: path)
    // By spelling: to Swift, letters with an accent are equal however they are written.
    let spelled = { (table: CSVTable) in
      ([table.header] + table.records.map(\.fields)).map { $0.map { Array($0.utf8) } }
    }
    precondition(spelled(again) == spelled(table), "a table changes when it is written and read")
    _ = try Dataset.load(path)
  }

  /// Settings of a training, spaces of a search, and feature specifications.
  static let yaml = FuzzTarget(name: "yaml", fileExtension: "yaml") { _, path in
    _ = try? FeatureSpec.resolved(path)
    _ = try? SearchSpace(path: path, base: TrainingPlan())
    let plan = try TrainingPlan(path: path)
    try plan.validate()
  }

  /// Specifications of both kinds, sidecars of stores and error reports.
  static let json = FuzzTarget(name: "json", fileExtension: "json") { bytes, path in
    let decoder = JSONDecoder()
    _ = try? decoder.decode(FeatureSpec.self, from: Data(bytes))
    if let spec = try? decoder.decode(PictureSpec.self, from: Data(bytes)) {
      precondition(spec.placement(height: 3, width: 500).input.height > 0, "an input without rows")
    }
    _ = try? decoder.decode(FeatureStoreDescription.self, from: Data(bytes))
    _ = try PredictionComparison.ofReports(path, path)
  }
}

import Features
public import Files
import Foundation
import Images
import Networks
import Tensors

extension GenreModel {
  /// Version of the checkpoint's layout; a reader refuses a later one. Classifiers of one map are written as version 1, other
  /// classifiers as 2, taggers as 3: a reader of version 2 would take tags for classes. Models of pictures are written as 4,
  /// those of pictures and questions as 5.
  static let formatVersion = 5
  /// The name of the ``TrainingRecordings`` in the metadata.
  private static let recordingsKey = "training-recordings"

  private struct Description: Codable {
    var architecture: Architecture
    var labels: [String]
    var featureSpec: FeatureSpec?
    var pictureSpec: PictureSpec?
    var vocabulary: QuestionVocabulary?
    var normalization: FeatureNormalization.Granularity
    var provenance: Provenance
    var temperature: Double?

    var frontEnd: FrontEnd? { pictureSpec.map { .pictures($0) } ?? featureSpec.map { .sound($0) } }
  }

  /// Writes the model as one safetensors file, whole or not at all.
  ///
  /// It contains the weights under PyTorch's names and in its layouts, `normalization.mean` and `normalization.std` (of a model of
  /// sound), and everything else as JSON in the header's metadata under `genrelens`, except the hashes of the training recordings,
  /// which are under `training-recordings`.
  public func write(to path: String, storage: SafeTensorsFile.Storage = .float32) throws(CodedError) {
    let isOfClasses = network.architecture.outputFunction == .softmax
    let isOfPictures = pictureSpec != nil
    if let question {
      throw CodedError(
        .usage, "the model is asked \"\(question.text)\": the one that it was made of is written", path: path)
    }
    let ofSound = network.architecture.isPlain ? 1 : isOfClasses ? 2 : 3
    let version = vocabulary != nil ? Self.formatVersion : isOfPictures ? 4 : ofSound
    let description = Description(
      architecture: network.architecture, labels: labels, featureSpec: featureSpec,
      pictureSpec: pictureSpec, vocabulary: vocabulary, normalization: normalization.granularity,
      provenance: provenance,
      temperature: temperature)
    guard let json = try? JSONDocument.encodeVerbatim(description) else {
      throw CodedError(
        .outOfRange, "the model's description has a number that is not finite", path: path)
    }
    var entries: [SafeTensorsFile.Entry] = []
    for vector in [network.parameters, network.state] {
      entries += vector.entries.map { .init(name: $0.name, tensor: vector[$0.name]) }
    }
    if !isOfPictures {
      entries.append(.init(name: "normalization.mean", tensor: normalization.mean))
      entries.append(.init(name: "normalization.std", tensor: normalization.std))
    }
    var metadata = [
      "format": "genrelens", "version": "\(version)",
      "genrelens": String(decoding: json, as: UTF8.self),
    ]
    if let recordings, let json = try? JSONDocument.encodeVerbatim(recordings) {
      metadata[Self.recordingsKey] = String(decoding: json, as: UTF8.self)
    }
    try SafeTensorsFile(metadata: metadata, tensors: entries).write(to: path, storage: storage)
  }

  /// Reads a checkpoint, trusting nothing in it.
  ///
  /// Throws for a file that is not a safetensors file (`unknownFormat`, with the way in, where another program has written it) or not
  /// from GenreLens, a later version, tensors that are missing,
  /// superfluous, of a wrong shape or not finite, and an inconsistent description; unless `isToRun` is false, also for a network
  /// whose passes need more than ``MemoryLimit``.
  public init(path: String, isToRun: Bool = true) throws(CodedError) {
    let file: SafeTensorsFile
    do { file = try SafeTensorsFile(path: path) } catch {
      throw ForeignModelFile(path: path)?.refusal(path) ?? error
    }
    guard file.metadata["format"] == "genrelens", let json = file.metadata["genrelens"] else {
      throw CodedError(
        .damaged,
        "not a GenreLens checkpoint: its metadata is missing (genrelens import makes a model of another program's weights)",
        path: path)
    }
    guard let version = file.metadata["version"].flatMap(Int.init), version >= 1 else {
      throw CodedError(.damaged, "the checkpoint's version is not a number", path: path)
    }
    guard version <= Self.formatVersion else {
      throw CodedError(
        .futureVersion, "checkpoint version \(version) is newer than \(Self.formatVersion): update GenreLens",
        path: path)
    }
    let description: Description
    do {
      description = try JSONDecoder().decode(Description.self, from: Data(json.utf8))
    } catch let error as CodedError where error.isOfFeatures {
      throw CodedError(
        error.code == .futureVersion ? .futureVersion : .damaged,
        "the model's \(Self.faultyFrontEnd(in: json)) cannot be used: \(error.message)", path: path)
    } catch {
      throw CodedError(
        .damaged, "the model's description cannot be read: \(Self.clause(error))", path: path)
    }
    let network = try Self.network(
      description.architecture, from: file, otherTensorCount: description.pictureSpec == nil ? 2 : 0,
      path: path)
    if isToRun { try Self.requireMemory(description.architecture, path: path) }
    let normalization = try Self.normalization(description, network: network, from: file, path: path)
    try Self.check(description, network: network, path: path)
    self.init(
      network: network, labels: description.labels, frontEnd: description.frontEnd,
      normalization: normalization, provenance: description.provenance,
      temperature: description.temperature)
    recordings = try Self.recordings(file.metadata[Self.recordingsKey], path: path)
    vocabulary = description.vocabulary
    name = lastName(path)
  }

  private static func recordings(
    _ json: String?, path: String
  ) throws(CodedError) -> TrainingRecordings? {
    guard let json else { return nil }
    do {
      return try JSONDecoder().decode(TrainingRecordings.self, from: Data(json.utf8))
    } catch {
      throw CodedError(
        .damaged, "the list of the model's training recordings cannot be read: \(clause(error))", path: path)
    }
  }

  /// The smallest pass that explains: larger ones are made as memory allows (`Network.passSize(upTo:_:)`).
  private static func requireMemory(_ architecture: Architecture, path: String) throws(CodedError) {
    let cost: PassCost
    do { cost = try PassCost(architecture, batchSize: 1, kind: .gradients) } catch {
      throw CodedError(.damaged, "the architecture cannot be built: \(error)", path: path)
    }
    if let refusal = cost.refusal { throw CodedError(.tooLarge, refusal, path: path) }
  }

  private static func network(
    _ architecture: Architecture, from file: SafeTensorsFile, otherTensorCount: Int, path: String
  ) throws(CodedError) -> Network {
    var network: Network
    do {
      // A small file must not ask for gigabytes of weights; exact counts are checked tensor by tensor below.
      let (needed, stored) = (
        try architecture.storedValueCount(), file.tensors.reduce(0) { $0 + $1.tensor.count }
      )
      guard needed <= 1 << 20 || needed / 4 <= stored else {
        throw ArchitectureError("it needs \(needed) values, the file has \(stored)")
      }
      network = try Network(architecture, seed: 0)
    } catch {
      throw CodedError(.damaged, "the architecture cannot be built: \(error)", path: path)
    }
    for entry in network.parameters.entries {
      network.parameters[entry.name] = try tensor(entry.name, entry.shape, from: file, path: path)
    }
    for entry in network.state.entries {
      let statistics = try tensor(entry.name, entry.shape, from: file, path: path)
      if let minimum = network.minimum(ofArray: entry.name),
        !statistics.values.allSatisfy({ $0 >= minimum })
      {
        throw CodedError(
          .outOfRange, "tensor '\(entry.name)' has values below \(minimum)", path: path)
      }
      network.state[entry.name] = statistics
    }
    let known = network.parameters.entries.count + network.state.entries.count + otherTensorCount
    guard file.tensors.count == known else {
      throw CodedError(
        .damaged, "\(file.tensors.count) tensors where the architecture has \(known)", path: path)
    }
    return network
  }

  private static func tensor(
    _ name: String, _ shape: Shape, from file: SafeTensorsFile, path: String
  ) throws(CodedError) -> Tensor {
    guard let tensor = file[name] else {
      throw CodedError(.missingTensor, "tensor '\(name)' is missing", path: path)
    }
    guard tensor.shape == shape else {
      throw CodedError(
        .wrongShape, "tensor '\(name)' has shape \(tensor.shape), the architecture needs \(shape)", path: path
      )
    }
    guard tensor.isFinite else {
      throw CodedError(.outOfRange, "tensor '\(name)' has values that are not finite", path: path)
    }
    return tensor
  }

  private static func normalization(
    _ description: Description, network: Network, from file: SafeTensorsFile, path: String
  ) throws(CodedError) -> FeatureNormalization {
    let (bins, frames) = (network.inputShape[1], network.inputShape[2])
    if description.pictureSpec != nil { return .none(binCount: bins) }
    let shape: Shape = description.normalization == .perFeature ? [bins, frames] : [bins, 1]
    let mean = try tensor("normalization.mean", shape, from: file, path: path)
    let std = try tensor("normalization.std", shape, from: file, path: path)
    guard std.values.allSatisfy({ $0 > 0 }) else {
      throw CodedError(
        .outOfRange, "tensor 'normalization.std' has values that are not positive", path: path)
    }
    return FeatureNormalization(granularity: description.normalization, mean: mean, std: std)
  }

  private static func check(
    _ description: Description, network: Network, path: String
  ) throws(CodedError) {
    guard description.labels.count == network.classCount, Set(description.labels).count == network.classCount
    else {
      throw CodedError(
        .damaged, "\(Set(description.labels).count) labels for \(network.classCount) classes", path: path)
    }
    if let temperature = description.temperature, !temperatures.contains(temperature) {
      throw CodedError(
        .outOfRange, "a temperature of \(temperature): it must be 0.01 to 100", path: path)
    }
    guard network.inputShape[0] == 1 || description.pictureSpec != nil else {
      throw CodedError(
        .wrongShape, "the network's input \(network.inputShape) has several channels", path: path)
    }
    guard description.featureSpec == nil || description.pictureSpec == nil else {
      throw CodedError(.damaged, "the model has a featureSpec and a pictureSpec", path: path)
    }
    if let problem = description.frontEnd?.problem(with: network.architecture.inputs[0]) {
      throw CodedError(.wrongShape, problem, path: path)
    }
    if let problem = QuestionVocabulary.problem(
      description.vocabulary, of: network.architecture, takesPictures: description.pictureSpec != nil)
    {
      throw CodedError(.damaged, problem, path: path)
    }
  }

  /// Which front end of a description cannot be decoded.
  private static func faultyFrontEnd(in json: String) -> String {
    struct Pictures: Decodable { var pictureSpec: PictureSpec? }
    let isReadable = (try? JSONDecoder().decode(Pictures.self, from: Data(json.utf8))) != nil
    return isReadable ? "featureSpec" : "pictureSpec"
  }

  /// A decoding error as one clause.
  private static func clause(_ error: any Error) -> String {
    switch error as? DecodingError {
    case .keyNotFound(let key, _)?: "'\(key.stringValue)' is missing"
    case .typeMismatch(_, let context)?, .valueNotFound(_, let context)?, .dataCorrupted(let context)?:
      context.debugDescription
    default: "not the JSON that was expected"
    }
  }
}

import GenreLens

/// What a model that takes pictures has no use for.
enum PictureOptions {
  /// Throws ``CodedError`` `usage` for the first option that was given.
  static func refuse(_ options: [(name: String, isGiven: Bool)]) throws(CodedError) {
    guard let given = options.first(where: \.isGiven) else { return }
    throw CodedError(.usage, "\(given.name) is for sound: the model takes pictures")
  }
}

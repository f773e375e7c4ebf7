package import Files

extension CodedError {
  /// Whether it is about one sound file, or about its features: a work on many files leaves the file out and continues. Anything else
  /// (a folder that cannot be written, options, a stop) is no fault of the file.
  package var isOfSound: Bool { Self.soundCodes.contains(code) }

  private static let soundCodes: Set<Code> = [
    // Reading and decoding.
    .missing, .empty, .unknownFormat, .damaged, .unsupported, .inputOutput, .invalidSegment,
    // What is in it.
    .tooShort, .silent, .channelsCancel, .notFinite, .unsupportedSamples, .noMaps, .incompatible,
    // What is to be made of it.
    .invalidSpec, .tooLarge, .outOfRange,
  ]
}

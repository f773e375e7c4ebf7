extension CodedError.Code {
  // MARK: Files

  /// No file or folder at the path.
  public static let missing = Self(rawValue: "missing")
  /// Empty: no byte, no sample, no row, no track, no genre folder.
  public static let empty = Self(rawValue: "empty")
  /// A file that cannot be used for its purpose: damaged, truncated, inconsistent, or of another kind.
  public static let damaged = Self(rawValue: "damaged")
  /// Of a known kind that is not supported: Fortran order, structured elements, a sample rate beyond the limits.
  public static let unsupported = Self(rawValue: "unsupported")
  /// An unknown extension or content: of a sound file, of a figure.
  public static let unknownFormat = Self(rawValue: "unknown-format")
  /// Written by a later version of GenreLens.
  public static let futureVersion = Self(rawValue: "future-version")
  /// Fewer or more bytes than the header says.
  public static let wrongLength = Self(rawValue: "wrong-length")
  /// A number that the storage format cannot represent.
  public static let outOfRange = Self(rawValue: "out-of-range")
  /// A NaN or an infinity where a number is needed.
  public static let notFinite = Self(rawValue: "not-finite")
  /// What a file describes needs more memory or time than `MemoryLimit` allows.
  public static let tooLarge = Self(rawValue: "too-large")
  /// Reading or writing failed.
  public static let inputOutput = Self(rawValue: "input-output")

  // MARK: Work

  /// Options that cannot be combined or make no sense.
  public static let usage = Self(rawValue: "usage")
  /// An option has an invalid value.
  public static let badOption = Self(rawValue: "bad-option")
  /// A file that exists but cannot be used.
  public static let badInput = Self(rawValue: "bad-input")
  /// None of the inputs could be used.
  public static let allFailed = Self(rawValue: "all-failed")
  /// The system does not provide the memory that is needed.
  public static let noMemory = Self(rawValue: "no-memory")
  /// Another process is writing the same output.
  public static let busy = Self(rawValue: "busy")
  /// Stopped on request, in the library.
  public static let cancelled = Self(rawValue: "cancelled")
  /// Stopped by the user before there was a result.
  public static let interrupted = Self(rawValue: "interrupted")

  // MARK: Sound and features

  /// Shorter than requested, and padding was refused.
  public static let tooShort = Self(rawValue: "too-short")
  /// Digital silence, where sound is needed.
  public static let silent = Self(rawValue: "silent")
  /// Channels that cancel each other out, so their mean is not the sound.
  public static let channelsCancel = Self(rawValue: "channels-cancel")
  /// A value of a `FeatureSpec` that cannot be computed with.
  public static let invalidSpec = Self(rawValue: "invalid-spec")
  /// Samples so large that their power overflows, or that are not finite.
  public static let unsupportedSamples = Self(rawValue: "unsupported-samples")
  /// Statistics requested before any map was added.
  public static let noMaps = Self(rawValue: "no-maps")
  /// Feature maps that do not fit their purpose: shape, specification, version.
  public static let incompatible = Self(rawValue: "incompatible")
  /// Feature maps that are not, or may not be, of the kind that the model uses.
  public static let otherFeatures = Self(rawValue: "other-features")

  // MARK: Models

  /// The file is not in safetensors format, or contains an unsupported type of number.
  public static let notSafeTensors = Self(rawValue: "not-safetensors")
  /// A tensor's shape is not the one that the architecture needs.
  public static let wrongShape = Self(rawValue: "wrong-shape")
  /// A tensor or an entry that the model needs is missing.
  public static let missingTensor = Self(rawValue: "missing-tensor")
  /// The state of a different training from the one that is to continue.
  public static let mismatch = Self(rawValue: "mismatch")
  /// A training's loss became NaN or infinite before there was a result.
  public static let diverged = Self(rawValue: "diverged")

  // MARK: Data sets

  /// A column that is needed is missing.
  public static let missingColumn = Self(rawValue: "missing-column")
  /// A line without a label.
  public static let missingLabel = Self(rawValue: "missing-label")
  /// A requested label that is not in the data set or the model, or repeated labels.
  public static let unknownLabel = Self(rawValue: "unknown-label")
  /// A split that is not train, valid or test, or is given on some lines only.
  public static let unknownSplit = Self(rawValue: "unknown-split")
  /// A path or row listed twice.
  public static let duplicate = Self(rawValue: "duplicate")
  /// Rows of one recording with different labels.
  public static let severalLabels = Self(rawValue: "several-labels")
  /// A row that the feature file does not have, or no row number at all.
  public static let invalidRow = Self(rawValue: "invalid-row")
  /// An impossible segment: not a number, an end before its start, two labels for one sound.
  public static let invalidSegment = Self(rawValue: "invalid-segment")
  /// Fewer than two genres.
  public static let singleGenre = Self(rawValue: "single-genre")
  /// A genre that has fewer tracks than a split needs.
  public static let tooFewClips = Self(rawValue: "too-few-clips")
  /// A store whose writer was killed while it was renaming the files.
  public static let unfinished = Self(rawValue: "unfinished")
  /// Shards that do not form one store.
  public static let wrongShards = Self(rawValue: "wrong-shards")

  // MARK: Explanations and analysis

  /// The network has no layer of that name with a map.
  public static let unknownLayer = Self(rawValue: "unknown-layer")
  /// The network has no such class.
  public static let unknownClass = Self(rawValue: "unknown-class")
  /// A word of a question that the model was not trained with.
  public static let unknownWord = Self(rawValue: "unknown-word")
  /// No method has that name.
  public static let unknownMethod = Self(rawValue: "unknown-method")
  /// The method cannot work on that layer of that network.
  public static let notApplicable = Self(rawValue: "not-applicable")
  /// Probabilities that do not fit the labels, or are not within 0 and 1.
  public static let badProbabilities = Self(rawValue: "bad-probabilities")
  /// Maps of different shapes where one shape is needed.
  public static let shapeMismatch = Self(rawValue: "shape-mismatch")
  /// Too few tracks of a label, or too few groups, for what was asked.
  public static let tooFewTracks = Self(rawValue: "too-few-tracks")

  // MARK: Reports

  /// Cairo could not draw; the status says why.
  public static let drawing = Self(rawValue: "drawing")
  /// A figure larger than Cairo's 32 767 pixels a side, or with no size.
  public static let badSize = Self(rawValue: "bad-size")
  /// The page refers to a picture that was not supplied.
  public static let missingPicture = Self(rawValue: "missing-picture")
}

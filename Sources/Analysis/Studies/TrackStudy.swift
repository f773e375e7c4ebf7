import Explanation

/// Everything that the report shows about one track, on one time axis: sound, maps, evidence, neighbours, and a sentence.
///
/// Pictures have no axes: each fills its plot from edge to edge, so that a playhead can run over all of them. Row 0 of a
/// map is at the bottom.
public struct TrackStudy: Sendable, Codable, Hashable {
  /// The model's prediction.
  public var prediction: Prediction
  /// The section of the track that maps and sounds show.
  public var window: Window
  /// One sentence based on the figures below.
  public var sentence: String?
  /// The window's sound; nil if only features are known.
  public var sounds: Sounds?
  /// Smallest and largest sample of each column of the waveform, alternating: `[low, high, low, high, ...]`, with full scale 1.
  /// Empty without sound.
  public var waveform: [Float]
  /// The network's input.
  public var feature: Strip
  /// The mel spectrogram in dB, if the input is not one itself but can be converted back to one.
  public var mel: Strip?
  /// For the predicted class, for the true class if that is different, and then for their contrast.
  public var evidence: [Evidence]
  /// The nearest training tracks in the network's last hidden layer, the nearest first.
  public var neighbors: [Neighbor]

  public init(
    prediction: Prediction, window: Window, sentence: String? = nil, sounds: Sounds? = nil,
    waveform: [Float] = [], feature: Strip, mel: Strip? = nil, evidence: [Evidence] = [],
    neighbors: [Neighbor] = []
  ) {
    self.prediction = prediction
    self.window = window
    self.sentence = sentence
    self.sounds = sounds
    self.waveform = waveform
    self.feature = feature
    self.mel = mel
    self.evidence = evidence
    self.neighbors = neighbors
  }

  /// The evidence for one role.
  public func evidence(_ role: Evidence.Role) -> Evidence? { evidence.first { $0.role == role } }
}

extension TrackStudy {
  /// A section of a track.
  public struct Window: Sendable, Codable, Hashable {
    /// Where it begins in the file, in seconds.
    public var startSeconds: Double
    /// Its length; nil for features whose frames have no known length.
    public var seconds: Double?
    /// Number of frames of the input.
    public var frameCount: Int

    public init(startSeconds: Double = 0, seconds: Double?, frameCount: Int) {
      (self.startSeconds, self.seconds, self.frameCount) = (startSeconds, seconds, frameCount)
    }
  }

  /// The window as sound: WAV files relative to the report's folder.
  public struct Sounds: Sendable, Codable, Hashable {
    public var original: String
    /// The part that the mask of the predicted class's evidence keeps, and the rest; nil if there is no evidence.
    public var kept: String?
    public var removed: String?
    /// The whole window with the rest quieter; nil if it was not made.
    public var highlighted: String?

    public init(
      original: String, kept: String? = nil, removed: String? = nil, highlighted: String? = nil
    ) {
      (self.original, self.kept, self.removed) = (original, kept, removed)
      self.highlighted = highlighted
    }

    /// All files, the original first.
    public var files: [String] { [original, kept, removed, highlighted].compactMap(\.self) }
  }

  /// A map as a picture.
  public struct Strip: Sendable, Codable, Hashable {
    /// What it shows, such as "MFCC".
    public var name: String
    public var picture: AnalysisResult.Picture
    /// The meaning of its rows, such as "quefrency" or "Hz".
    public var rowLabel: String
    public var ticks: [Tick]
    /// The meaning of its colours, with numbers and unit: "-80 to 0 dB".
    public var scale: String

    public init(
      name: String, picture: AnalysisResult.Picture, rowLabel: String, ticks: [Tick], scale: String
    ) {
      (self.name, self.picture, self.rowLabel) = (name, picture, rowLabel)
      (self.ticks, self.scale) = (ticks, scale)
    }
  }

  /// A mark on a vertical axis.
  public struct Tick: Sendable, Codable, Hashable {
    /// 0 at the bottom of the map, 1 at its top.
    public var position: Double
    public var label: String

    public init(position: Double, label: String) { (self.position, self.label) = (position, label) }
  }

  /// Where the network found evidence for one class, or for one class rather than another.
  public struct Evidence: Sendable, Codable, Hashable {
    public enum Role: String, Sendable, Codable, CaseIterable {
      /// For the class that was chosen.
      case predicted
      /// For the true class.
      case truth = "true"
      /// For the chosen class rather than the true one.
      case contrast
    }

    public var role: Role
    /// The layer whose map it is, if maps of several layers are shown; nil otherwise.
    public var layer: String?
    /// The method, if maps of several methods are shown; nil otherwise.
    public var method: String?
    /// The class, or "A rather than B".
    public var className: String
    /// Softmax probability of the class.
    public var probability: Double
    /// Drawn over ``TrackStudy/feature``: transparent where there is none.
    public var overlay: AnalysisResult.Picture
    /// Drawn over ``TrackStudy/mel``; nil if there is no such strip.
    public var melOverlay: AnalysisResult.Picture?
    /// Whether values below 0 speak against the class.
    public var isSigned: Bool
    /// The largest magnitude of the map, in units of the score.
    public var peak: Double
    /// Such as `no-positive-evidence`.
    public var flags: [String]
    /// Shares below 250 Hz, to 2 000 Hz and above, only for the predicted class; nil if features are of unknown origin. In the
    /// error report they are those of the contributions that raise the score (gradient x input, on the mel axis), since the part
    /// of the sound that a map keeps is not an attribution to bands; in the explanation of one track, those of the map shown, on
    /// the mel axis.
    public var shares: Shares?
    /// The same for each mel band, lowest first; empty if there are no ``shares``.
    public var bands: [Double]
    /// Share of each section of the window, the first one first; they sum to 1, or to 0 without evidence. Six decimals, like
    /// ``bands``.
    public var times: [Double]

    public init(
      role: Role, className: String, probability: Double, overlay: AnalysisResult.Picture,
      melOverlay: AnalysisResult.Picture? = nil, isSigned: Bool, peak: Double, flags: [String] = [],
      shares: Shares? = nil, bands: [Double] = [], times: [Double] = []
    ) {
      (self.role, self.className, self.probability) = (role, className, probability)
      (self.overlay, self.melOverlay, self.isSigned) = (overlay, melOverlay, isSigned)
      (self.peak, self.flags, self.shares) = (peak, flags, shares)
      (self.bands, self.times) = (bands, times)
    }
  }

  /// Shares of evidence in three frequency regions.
  public struct Shares: Sendable, Codable, Hashable {
    /// Below 250 Hz.
    public var low: Double
    /// From 250 to 2 000 Hz.
    public var middle: Double
    /// Above 2 000 Hz.
    public var high: Double

    public init(low: Double, middle: Double, high: Double) {
      (self.low, self.middle, self.high) = (low, middle, high)
    }

    /// The shares of a map that is even over mel bands with these centres, with which others should be compared.
    public static func even(bandCentersHz: [Double]) -> Shares {
      let even = BandProfile.bandShares(bandCentersHz: bandCentersHz)
      return Shares(low: even.low, middle: even.middle, high: even.high)
    }
  }

  /// A training track that the network finds similar.
  public struct Neighbor: Sendable, Codable, Hashable {
    public var path: String
    public var name: String
    public var label: String
    /// 1 - cosine of the angle between the two embeddings: 0 for the same direction.
    public var distance: Double
    /// The sound, relative to the report's folder; nil if there is none.
    public var audio: String?
    /// Where the track starts and ends in ``audio``, in seconds, if it is a segment of the file; without an end it is the file's
    /// end.
    public var startSeconds: Double?
    public var endSeconds: Double?

    public init(
      path: String, name: String, label: String, distance: Double, audio: String? = nil,
      startSeconds: Double? = nil, endSeconds: Double? = nil
    ) {
      (self.path, self.name, self.label) = (path, name, label)
      (self.distance, self.audio) = (distance, audio)
      (self.startSeconds, self.endSeconds) = (startSeconds, endSeconds)
    }
  }
}

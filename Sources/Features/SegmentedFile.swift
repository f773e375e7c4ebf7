import Audio
import Files
import Foundation

/// A sound file that stays open between its segments, so that many segments of a long file, in the order of their starts,
/// cost one pass over it (``WindowStream/enter(_:readingFrom:)`` says which).
final class SegmentedFile {
  var stream: WindowStream
  /// The key of the whole file, where it is wanted: that of a segment must not depend on which others were read before.
  let contentKey: ContentKey?
  private let place: Place

  /// What must be the same for the file to be read on.
  private struct Place: Equatable {
    var path: String
    var sampleCount: Int
    var limits: AudioLimits
    var mix: ChannelMix
    var recordsContent: Bool
    /// Device, number, length, and time of change: another file, or another content.
    var status: [Int]

    init(
      _ path: String, _ sampleCount: Int, _ limits: AudioLimits, _ mix: ChannelMix, recordsContent: Bool
    ) {
      (self.path, self.sampleCount, self.limits, self.mix) = (path, sampleCount, limits, mix)
      self.recordsContent = recordsContent
      status =
        FileSystem.status(path).map {
          [
            Int(truncatingIfNeeded: $0.st_dev), Int(truncatingIfNeeded: $0.st_ino), Int($0.st_size),
            $0.st_mtim.tv_sec, $0.st_mtim.tv_nsec,
          ]
        } ?? []
    }
  }

  private init(_ place: Place, sampleRateHz: Int, segment: SoundSegment) throws(CodedError) {
    self.place = place
    contentKey = place.recordsContent ? ContentKey(ofWholeFile: place.path) : nil
    stream = try WindowStream(
      path: place.path, sampleRateHz: sampleRateHz, sampleCount: place.sampleCount, segment: segment,
      limits: place.limits, mix: place.mix)
  }

  /// The file for a segment: `open` where it can be read on from where it stands, else opened anew. Throws as ``AudioReader``.
  ///
  /// - Parameter sample: where the first window starts.
  static func entering(
    _ segment: SoundSegment, of path: String, at sample: Int, from open: SegmentedFile?, sampleRateHz: Int,
    sampleCount: Int, limits: AudioLimits, mix: ChannelMix, recordsContent: Bool
  ) throws(CodedError) -> SegmentedFile {
    let place = Place(path, sampleCount, limits, mix, recordsContent: recordsContent)
    if let open, open.place == place, open.stream.enter(segment, readingFrom: sample) { return open }
    return try SegmentedFile(place, sampleRateHz: sampleRateHz, segment: segment)
  }
}

extension FeatureExtractor {
  /// Maps of a segment of a file.
  func forEachSegmentMap(
    ofFile path: String, _ request: WindowRequest, limits: AudioLimits, segment: SoundSegment,
    recordsContent: Bool, _ body: (FeatureMap) throws -> Void
  ) throws -> (reading: AudioReading, count: Int) {
    let length = spec.sampleCount(for: request.variant)
    let first = segment.samples(atHz: spec.sampleRateHz).lowerBound
    let file = try SegmentedFile.entering(
      segment, of: path, at: spec.startSample(ofWindow: 0, request.windows, first: first, length: length),
      from: segmentedFile, sampleRateHz: spec.sampleRateHz, sampleCount: length, limits: limits,
      mix: spec.mono, recordsContent: recordsContent)
    // Not to be read on after an error.
    segmentedFile = nil
    var (reading, count) = try forEachMap(of: &file.stream, request, body)
    reading.contentKey = file.contentKey
    segmentedFile = file
    return (reading, count)
  }
}

package import Audio

/// What a job gives for one of its sound files: a line of its journal. It has no key `code`, which is the mark of a failure.
package protocol TrackResult: Codable, Sendable {
  var path: String { get set }
  var segment: SoundSegment? { get }
}

public import Analysis
import Datasets
import Files
import Models

/// A classified file and its tags.
public struct TaggedFile: Sendable, Codable, Equatable {
  public enum Outcome: String, Sendable, Codable {
    /// The tags were written.
    case written
    /// They would be written.
    case planned
    /// The file is left as it is; ``TaggedFile/reason`` says why.
    case left
  }

  public let path: String
  /// The class that it was heard as, and its probability.
  public let label: String
  public let confidence: Double
  public let genresBefore: [String]
  /// The genres that the file has, or would have.
  public let genresAfter: [String]
  /// ``genresAfter`` as one text; empty if there are none.
  public let genre: String
  public let outcome: Outcome
  public let reason: String?
  /// How the model used the file.
  public let training: TrainingRole?
}

import Audio
import Datasets
import Files
import Foundation
package import Tensors

/// Finds the training tracks that a network's last hidden layer puts nearest.
package struct NeighborSearch: Sendable {
  private let recordings: [Recording]
  /// What each of them is, however its path is written.
  private let identities: [Spelling]
  private let index: EmbeddingIndex
  private static let count = 3

  /// nil where no training track is known.
  package init?(_ references: ReferenceTracks) {
    let training = references.indices(in: .train)
    guard !training.isEmpty else { return nil }
    recordings = training.map { references.recordings[$0] }
    identities = recordings.map { Self.identity(of: $0.path) }
    index = EmbeddingIndex(references.embeddings.rows(training))
  }

  /// The nearest tracks to one embedding `[1, D]`, never the track itself.
  package func nearest(to embedding: Tensor, of prediction: Prediction, folder: String) -> [TrackStudy
    .Neighbor]
  {
    let own = Self.identity(of: prediction.path)
    let found = index.nearest(to: embedding, limit: Self.count) { identities[$1] != own }
    return (found.first ?? []).map { neighbor in
      let recording = recordings[neighbor.index]
      return TrackStudy.Neighbor(
        path: recording.path, name: recording.clip.name, label: recording.clip.label,
        distance: neighbor.distance,
        audio: relativeLink(to: recording.clip.path, from: folder),
        startSeconds: recording.clip.segment?.startSeconds, endSeconds: recording.clip.segment?.endSeconds)
    }
  }

  /// A manifest and the index of its features may name one file by different paths.
  private static func identity(of path: String) -> Spelling {
    Spelling(pathParts(path).count > 1 || isAbsolute(path) ? absolute(path) : path)
  }
}

/// A file as a path relative to a folder; nil when there is no such file.
package func relativeLink(to path: String?, from folder: String) -> String? {
  guard let path, FileSystem.exists(path) else { return nil }
  return relative(path, to: folder)
}

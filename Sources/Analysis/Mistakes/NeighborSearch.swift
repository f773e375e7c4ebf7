import Audio
import Datasets
import Files
import Foundation
package import Tensors

/// Finds the training tracks that a network's last hidden layer puts nearest.
package struct NeighborSearch: Sendable {
  private let clips: [Clip]
  /// What each of them is, however its path is written.
  private let identities: [Spelling]
  private let index: EmbeddingIndex
  private static let count = 3

  /// nil where no training track is known.
  package init?(_ references: ReferenceTracks) {
    let training = references.indices(in: .train)
    guard !training.isEmpty else { return nil }
    clips = training.map { references.clips[$0] }
    identities = clips.map { Self.identity(of: $0.path) }
    index = EmbeddingIndex(references.embeddings.rows(training))
  }

  /// The nearest tracks to one embedding `[1, D]`, never the track itself.
  package func nearest(to embedding: Tensor, of prediction: Prediction, folder: String) -> [TrackStudy
    .Neighbor]
  {
    let own = Self.identity(of: prediction.path)
    let found = index.nearest(to: embedding, limit: Self.count) { identities[$1] != own }
    return (found.first ?? []).map { neighbor in
      let clip = clips[neighbor.index]
      return TrackStudy.Neighbor(
        path: clip.path, name: clip.track.name, label: clip.track.label, distance: neighbor.distance,
        audio: relativeLink(to: clip.track.path, from: folder),
        startSeconds: clip.track.segment?.startSeconds, endSeconds: clip.track.segment?.endSeconds)
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

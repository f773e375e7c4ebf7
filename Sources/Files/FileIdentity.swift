package import Foundation

/// Which file a name stands for: two names with one identity are one file, however they are spelt or linked.
package struct FileIdentity: Hashable, Sendable {
  private let device: dev_t
  private let number: ino_t

  /// Of the file that a name leads to, links followed; nil where there is none.
  package init?(path: String) {
    guard let status = FileSystem.status(path) else { return nil }
    self.init(status)
  }

  /// Of the file that a status describes.
  package init(_ status: stat) { (device, number) = (status.st_dev, status.st_ino) }

  /// Of an open file.
  package init?(descriptor: Int32) {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { return nil }
    self.init(status)
  }
}

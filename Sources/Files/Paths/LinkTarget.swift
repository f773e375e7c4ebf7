import Foundation

/// The name that a write to `path` is about: itself, or where the links at its end lead, whether there is a file or not.
///
/// Renaming over a link would replace the link. Throws `ELOOP` when links lead in a circle.
package func linkTarget(of path: String) throws(SystemCallError) -> String {
  var path = path
  for _ in 0..<40 {
    guard let link = FileSystem.linkText(path) else { return path }
    // Relative to the folder that the link is in.
    path = isAbsolute(link) ? link : join(folder(of: path), link)
  }
  throw SystemCallError("write", status: ELOOP)
}

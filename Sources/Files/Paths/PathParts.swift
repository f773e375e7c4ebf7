// Operations on paths as text, on bytes: a slash or dot with a combining accent after it is a slash or dot all the same.
// Apart from `absolute` and `relative`, which need the working folder, they read nothing from the disk.

package func join(_ folder: String, _ name: String) -> String {
  folder.isEmpty ? name : folder.utf8.last == slash ? folder + name : folder + "/" + name
}

/// Everything before the last slash; empty for a bare name. Slashes at the end do not count.
package func folder(of path: String) -> String {
  let end = path.utf8.lastIndex { $0 != slash }.map { path.utf8.index(after: $0) } ?? path.startIndex
  guard let last = path.utf8[..<end].lastIndex(of: slash) else { return path.utf8.first == slash ? "/" : "" }
  guard let stop = path.utf8[..<last].lastIndex(where: { $0 != slash }) else { return "/" }
  return text(path.utf8[...stop])
}

package func lastName(_ path: String) -> String {
  path.utf8.split(separator: slash).last.map { text($0) } ?? path
}

/// The ending in lower case, without the dot; empty when there is none.
package func fileExtension(_ path: String) -> String { ending(path).lowercased() }

/// The path without the ending of its last name.
package func withoutExtension(_ path: String) -> String {
  let old = ending(path).utf8.count
  return old == 0 ? path : text(path.utf8.dropLast(old + 1))
}

package func replacingExtension(_ path: String, with ending: String) -> String {
  withoutExtension(path) + "." + ending
}

private func ending(_ path: String) -> String {
  guard let name = path.utf8.split(separator: slash, omittingEmptySubsequences: false).last,
    let dot = name.lastIndex(of: 0x2E), dot != name.startIndex
  else { return "" }
  return text(name[name.index(after: dot)...])
}

/// Whether the path's bytes end with these.
package func hasEnding(_ path: String, _ ending: String) -> Bool {
  path.utf8.reversed().starts(with: ending.utf8.reversed())
}

/// Whether a path starts at the root of the file system.
package func isAbsolute(_ path: String) -> Bool { path.utf8.first == slash }

/// The parts between the slashes, none of them empty.
package func pathParts(_ path: String) -> [String] { path.utf8.split(separator: slash).map { text($0) } }

/// Without `.`, empty and inner `..` parts.
package func normalized(_ path: String) -> String {
  var parts: [String] = []
  for part in pathParts(path) where part != "." {
    if part == "..", let last = parts.last, last != ".." {
      parts.removeLast()
    } else if part != ".." || !isAbsolute(path) {
      parts.append(part)
    }
  }
  return (isAbsolute(path) ? "/" : "") + parts.joined(separator: "/")
}

/// The path from the root of the file system, without `.` and `..`; links are not followed.
package func absolute(_ path: String) -> String {
  normalized(isAbsolute(path) ? path : join(FileSystem.currentFolder, path))
}

/// The rest of a path below a folder, both written alike; nil when it is not below.
package func below(_ path: String, _ folder: String) -> String? {
  let prefix = folder.utf8.last == slash ? folder : folder + "/"
  return path.utf8.starts(with: prefix.utf8) ? text(path.utf8.dropFirst(prefix.utf8.count)) : nil
}

/// `path` as seen from `folder`, both relative to the working folder or absolute; absolute when they share nothing.
package func relative(_ path: String, to folder: String) -> String {
  let (target, base) = (pathParts(absolute(path)), pathParts(absolute(folder)))
  let common = zip(target, base).prefix { $0.isSpelled(like: $1) }.count
  if common == 0 { return "/" + target.joined(separator: "/") }
  return (Array(repeating: "..", count: base.count - common) + target.dropFirst(common)).joined(
    separator: "/")
}

private let slash = UInt8(ascii: "/")

/// Cuts are made at ASCII bytes only, so that a part is UTF-8 as the whole is.
private func text(_ bytes: some Collection<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

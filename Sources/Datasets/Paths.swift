import Foundation
import Tensors

// Small operations on paths as text: they read nothing from the disk, except `isFolder`.

func join(_ folder: String, _ name: String) -> String {
  folder.isEmpty ? name : folder.hasSuffix("/") ? folder + name : folder + "/" + name
}

/// Everything before the last slash; empty for a bare name.
func folder(of path: String) -> String {
  guard let slash = path.lastIndex(of: "/") else { return "" }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}

func lastName(_ path: String) -> String {
  path.split(separator: "/").last.map(String.init) ?? path
}

/// The ending in lower case, without the dot; empty when there is none.
func fileExtension(_ path: String) -> String {
  let name = lastName(path)
  guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return "" }
  return String(name[name.index(after: dot)...]).lowercased()
}

func replacingExtension(_ path: String, with ending: String) -> String {
  let old = fileExtension(path)
  return (old.isEmpty ? path : String(path.dropLast(old.count + 1))) + "." + ending
}

func isFolder(_ path: String) -> Bool {
  var isFolder = ObjCBool(false)
  return unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
}

/// Without `.`, empty and inner `..` parts.
func normalized(_ path: String) -> String {
  var parts: [Substring] = []
  for part in path.split(separator: "/") where part != "." {
    if part == "..", let last = parts.last, last != ".." {
      parts.removeLast()
    } else if part != ".." || !path.hasPrefix("/") {
      parts.append(part)
    }
  }
  return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
}

/// `path` as seen from `folder`, both relative to the current folder or absolute; absolute when they share nothing.
func relative(_ path: String, to folder: String) -> String {
  let current = FileManager.default.currentDirectoryPath
  func parts(_ path: String) -> [Substring] {
    normalized(path.hasPrefix("/") ? path : join(current, path)).split(separator: "/")
  }
  let (target, base) = (parts(path), parts(folder))
  let common = zip(target, base).prefix { $0 == $1 }.count
  if common == 0 { return "/" + target.joined(separator: "/") }
  return (Array(repeating: "..", count: base.count - common) + target.dropFirst(common)).joined(
    separator: "/")
}

extension DatasetError {
  init(_ error: NumpyError) {
    let code: Code =
      switch error.code {
      case .missing: .missing
      case .inputOutput: .inputOutput
      case .unsupported: .incompatible
      case .outOfRange: .outOfRange
      default: .damaged
      }
    self.init(code, error.message, path: error.path, underlyingStatus: error.underlyingStatus)
  }

  init(_ error: SystemCallError, path: String) {
    self.init(.inputOutput, error.description, path: path, underlyingStatus: Int(error.status))
  }
}

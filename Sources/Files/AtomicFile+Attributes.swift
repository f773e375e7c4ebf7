import CExtendedAttributes
import Foundation

extension AtomicFile {
  /// Takes over the permissions of the file that it replaces, its extended attributes (lists of who may read it are among them)
  /// and, as far as the system lets it, its owner and group. Before the file is sealed.
  ///
  /// Throws when permissions, or attributes that users set, cannot be taken over.
  package mutating func takeAttributes(of file: borrowing RegularFile) throws(SystemCallError) {
    var status = stat()
    guard unsafe fstat(file.descriptor, &status) == 0 else { throw SystemCallError("read") }
    // Only who owns everything may give files away; the owner comes first, because it takes permissions away.
    if fchown(descriptor, status.st_uid, status.st_gid) != 0 {
      _ = fchown(descriptor, uid_t.max, status.st_gid)
    }
    if fchmod(descriptor, status.st_mode & 0o7777) != 0 { throw SystemCallError("write") }
    for name in Self.attributeNames(of: file.descriptor) {
      guard let value = Self.attribute(name, of: file.descriptor) else { continue }
      let isSet = unsafe fsetxattr(descriptor, name, value, value.count, 0) == 0
      // Others belong to the system, which gives the new file its own.
      let isOfUsers =
        name.starts(with: Array("user.".utf8CString.dropLast()))
        || name.starts(with: Array("system.posix_acl".utf8CString.dropLast()))
      if !isSet, isOfUsers { throw SystemCallError("write an extended attribute") }
    }
  }

  /// The names, each with its zero byte; none where the file system knows none.
  private static func attributeNames(of descriptor: Int32) -> [[CChar]] {
    let size = flistxattr(descriptor, nil, 0)
    guard size > 0 else { return [] }
    var names = [CChar](repeating: 0, count: size)
    let count = unsafe flistxattr(descriptor, &names, size)
    return names.prefix(max(0, count)).split(separator: 0).map { $0 + [0] }
  }

  private static func attribute(_ name: [CChar], of descriptor: Int32) -> [UInt8]? {
    let size = unsafe fgetxattr(descriptor, name, nil, 0)
    guard size >= 0 else { return nil }
    var value = [UInt8](repeating: 0, count: size)
    let count = unsafe fgetxattr(descriptor, name, &value, size)
    return count == size ? value : nil
  }
}

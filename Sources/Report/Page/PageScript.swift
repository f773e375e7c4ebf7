import Files
import Foundation

/// A script of the pages: a file of `Resources`, which the build embeds in the code, so that a binary needs no files beside it.
///
/// It is ASCII and holds no `</`. A page's policy names it by its hash, so a browser runs no other.
struct PageScript: Sendable {
  /// What stands between the tags: the file without its last line break.
  let code: String
  /// For the policy (Content Security Policy Level 3, section 2.3.1): SHA-256 of ``code`` in base64.
  let hash: String

  private init(_ file: [UInt8]) {
    code = pageText(file)
    hash = "sha256-" + Data(SHA256.digest(code.utf8)).base64EncodedString()
  }

  /// Colours, cards, player and keys. They only move what the page already holds.
  static let page = PageScript(PackageResources.page_js)
  /// The table of errors, or of tracks: sorting and filtering, which the cards follow.
  static let table = PageScript(PackageResources.table_js)
}

/// An embedded file without its last line break.
func pageText(_ file: [UInt8]) -> String {
  String(decoding: file.last == UInt8(ascii: "\n") ? file.dropLast() : file[...], as: UTF8.self)
}

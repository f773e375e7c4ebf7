import CLibcrypto

/// An incremental SHA-1 (FIPS 180-4), by OpenSSL's libcrypto: the checksum that collections publish for their downloads.
///
/// It detects damage, not forgery: files that collide on purpose can be made.
@safe public struct SHA1: ~Copyable {
  private let context: OpaquePointer

  /// Starts a digest. Throws `inputOutput` when the library cannot (no memory, or a policy that forbids SHA-1).
  public init() throws(CodedError) {
    guard let context = unsafe EVP_MD_CTX_new(), unsafe EVP_DigestInit_ex(context, EVP_sha1(), nil) == 1
    else {
      throw CodedError(.inputOutput, "the system's libcrypto cannot compute SHA-1", path: "libcrypto")
    }
    unsafe self.context = context
  }

  deinit { unsafe EVP_MD_CTX_free(context) }

  /// Adds the next bytes.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    unsafe EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
  }

  /// Adds the UTF-8 bytes of a text.
  public mutating func update(_ text: String) {
    var text = text
    text.withUTF8 { unsafe update(UnsafeRawBufferPointer($0)) }
  }

  /// The digest: 40 lower-case hexadecimal digits.
  public consuming func finish() -> String {
    var digest = [UInt8](repeating: 0, count: 20)
    unsafe EVP_DigestFinal_ex(context, &digest, nil)
    return digest.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }
}

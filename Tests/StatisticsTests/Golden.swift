import Foundation
import Testing

/// One of the files in Golden/, whose generators lie beside them.
func golden<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value {
  let url = try #require(
    Bundle.module.url(forResource: name, withExtension: nil, subdirectory: "Golden"))
  return try JSONDecoder().decode(type, from: Data(contentsOf: url))
}

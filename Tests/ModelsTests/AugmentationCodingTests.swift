import Foundation
import Models
import TestSupport
import Testing

@Suite(.tags(.hand)) struct AugmentationCodingTests {
  @Test func decodesWithDefaultsAndRefusesWrongValues() throws {
    let augmentation = try JSONDecoder().decode(Augmentation.self, from: Data("{\"noise\": 0.5}".utf8))
    #expect(augmentation.noise == 0.5 && augmentation.tiltBins == 6 && !augmentation.isIdentity)
    let encoded = try JSONEncoder().encode(augmentation)
    #expect(try JSONDecoder().decode(Augmentation.self, from: encoded) == augmentation)
    for text in ["{\"noise\": -1}", "{\"binDrop\": 2}", "{\"timeShiftFrames\": -3}"] {
      #expect(throws: DecodingError.self) {
        _ = try JSONDecoder().decode(Augmentation.self, from: Data(text.utf8))
      }
    }
  }
}

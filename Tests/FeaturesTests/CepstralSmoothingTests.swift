import Audio
import Features
import Files
import Foundation
import Tensors
import TestSupport
import Testing

@Suite(.tags(.hand, .property)) struct CepstralSmoothingTests {
  private func randomMap(_ rows: Int, _ frames: Int, seed: UInt64) -> Tensor {
    var generator = SeededGenerator(seed: seed)
    return Tensor((0..<rows * frames).map { _ in generator.uniform(in: -60..<10) }, shape: [rows, frames])
  }

  @Test func allCoefficientsAtAllBandsChangeNothing() {
    let smoothing = CepstralSmoothing(coefficientCount: 16, rowCount: 16, bandCount: 16)
    for row in 0..<16 {
      for band in 0..<16 { expectClose([smoothing.matrix[row, band]], [row == band ? 1 : 0], absolute: 1e-6) }
    }
  }

  @Test func rowsAreTheInverseTransformAtTheirPlaces() {
    let mel = randomMap(128, 3, seed: 1)
    let cosine = DiscreteCosineTransform(coefficientCount: 20, bandCount: 128)
    let mfcc = cosine.forward(mel)
    let smooth = cosine.inverse(mfcc)
    // 64 rows of 128 bands lie between bands 0 and 1, 2 and 3, ...: where the smooth map is nearly straight.
    let rows = CepstralSmoothing(coefficientCount: 20, rowCount: 64, bandCount: 128).rows(
      ofCoefficients: mfcc)
    for row in 0..<64 {
      for frame in 0..<3 {
        let mean = (smooth[2 * row, frame] + smooth[2 * row + 1, frame]) / 2
        // A cosine of order k is flattened by the mean of two neighbours by 1 - cos(pi k / 256): 2.6 % at k = 19.
        expectClose([rows[row, frame]], [mean], absolute: 0.6)
      }
    }
    // At 128 rows the places are the bands.
    let all = CepstralSmoothing(coefficientCount: 20, rowCount: 128, bandCount: 128).rows(
      ofCoefficients: mfcc)
    expectClose(all.values, smooth.values, absolute: 1e-3)
  }

  @Test func aLevelOnAllBandsIsThatLevelOnAllRows() {
    let flat = Tensor(repeating: -37, shape: [128, 2])
    let cosine = DiscreteCosineTransform(coefficientCount: 20, bandCount: 128)
    let rows = CepstralSmoothing(coefficientCount: 20, rowCount: 20, bandCount: 128)
      .rows(ofCoefficients: cosine.forward(flat))
    expectClose(rows.values, [Float](repeating: -37, count: rows.count), absolute: 1e-3)
  }

  @Test func nothingOfTheCoefficientsIsLost() throws {
    let transform = try #require(FeatureSpec.smel20.melTransform)
    let mel = randomMap(128, 4, seed: 2)
    let cosine = DiscreteCosineTransform(coefficientCount: 20, bandCount: 128)
    let mfcc = cosine.forward(mel)
    let smoothing = try #require(FeatureSpec.smel20.cepstralSmoothing)
    let back = transform.inverse(smoothing.rows(ofCoefficients: mfcc))
    expectClose(cosine.forward(back).values, mfcc.values, absolute: 2e-3)
    expectClose(back.values, cosine.inverse(mfcc).values, absolute: 1e-3)
  }

  /// <P s, g> = <s, P^T g>: the way back is the transpose.
  @Test func theGradientsWayBackIsTheTranspose() throws {
    let smoothing = try #require(FeatureSpec.smel20.cepstralSmoothing)
    let transform = try #require(FeatureSpec.smel20.melTransform)
    let (mel, gradient) = (randomMap(128, 1, seed: 3), randomMap(20, 1, seed: 4))
    let cosine = DiscreteCosineTransform(coefficientCount: 20, bandCount: 128)
    let rows = smoothing.rows(ofCoefficients: cosine.forward(mel))
    func inner(_ left: Tensor, _ right: Tensor) -> Double {
      zip(left.values, right.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    let forth = inner(rows, gradient)
    #expect(abs(forth - inner(mel, transform.pullBack(gradient))) < 1e-4 * abs(forth))
  }

  @Test func extractionGivesTheRowsOfTheMFCC() throws {
    let sound = Waveform(
      samples: (0..<66_150).map { Float(sin(Double($0) * 0.05 + Double($0 * $0) * 1e-6)) * 0.4 },
      sampleRateHz: 22_050)
    let mfcc = try FeatureExtractor(.mfcc20).map(of: sound)
    let smooth = try FeatureExtractor(.smel20).map(of: sound)
    let wanted = try #require(FeatureSpec.smel20.cepstralSmoothing).rows(ofCoefficients: mfcc.values)
    #expect(smooth.values.shape == [20, 130] && !smooth.isSilent)
    expectClose(smooth.values.values, wanted.values, absolute: 2e-3)
    let silence = try FeatureExtractor(.smel20).map(
      of: Waveform(samples: Array(repeating: 0, count: 66_150), sampleRateHz: 22_050))
    #expect(silence.isSilent)
  }

  @Test func rowsHaveTheirPlaceInHertz() throws {
    let centers = try #require(FeatureSpec.smel20.rowCentersHz)
    let bands = try #require(FeatureSpec.mel128.rowCentersHz)
    #expect(centers.count == 20 && centers == centers.sorted())
    // Row f of 20 lies at band 6.4 f + 2.7.
    #expect(abs(centers[0] - (bands[2] * 0.3 + bands[3] * 0.7)) < 1e-9)
    #expect(abs(centers[19] - (bands[124] * 0.7 + bands[125] * 0.3)) < 1e-6)
    #expect(FeatureSpec.mfcc20.rowCentersHz == nil)
  }

  @Test(arguments: [
    (#"{"kind": "smoothedMelDecibels", "binCount": 20}"#, "coefficientCount"),
    (#"{"kind": "smoothedMelDecibels", "binCount": 20, "coefficientCount": 21}"#, "coefficientCount"),
    (#"{"kind": "smoothedMelDecibels", "binCount": 129, "coefficientCount": 20}"#, "binCount"),
    (#"{"kind": "mfcc", "coefficientCount": 20}"#, "coefficientCount"),
  ]) func badSpecsAreRefused(json: String, word: String) {
    #expect {
      _ = try JSONDecoder().decode(FeatureSpec.self, from: Data(json.utf8))
    } throws: { error in
      (error as? CodedError)?.description.contains(word) == true
    }
  }
}
